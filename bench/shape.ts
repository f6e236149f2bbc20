// Why: a house stays readable only where somebody measures it. This counts what src/ looks like, so that a change can
// be held against the day before.
// Promises: counts the code as it is parsed, not as it is written; prints a table, or with --json the figures.
// Never: judges; test/shape.test.ts does.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { medianOf } from './median.ts';

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown };

/** A function of src/: its file, name, lines, number of parameters, and whether its body is one switch. */
export type Measured = {
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
  readonly switches: boolean;
};

/**
 * The shape of src/. `names` are names defined at the top of more than one file; `types` how many fields each object
 * type has.
 */
export type Shape = {
  readonly files: number;
  readonly lines: number;
  readonly functions: readonly Measured[];
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly types: readonly { readonly file: string; readonly name: string; readonly fields: number }[];
};

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function nameOf(node: Node | null | undefined): string | null {
  return node?.type === 'Identifier' ? String(node['name']) : null;
}

// Function bodies that are nothing but a switch over a closed union, after at most three lines that make ready for it.
function isSwitch(body: Node): boolean {
  const statements = Array.isArray(body['body']) ? (body['body'] as Node[]) : [];
  return statements.length <= 4 && statements.at(-1)?.type === 'SwitchStatement';
}

/** Measures the TypeScript files below a folder. */
export function measure(folder: string): Shape {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const functions: Measured[] = [];
  const types: Shape['types'][number][] = [];
  const tops = new Map<string, string[]>();
  let lines = 0;
  for (const file of paths.sort()) {
    const text = readFileSync(`${folder}/${file}`, 'utf8');
    lines += text.split('\n').length - 1;
    const program = parseSync(file, text).program as unknown as Node;
    const lineOf = (at: number): number => text.slice(0, at).split('\n').length;
    const walk = (node: Node, name: string): void => {
      if (functionTypes.has(node.type) && isNode(node['body'])) {
        const parameters = (node['params'] as unknown[]).length;
        const [line, last] = [lineOf(node.start), lineOf(node.end)];
        functions.push({ file, name, line, lines: last - line + 1, parameters, switches: isSwitch(node['body']) });
      }
      for (const child of childrenOf(node))
        walk(
          child,
          nameOf(child['id'] as Node) ?? nameOf(child['key'] as Node) ?? (functionTypes.has(child.type) ? name : ''),
        );
    };
    walk(program, '');
    for (const statement of program['body'] as Node[]) {
      const declared = isNode(statement['declaration']) ? statement['declaration'] : statement;
      const found = [declared, ...((declared['declarations'] as Node[] | undefined) ?? [])];
      for (const name of found.map((one) => nameOf(one['id'] as Node)).filter((one) => one !== null))
        tops.set(name, [...(tops.get(name) ?? []), file]);
      const name = nameOf(declared['id'] as Node);
      if (declared.type === 'TSTypeAliasDeclaration' && name !== null)
        types.push({ file, name, fields: fieldsOf(declared['typeAnnotation'] as Node) });
    }
  }
  const names = new Map([...tops].filter(([, files]) => new Set(files).size > 1));
  return { files: paths.length, lines, functions, names, types };
}

// The fields that a type writes down, those of the parts of an intersection together.
function fieldsOf(type: Node): number {
  if (type.type === 'TSTypeLiteral') return (type['members'] as Node[]).length;
  if (type.type === 'TSIntersectionType')
    return (type['types'] as Node[]).map(fieldsOf).reduce((sum, count) => sum + count, 0);
  return 0;
}

if (import.meta.main) {
  const shape = measure(resolve(import.meta.dirname, '../src'));
  const long = shape.functions.filter(({ lines, switches }) => lines > 60 && !switches);
  const wide = shape.functions.filter(({ parameters }) => parameters > 4);
  const broad = shape.types.filter(({ fields }) => fields > 15);
  const figures = {
    files: shape.files,
    lines: shape.lines,
    functions: shape.functions.length,
    medianLines: medianOf(shape.functions.map(({ lines }) => lines)),
    over60: long.map(({ file, line, name, lines }) => `${file}:${line} ${name} ${lines}`),
    over4Parameters: `${wide.length} (${((100 * wide.length) / shape.functions.length).toFixed(1)} %)`,
    wide: wide.map(({ file, name, parameters }) => `${file} ${name} ${parameters}`),
    sharedNames: [...shape.names].map(([name, files]) => `${name}: ${files.join(' ')}`),
    over15Fields: broad.map(({ file, name, fields }) => `${file} ${name} ${fields}`),
  };
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
}
