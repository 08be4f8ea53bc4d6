/** A line on the terminal about something that takes longer than a second, gone when it is over. */
const patience = 1000;
const pause = 100;

const wipe = '\r\u001b[K';

export interface ProgressLine {
  show(done: number, total: number): void;
  clear(): void;
}

/** @param what in the plural: "units" */
export function progressLine(what: string, stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  let next = Date.now() + patience;
  let shown = false;
  return {
    show(done, total) {
      if (!stream.isTTY || Date.now() < next) return;
      next = Date.now() + pause;
      shown = true;
      stream.write(`${wipe}reading ${what}: ${done} of ${total}`);
    },
    clear() {
      if (shown) stream.write(wipe);
    },
  };
}

/** A line about what is looked at now, of which there is always one. */
export function nowLine(stream: NodeJS.WriteStream = process.stderr): { show(what: string): void; clear(): void } {
  return {
    show: (what) => void (stream.isTTY && stream.write(`${wipe}… ${what}`)),
    clear: () => void (stream.isTTY && stream.write(wipe)),
  };
}
