import { readFileSync } from 'node:fs';
import { Template } from '../../support/cloud-formation.ts';
import { derivedCalls } from '../../support/derived-calls.ts';
import { denied, rolesIn, unneeded } from '../../support/iam.ts';
import { packaged } from '../../support/packaged.ts';
import { callsInMemory, callsOnEmulator } from '../../support/role-calls.ts';

test('x', async () => {
  await using p = await packaged();
  const template = new Template(p.resources);
  const roles = rolesIn(template);
  const recorded = readFileSync('/tmp/least-calls', 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l))
    .map((c) => ({ ...c, role: c.role.split('-')[3] }));
  const made = [...(await callsInMemory(template)), ...callsOnEmulator(recorded, template)];
  const calls = [...made, ...derivedCalls(template, made)];
  console.error([...roles.keys()].join(' '), calls.length);
  console.error(denied(roles, calls).join('\n'));
  console.error(unneeded(roles, calls).join('\n'));
  console.error(
    Object.keys(p.resources)
      .map((k) => `${k} ${p.resources[k]?.Type}`)
      .join('\n'),
  );
});
