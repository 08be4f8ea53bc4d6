/** Random histories of everything that can happen to the pipeline, and what must hold in each of them. */
import fc from 'fast-check';
import { histories, LiveHistory, ways } from '../support/live-commands.ts';

const runs = process.env.CI === 'true' ? 2000 : 200;

test('whatever happens, in whatever order: nothing is lost, delivered twice or out of order, and in the end all is delivered', async () => {
  let happened = 0;
  await fc.assert(
    fc.asyncProperty(ways, histories(60), async (settled, commands) => {
      const history = await LiveHistory.start(settled);
      await fc.asyncModelRun(() => ({ model: {}, real: history }), commands);
      await history.endWell();
      happened += [...commands].length;
    }),
    { numRuns: runs },
  );
  process.stderr.write(`\n${runs} histories, ${happened} events: lost 0\n`);
}, 900_000);
