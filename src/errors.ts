/**
 * The one hierarchy of errors. A message is a sentence that says what happened, where, and what to do next;
 * `code` is for programs, `cause` is what was caught.
 */
export class LiveCiError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller asked for something that makes no sense: exit code 2 on the command line. */
export class UsageError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('usage', message, options);
  }
}

/** The configuration says something that can't be. */
export class ConfigError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('config', message, options);
  }
}

/** The repository can't be understood: HCL that doesn't parse, a cycle, a dependency that isn't there. */
export class DiscoveryError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('discovery', message, options);
  }
}

/** What a unit depends on or reads can't be known without running something. The message has no full stop. */
export class UnknowableError extends DiscoveryError {}

/** Git can't do what was asked: no repository, a commit that no longer exists. */
export class GitError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('git', message, options);
  }
}

/** A plan, apply or rollback ended badly. */
export class RunError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('run', message, options);
  }
}

/** A decision can't be taken: nothing waits for it, or it isn't one. */
export class DecisionError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('decision', message, options);
  }
}

/** A link to the approval page that is worth nothing. */
export class LinkError extends LiveCiError {
  readonly why: 'forged' | 'expired';

  constructor(why: 'forged' | 'expired', message: string, options?: ErrorOptions) {
    super('link', message, options);
    this.why = why;
  }
}

/** The queue, the pointer or a delivery isn't in the state that was expected. */
export class DeliveryError extends LiveCiError {
  constructor(message: string, options?: ErrorOptions) {
    super('delivery', message, options);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
