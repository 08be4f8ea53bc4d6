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
  TimeoutSeconds: number;
  Retry?: Retry[];
  Catch?: Catch[];
}

export interface Retry {
  ErrorEquals: string[];
  IntervalSeconds: number;
  MaxAttempts: number;
  BackoffRate: number;
  JitterStrategy?: 'FULL';
}

export interface Catch {
  ErrorEquals: string[];
  ResultPath: string;
  Next: string;
}

export interface Test {
  Variable?: string;
  StringEquals?: string;
  BooleanEquals?: boolean;
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
  Branches: Machine[];
  ResultSelector: { [key: string]: Json };
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

/** Where a state goes: to another one, or to the end of its branch. */
export type Onward = { Next: string } | { End: true };

/** States that run one after the other, entered at `start`. */
export interface Fragment {
  start: string;
  states: States;
}

/** A test that holds when any of `tests` does; one alone needs no `Or`. */
export function anyOf(tests: Test[]): Test {
  const [only] = tests;
  return tests.length === 1 && only ? only : { Or: tests };
}
