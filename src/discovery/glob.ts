/** Terraform's `fileset` patterns: `*`, `?`, `[…]`, `{a,b}` inside of one name, `**` across directories. */
export function globPattern(glob: string): RegExp {
  let source = '';
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] as string;
    if (glob.startsWith('**/', at)) {
      source += '(?:.*/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      source += '.*';
      at++;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '{') source += '(?:';
    else if (character === '}') source += ')';
    else if (character === ',' && source.lastIndexOf('(?:') > source.lastIndexOf(')')) source += '|';
    else if (character === '[' || character === ']') source += character;
    else source += character.replace(/[\\^$.|+()]/g, '\\$&');
  }
  return new RegExp(`^${source}$`);
}
