import { readdirSync, readFileSync } from 'node:fs';
import { digests, folder, scenes, takenOf } from '../../pictures/scenes.ts';
import { documents, root } from '../../support/docs.ts';

test('the pictures of the approval page are of the page as it is: npm run pictures takes them again', async () => {
  const all = await scenes();
  expect(digests(all)).toEqual(JSON.parse(readFileSync(takenOf, 'utf8')));
  const pictures = readdirSync(folder).filter((name) => name.endsWith('.png'));
  expect(pictures).toEqual(all.map(({ name }) => `${name}.png`).sort());
});

test('every picture is shown somewhere', () => {
  const text = documents()
    .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
    .join('\n');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.png')))
    expect(text).toContain(`pictures/${name}`);
});
