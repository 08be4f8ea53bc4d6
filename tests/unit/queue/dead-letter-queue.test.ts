import { moveBack, removeDead } from '../../../src/queue/dead-letter-queue.ts';
import type { DeadLetterQueue, ReceivedDead } from '../../../src/queue/queue.ts';

/** A dead-letter queue on a slow line: what was received is to be seen again before the last one was. */
class SlowQueue {
  letters: string[];
  moved: string[] = [];
  released: string[] = [];
  #received = 0;

  constructor(letters: string[]) {
    this.letters = letters;
  }

  get queue(): DeadLetterQueue {
    const take = async ({ letter = '' }: ReceivedDead) => {
      this.letters = this.letters.filter((one) => one !== letter);
      this.moved.push(letter);
    };
    return {
      receiveDead: async () => {
        if (this.#received > 100) throw new Error('It never ends.');
        const letter = this.letters.shift();
        if (letter === undefined) return undefined;
        this.letters.push(letter);
        return { id: `id of ${letter}`, body: letter, receipt: `${this.#received++}`, letter };
      },
      moveDead: take,
      removeDead: take,
      releaseDead: async ({ letter = '', receipt }) => void this.released.push(`${letter} ${receipt}`),
      moveAllDead: async () => false,
    };
  }
}

describe('the dead-letter queue', () => {
  test('is gone through once, although what stays in it comes again meanwhile', async () => {
    const slow = new SlowQueue(['a', 'b', 'c', 'd']);
    await moveBack(new Set(['a', 'b', 'd']), slow.queue);
    expect(slow.moved).toEqual(['c']);
    // With the newest receipt: an older one is worth nothing any more.
    expect(slow.released).toEqual(['a 4', 'b 5', 'd 6']);
  });

  test('loses the letters that are given up, whatever comes again before them', async () => {
    const slow = new SlowQueue(['a', 'b', 'c']);
    await removeDead(new Set(['c']), slow.queue);
    expect(slow.moved).toEqual(['c']);
  });
});
