import { describeWithTool } from '../../support/tools.ts';
import { corpus } from './corpus.ts';
import { difference, ourVerdict, theirVerdicts } from './verdict.ts';

describe('every construct of HCL', () => {
  test.each(corpus.map((source) => [source.name, source] as const))('%s', (_name, source) => {
    const verdict = ourVerdict(source);
    expect(source.valid ? verdict : verdict !== 'valid').toBe(source.valid ? 'valid' : true);
  });
});

describeWithTool('hcl-verdict', `each of the ${corpus.length} sources`, () => {
  test("lies in the folder of HashiCorp's verdict", () => {
    const theirs = theirVerdicts(corpus);
    const wrong = corpus.filter(({ valid }, index) => valid !== (theirs[index] === 'valid'));
    expect(wrong.map(({ name }) => `${name}: ${theirs[corpus.findIndex((one) => one.name === name)]}`)).toEqual([]);
    expect(corpus.map((source, index) => difference(source, theirs[index])).filter(Boolean)).toEqual([]);
  });
});
