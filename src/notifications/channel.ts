/** Ways on which people are told. */
import { LiveCiError } from '../errors.ts';
import type { Message } from './message.ts';

export interface Channel {
  /** Tells it apart, in what is kept of it and in logs. No secret. */
  name: string;
  /** Whose questions it is told, in small letters; null: everybody's, and how deliveries end. */
  approver: string | null;
  /** Whether its messages have a link to the page that only shows. */
  links: boolean;
  /** @throws NotTold, and whatever AWS answers. */
  send(message: Message): Promise<void>;
}

/** A channel could not be told something; the sentence has no secret. */
export class NotTold extends LiveCiError {
  /** Whether somebody should look after it: not when people have not confirmed, or don't want it. */
  readonly isFailure: boolean;

  constructor(message: string, { isFailure = true, ...options }: ErrorOptions & { isFailure?: boolean } = {}) {
    super('not-told', message, options);
    this.isFailure = isFailure;
  }
}
