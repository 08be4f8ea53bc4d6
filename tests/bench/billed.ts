/** What AWS bills of a delivery, counted as it happens. */
import { Process } from '../support/cut-off.ts';

export const billed = ['transitions', 'lambdas', 'builds', 'puts', 'gets', 'messages'] as const;
/**
 * State transitions; calls of Lambdas; CodeBuild builds; S3 requests of the dear class (PUT, LIST) and of the cheap one (GET);
 * SQS requests. S3 bills no DELETE, Step Functions no API call.
 */
export type Billed = (typeof billed)[number];
export type Bill = Record<Billed, number>;

export function emptyBill(): Bill {
  return { transitions: 0, lambdas: 0, builds: 0, puts: 0, gets: 0, messages: 0 };
}

/** What remains of `a` without `b`, shared among `parts`. */
export function difference(a: Bill, b: Bill, parts = 1): Bill {
  return mapBill((what) => (a[what] - b[what]) / parts);
}

export function sum(...bills: Bill[]): Bill {
  return mapBill((what) => bills.reduce((total, bill) => total + bill[what], 0));
}

export function times(factor: number, bill: Bill): Bill {
  return mapBill((what) => factor * bill[what]);
}

function mapBill(of: (what: Billed) => number): Bill {
  return Object.fromEntries(billed.map((what) => [what, of(what)])) as Bill;
}

const requestsOfBucket: Record<string, Billed> = { read: 'gets', write: 'puts', list: 'puts' };
const requestsOfQueue: Record<string, Billed> = {
  send: 'messages',
  receive: 'messages',
  release: 'messages',
  remove: 'messages',
  bury: 'messages',
};

/** A process whose requests to bucket and queue are put on a bill. */
export class Meter extends Process {
  readonly bill = emptyBill();

  override using<T extends object>(target: T): T {
    const requests = 'receive' in target ? requestsOfQueue : 'list' in target ? requestsOfBucket : {};
    return new Proxy(target, {
      get: (_, name) => {
        const member = Reflect.get(target, name, target);
        const what = requests[String(name)];
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (what !== undefined) this.bill[what]++;
          return member.apply(target, args);
        };
      },
    });
  }
}
