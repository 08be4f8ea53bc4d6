/**
 * Around every handler: its log lines name the call, the delivery and the unit, an error is logged with its code and cause, and
 * what it measured is put out in CloudWatch's embedded metric format.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import type { LogLevel } from '@aws-lambda-powertools/logger/types';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { messageOf } from '../src/errors.ts';
import { type Log, type Metric, metrics, namespace } from '../src/metrics.ts';

/** What a log line says of its subject. */
interface Subject {
  delivery?: string | undefined;
  unit?: string | undefined;
}

const serviceName = process.env.LIVE_CI_SERVICE ?? 'live-ci';
const logger = new Logger({ serviceName, logLevel: (process.env.LIVE_CI_LOG_LEVEL || 'INFO') as LogLevel });
const emitter = new Metrics({ serviceName, namespace });

export const log: Log = (message, fields = {}) => logger.info(message, fields);

export const metric: Metric = (name, value, dimensions) => {
  if (dimensions === undefined) emitter.addMetric(name, metrics[name], value);
  else emitter.singleMetric().addDimension('outcome', dimensions.outcome).addMetric(name, metrics[name], value);
};

/** @param subject what an event is about. */
export function observed<Event, Answer>(
  parse: (event: unknown) => Event,
  subject: (event: Event) => Subject,
  handle: (event: Event) => Promise<Answer>,
) {
  return async (event: unknown, context: Parameters<Logger['addContext']>[0]): Promise<Answer> => {
    const began = performance.now();
    logger.resetKeys();
    logger.addContext(context);
    try {
      const parsed = parse(event);
      logger.appendKeys({ ...subject(parsed) });
      const answer = await handle(parsed);
      logger.debug('answered', { milliseconds: Math.round(performance.now() - began), answer });
      return answer;
    } catch (error) {
      logger.error(messageOf(error), error as Error);
      throw error;
    } finally {
      if (emitter.hasStoredMetrics()) emitter.publishStoredMetrics();
    }
  };
}
