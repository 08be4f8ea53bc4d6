/** Arguments of Terraform's commands. */
import { settled, Unknown, type Value } from '../hcl/values.ts';

export function asArgument(item: Value): string | Unknown {
  return item instanceof Unknown ? item : String(settled(item));
}

/** What an option is given, as `-name=value` or `-name value`. An argument of which nothing is known may be one. */
export function optionValues(name: string, given: readonly (string | Unknown)[]): (string | Unknown)[] {
  const option = new RegExp(`^--?${name}(?:=(.*))?$`, 's');
  return given.flatMap((argument, index) => {
    const isKnown = typeof argument === 'string';
    const text = isKnown ? argument : argument.beginning;
    const [all, value] = option.exec(text) ?? [];
    if (value !== undefined) return [isKnown ? value : new Unknown(argument.reason, value)];
    if (!isKnown) return text === '' ? [argument] : [];
    const next = given[index + 1];
    return all === undefined || next === undefined ? [] : [next];
  });
}

/** The arguments that a variable such as `TF_CLI_ARGS` holds, as a shell tells them apart. */
export function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}
