/** Random histories of everything that can happen to the pipeline, and what must hold in each of them. */
import fc from 'fast-check';
import { histories, LiveHistory } from '../support/live-commands.ts';

const runs = process.env.CI === 'true' ? 2000 : 200;
const ways = fc.constantFrom('commit', 'pull-request');

test('whatever happens, in whatever order: nothing is lost, delivered twice or out of order, and in the end all is delivered', async () => {
  let happened = 0;
  await fc.assert(
    fc.asyncProperty(fc.boolean(), ways, histories(60), async (compact, sync, commands) => {
      const history = await LiveHistory.start(compact, sync);
      await fc.asyncModelRun(() => ({ model: {}, real: history }), commands);
      await history.endWell();
      happened += [...commands].length;
    }),
    { numRuns: runs },
  );
  process.stderr.write(`\n${runs} histories, ${happened} events: lost 0\n`);
}, 900_000);
