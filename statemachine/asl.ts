/** The part of the Amazon States Language that the pipeline is written in. JSONPath throughout. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

interface Shared {
  Comment?: string;
  Next?: string;
  End?: true;
  /** Null discards the result. */
  ResultPath?: string | null;
}

export interface Pass extends Shared {
  Type: 'Pass';
  InputPath?: string;
  Parameters?: { [key: string]: Json };
  Result?: Json;
}

export interface Task extends Shared {
  Type: 'Task';
  Resource: string;
  Parameters: { [key: string]: Json };
  ResultSelector?: { [key: string]: Json };
  TimeoutSeconds?: number;
  Retry?: Retry[];
  Catch?: Catch[];
}

export interface Retry {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL';
}

export interface Catch {
  ErrorEquals: string[];
  ResultPath: string | null;
  Next: string;
}

export interface Test {
  Variable?: string;
  StringEquals?: string;
  BooleanEquals?: boolean;
  /** Only `true`: with `Not` for the opposite, which not every interpreter knows in one word. */
  IsPresent?: true;
  And?: Test[];
  Or?: Test[];
  Not?: Test;
}

export interface Choice {
  Type: 'Choice';
  Comment?: string;
  Choices: (Test & { Next: string })[];
  Default: string;
}

export interface Parallel extends Shared {
  Type: 'Parallel';
  Parameters: { [key: string]: Json };
  Branches: Machine[];
}

/** In distributed mode: each item of an object in the bucket is an execution of its own. */
export interface DistributedMap extends Shared {
  Type: 'Map';
  ItemReader: { Resource: string; ReaderConfig: { InputType: 'JSON' }; Parameters: { [key: string]: Json } };
  ItemProcessor: Machine & { ProcessorConfig: { Mode: 'DISTRIBUTED'; ExecutionType: 'STANDARD' } };
  ItemSelector: { [key: string]: Json };
  MaxConcurrency: number;
  ToleratedFailurePercentage: number;
  Label: string;
  Catch: Catch[];
}

export interface Succeed {
  Type: 'Succeed';
  Comment?: string;
  OutputPath?: string;
}

export interface Fail {
  Type: 'Fail';
  Comment?: string;
  Error: string;
  Cause: string;
}

export type State = Pass | Task | Choice | Parallel | DistributedMap | Succeed | Fail;

export type States = Record<string, State>;

export interface Machine {
  Comment?: string;
  StartAt: string;
  States: States;
}

/** States that run one after the other, entered at `start`. */
export interface Fragment {
  start: string;
  states: States;
}

/** A test that holds when any of `tests` does; one alone needs no `Or`. */
export function anyOf(tests: Test[]): Test {
  return tests.length === 1 && tests[0] ? tests[0] : { Or: tests };
}

/** A test that holds when a path leads nowhere. An answer may lack what it should have, and to compare that ends an execution (States.Runtime). */
export const lacks = (Variable: string): Test => ({ Not: { Variable, IsPresent: true } });

/** A test that holds when all of `tests` do; one alone needs no `And`. */
export function allOf(tests: Test[]): Test {
  return tests.length === 1 && tests[0] ? tests[0] : { And: tests };
}
