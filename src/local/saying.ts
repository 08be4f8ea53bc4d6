/** Nothing is silent for more than five seconds. */
export const beatMilliseconds = 4000;

/** Says `what`, and again while it takes its time. */
export async function saying<T>(progress: (step: string) => void, what: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  progress(what);
  const timer = setInterval(
    () => progress(`still ${what} (${Math.round((Date.now() - started) / 1000)} s)`),
    beatMilliseconds,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
