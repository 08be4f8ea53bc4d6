/** What is measured. The Lambdas put it out, the alarms of the template watch it: both read the names here. */

/** The CloudWatch namespace of every metric; its dimension `service` is the deployment, `live-ci-<stage>`. */
export const namespace = 'LiveCi';

/** Metric ▸ its unit. */
export const metrics = {
  /** Of the oldest change set that waits; 0 when none does. At every poll. */
  QueueAge: 'Seconds',
  /** 1 while a halted delivery keeps the others waiting, else 0. At every poll. */
  Halted: 'Count',
  /** Requests that nobody has answered. At every poll. */
  WaitingApprovals: 'Count',
  StartedDeliveries: 'Count',
  /** From an execution's start to its end, however it ended. */
  DeliveryDuration: 'Seconds',
  /** Units that ended, each outcome by itself: dimension `outcome`. */
  Units: 'Count',
  /** What could not be delivered and was put aside. */
  DeadLetters: 'Count',
  /** Messages that a channel could not be told; each is tried again at the next poll. */
  FailedNotifications: 'Count',
} as const;

export type MetricName = keyof typeof metrics;

/** Puts a value out. A metric with dimensions is another one for each of their values. */
export type Metric = (name: MetricName, value: number, dimensions?: { outcome: string }) => void;

/** Writes a structured line. */
export type Log = (message: string, fields?: Record<string, unknown>) => void;
