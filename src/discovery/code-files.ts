/** Which files are code of the infrastructure. Pure. */

/** By its name. Names that begin with a dot are those of tools' own files; tests of a module, and images, are nothing that is delivered. */
const code = /(^|\/)[^./][^/]*(\.(tf|tofu|tfvars)(\.json)?|\.tftpl|(?<!\.(tftest|tofutest|pkr))\.hcl)$/;

export function isCode(path: string): boolean {
  return code.test(path);
}

/** The file and the directories that it lies in, but for the repository's own. */
export function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
