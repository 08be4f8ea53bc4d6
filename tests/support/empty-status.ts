import type { Status } from '../../src/delivery/status.ts';

/** Before the first push. */
export const emptyStatus: Status = {
  queue: { waiting: 0, dead: 0 },
  refused: null,
  halted: null,
  carried: [],
  delivery: null,
  before: null,
  putBack: null,
  proposal: null,
};
