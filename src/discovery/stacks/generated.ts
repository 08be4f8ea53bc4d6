/** What the stacks of a tree generate: which files, what each is made of, and what can't be known. */
import type { DiscoveryError, UnknowableError } from '../../errors.ts';
import type { Value } from '../hcl/values.ts';
import type { Configuration } from '../terragrunt/configuration.ts';

/** A file that `terragrunt stack generate` would write: a copy of a file of the repository, or one made of a stack's file. */
export type GeneratedFile =
  | { copyOf: string }
  | {
      /** What of the stack's file it holds. */
      what: 'source' | 'values' | 'autoinclude';
      /** Enough to tell one content from another. */
      text: string;
      /** The files of the repository that it is computed from, the stack's file first. */
      from: readonly string[];
    };

export interface Stacks {
  /** By path. */
  files: ReadonlyMap<string, GeneratedFile>;
  /** All units that the stack in a directory declares, and those of its nested stacks, by the directory. */
  units: ReadonlyMap<string, readonly string[]>;
  /** The directories of the stacks that generate a unit, outermost first, by the unit's. What is committed is not in it. */
  generatedBy: ReadonlyMap<string, readonly string[]>;
  /** Directories of stacks that generate nothing in their own place: others are copies of them, or need to give them values. */
  patterns: ReadonlySet<string>;
  /** Local sources of units. */
  sources: ReadonlySet<string>;
  /** `values` of generated units and stacks, by directory; `from` are the files that they are computed from. */
  values: ReadonlyMap<string, { value: Value; from: readonly string[] }>;
  /** The `autoinclude` blocks of generated units, by directory. */
  autoincludes: ReadonlyMap<string, Configuration>;
  /** Generated units whose code lies outside of the repository, so that what they depend on can't be known. */
  elsewhere: ReadonlyMap<string, UnknowableError>;
  problems: readonly StackProblem[];
}

/** What can't be known of a stack: a unit, or a nested stack with all of its units, that is missing. */
export interface StackProblem {
  /** Where it would be generated. */
  directory: string;
  error: DiscoveryError;
  /** The files of the repository that it comes from. */
  from: readonly string[];
}
