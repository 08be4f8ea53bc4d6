/** A string as an HCL literal: as in JSON, but `${` and `%{` would begin a template. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, '$&$&');
}
