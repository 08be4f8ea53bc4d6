/** The framework prints the message of its own errors only; of all others it prints the stack, which tells a user nothing. */
import { LiveCiError } from '../errors.ts';

export type FrameworkError = new (message: string, code: string) => Error;
export type Hooks = Record<string, () => void | Promise<void>>;

/** What is thrown, as the framework's own when it is a sentence of ours. */
export function plainly(error: unknown, Plain: FrameworkError): unknown {
  return error instanceof LiveCiError ? new Plain(error.message, error.code) : error;
}

/** The same hooks. */
export function withPlainErrors(hooks: Hooks, Plain: FrameworkError): Hooks {
  return Object.fromEntries(
    Object.entries(hooks).map(([event, hook]) => [
      event,
      async () => {
        try {
          await hook();
        } catch (error) {
          throw plainly(error, Plain);
        }
      },
    ]),
  );
}
