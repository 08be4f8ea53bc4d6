/** `npm run bench -- reliability`: tries the crash matrix and writes its tables into docs/reliability.md. */
import { summaryOf, tableOf, writeTable } from '../support/matrix-table.ts';
import { wholeMatrix } from '../support/whole-matrix.ts';

const tries = await wholeMatrix();
for (const { handler, call, at, fault, scenario, lost } of tries)
  if (lost)
    process.stdout.write(`lost: ${handler}, call ${at} (${call}) ${fault}, while ${scenario}: ${lost.message}\n`);
process.stdout.write(`${summaryOf(tries)}\n`);
writeTable(tableOf(tries));
