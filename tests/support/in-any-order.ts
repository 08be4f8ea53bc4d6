/** Lets a scheduler of fast-check decide when each call of an object happens, so that processes interleave in any way. */
import type fc from 'fast-check';

export function inAnyOrder<T extends object>(scheduler: fc.Scheduler, target: T): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), String(name));
        return member.apply(target, args);
      };
    },
  });
}
