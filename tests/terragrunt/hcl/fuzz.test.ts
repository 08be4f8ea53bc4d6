/**
 * Our parser against HashiCorp's: random HCL, and what random changes make of it and of the corpus. In CI for a minute; by hand for longer, and from
 * another seed: LIVE_CI_SEEDS=7 LIVE_CI_SECONDS=3600 npm test terragrunt fuzz
 */
import { type Random, randomFrom } from '../../bench/random.ts';
import { describeWithTool } from '../../support/tools.ts';
import { corpus } from './corpus.ts';
import { mutated, randomHcl, randomJson, randomTemplate } from './random-hcl.ts';
import { difference, type Source, shortened, theirVerdicts } from './verdict.ts';

const seconds = Number(process.env.LIVE_CI_SECONDS ?? (process.env.CI === 'true' ? 60 : 5));
const firstSeed = Number(process.env.LIVE_CI_SEEDS ?? 1);
/** So many are given to HashiCorp's parser at once. */
const atOnce = 3000;

function randomSource(random: Random): Source {
  const draw = random();
  const changed = random() < 0.4;
  if (draw < 0.2) {
    const { kind, text } = corpus[Math.floor(random() * corpus.length)] as Source;
    return { kind, text: mutated(text, random) };
  }
  const [kind, make] =
    draw < 0.8
      ? (['native', randomHcl] as const)
      : draw < 0.9
        ? (['json', randomJson] as const)
        : (['template', randomTemplate] as const);
  const text = make(random);
  return { kind, text: changed ? mutated(text, random) : text };
}

/** HashiCorp's scanner takes all that comes after such a character in a template file for text, without a word. */
const comparable = ({ kind, text }: Source) => kind !== 'template' || !/\r(?!\n)/.test(text);

describeWithTool('hcl-verdict', 'any text', () => {
  test(
    `is taken or refused as HashiCorp's parser does it (${seconds} s from seed ${firstSeed})`,
    () => {
      const end = performance.now() + 1000 * seconds;
      let taken = 0;
      for (let seed = firstSeed; performance.now() < end; seed += atOnce) {
        const sources = Array.from({ length: atOnce }, (_, more) => randomSource(randomFrom(seed + more))).filter(
          comparable,
        );
        const theirs = theirVerdicts(sources);
        taken += theirs.filter((verdict) => verdict === 'valid').length;
        const differing = sources.find((source, index) => difference(source, theirs[index]) !== undefined);
        expect(differing && difference(shortened(differing))).toBeUndefined();
      }
      // A generator that made only what nobody takes would find nothing.
      expect(taken).toBeGreaterThan(atOnce / 4);
    },
    (seconds + 120) * 1000,
  );
});
