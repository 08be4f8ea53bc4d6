/** How a unit's state is shown, wherever people look at it: a symbol beside the colour, and words beside both. */
import type { UnitStatus } from './status.ts';

/** `well`: done. `going`: under way. `asks`: somebody is waited for. `badly`: went wrong. `idle`: nothing happens. `back`: undone. */
export type Mood = 'well' | 'going' | 'asks' | 'badly' | 'idle' | 'back';

export const shownStates: Record<UnitStatus['state'], { mood: Mood; symbol: string; words: string }> = {
  waiting: { mood: 'idle', symbol: '·', words: 'waiting' },
  planning: { mood: 'going', symbol: '▸', words: 'planning' },
  'waiting-for-approval': { mood: 'asks', symbol: '?', words: 'waits for approval' },
  applying: { mood: 'going', symbol: '▸', words: 'applying' },
  'rolling-back': { mood: 'going', symbol: '◂', words: 'rolling back' },
  applied: { mood: 'well', symbol: '✔', words: 'applied' },
  unchanged: { mood: 'well', symbol: '=', words: 'unchanged' },
  skipped: { mood: 'idle', symbol: '-', words: 'skipped' },
  declined: { mood: 'badly', symbol: '✘', words: 'declined' },
  failed: { mood: 'badly', symbol: '✘', words: 'failed' },
  cancelled: { mood: 'idle', symbol: '-', words: 'cancelled' },
  'rolled-back': { mood: 'back', symbol: '↩', words: 'rolled back' },
  'rollback-failed': { mood: 'badly', symbol: '✘', words: 'rollback failed' },
};
