/** The syntax tree of an HCL file. `at` is an offset into the file's text; `file.ts` turns it into a line and a column. */

export type UnaryOperator = '-' | '!';
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||';

export interface ForExpression {
  kind: 'for';
  at: number;
  /** Name of the key or index, when two names are given. */
  keyName: string | undefined;
  valueName: string;
  collection: Expression;
  /** Present in the object form, `{for … : key => value}`. */
  key: Expression | undefined;
  value: Expression;
  condition: Expression | undefined;
  /** `...` after the value: values of equal keys are collected in a list. */
  grouped: boolean;
}

export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'interpolation'; value: Expression }
  | { kind: 'if'; condition: Expression; whenTrue: TemplatePart[]; otherwise: TemplatePart[] }
  | {
      kind: 'loop';
      keyName: string | undefined;
      valueName: string;
      collection: Expression;
      body: TemplatePart[];
    };

export type Expression =
  | { kind: 'literal'; at: number; value: string | number | boolean | null }
  | { kind: 'template'; at: number; parts: TemplatePart[] }
  | { kind: 'variable'; at: number; name: string }
  | { kind: 'attribute'; at: number; target: Expression; name: string }
  | { kind: 'index'; at: number; target: Expression; key: Expression }
  /** `target.*.rest` and `target[*].rest`; `each` reads the current element from the variable `*`. */
  | { kind: 'splat'; at: number; target: Expression; each: Expression }
  | { kind: 'call'; at: number; name: string; args: Expression[]; expandLast: boolean }
  | { kind: 'unary'; at: number; operator: UnaryOperator; operand: Expression }
  | { kind: 'binary'; at: number; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'conditional'; at: number; condition: Expression; whenTrue: Expression; otherwise: Expression }
  | { kind: 'tuple'; at: number; items: Expression[] }
  | { kind: 'object'; at: number; entries: { key: Expression; value: Expression }[] }
  | ForExpression
  /** A string of JSON syntax that is no template. */
  | { kind: 'invalid'; at: number; message: string };

export interface Attribute {
  name: string;
  at: number;
  value: Expression;
  /** True when the expression holds a call of one of `readingFunctions`, so that evaluating it may read a file. */
  reads: boolean;
}

export interface Block {
  type: string;
  labels: string[];
  at: number;
  body: Body;
}

export interface Body {
  attributes: Map<string, Attribute>;
  blocks: Block[];
}

/** Functions whose result depends on the content, or the existence, of a file. */
export const readingFunctions: ReadonlySet<string> = new Set([
  'file',
  'filebase64',
  'filebase64sha256',
  'filebase64sha512',
  'fileexists',
  'filemd5',
  'fileset',
  'filesha1',
  'filesha256',
  'filesha512',
  'templatefile',
  'read_terragrunt_config',
  'read_tfvars_file',
  'sops_decrypt_file',
  'mark_as_read',
  'mark_glob_as_read',
]);
