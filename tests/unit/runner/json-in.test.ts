import * as z from 'zod';
import { jsonIn } from '../../../src/runner/json-in.ts';

const schema = z.object({ working_dir: z.string() });
const asked = '{"working_dir": "/a {b} \\"c\\" }"}';

describe('the JSON in what a tool printed', () => {
  test.each([
    ['nothing', asked],
    ['a line before it', `blue\n${asked}\n`],
    ['something on the same line', `blue${asked} done`],
    ['a brace that is never closed', `it's { not "JSON\n${asked}\n`],
    ['other JSON, before and behind', `{"team": "blue"}\n${asked}\n{"level": {"working": 1}}\n`],
  ])('is found with %s around it', (_, said) => {
    expect(jsonIn(said, schema)).toBe(asked);
  });

  test('is the last of several, since what a configuration runs prints before', () => {
    expect(jsonIn(`{"working_dir": "elsewhere"}\n${asked}`, schema)).toBe(asked);
  });

  test('is not there when only a part of other JSON looks like it', () => {
    expect(jsonIn(`{"within": ${asked}}`, schema)).toBeUndefined();
    expect(jsonIn('no JSON', schema)).toBeUndefined();
  });

  test('is looked for in bounded time, however many braces there are', () => {
    expect(jsonIn('{'.repeat(20_000), schema)).toBeUndefined();
  });
});
