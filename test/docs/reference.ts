// Why: docs/reference.md and docs/schema/ say what the tables of keys say, and src/api/codes.json what
// docs/troubleshooting.md says; written by hand they would fall behind. `npm run reference` writes them.
// Promises: the same tables that read the files; the texts depend on nothing else.
// Never: shipped; a test compares what it would write with what is there.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { flowKeys } from '../../src/flow/keys.ts';
import { orderKeys } from '../../src/order/settings.ts';
import { type Key, type KeyReader, type Schema, schemaOf, type Table } from '../../src/platform/text/fields.ts';
import { cardKeys } from '../../src/role/card.ts';
import { settingsKeys } from '../../src/workspace/settings.ts';
import { textOf, top } from './document.ts';

/**
 * A hand-written file: its table, and the words of its examples' fences by which test/docs/examples.test.ts reads them.
 */
export type File = {
  readonly name: 'card' | 'order' | 'fourline' | 'flow';
  readonly title: string;
  readonly about: string;
  readonly info: string;
  readonly table: Table;
};

/** The files that people write by hand. */
export const files: readonly File[] = [
  {
    name: 'fourline',
    title: 'fourline.yaml',
    about: '`fourline.yaml` holds for the whole [workspace](workspace.md). Without it, the defaults hold.',
    info: 'yaml',
    table: settingsKeys,
  },
  {
    name: 'card',
    title: 'Cards',
    about: 'A [card](cards.md), `roles/<name>.md`, has these keys in its front matter. The prompt stands below it.',
    info: 'yaml example=card-key',
    table: cardKeys,
  },
  {
    name: 'order',
    title: 'Orders',
    about: 'An [order](orders.md) may have these keys in front matter above its four lines.',
    info: 'yaml example=order-key',
    table: orderKeys,
  },
  {
    name: 'flow',
    title: 'Flows',
    about: 'A [flow](flows.md), `flows/<name>.md`, may have these keys in front matter above its steps.',
    info: 'yaml example=flow-key',
    table: flowKeys,
  },
];

/**
 * A table inside another: the keys that lead to it from the top of its file. A name that a person chooses is `<name>`.
 */
export type Inner = { readonly path: readonly string[]; readonly table: Table };

/** All tables inside the value of a key, the outer ones first. */
export function innerOf(name: string, { keys, named }: KeyReader<unknown>, above: readonly string[] = []): Inner[] {
  if (keys === undefined) return [];
  const path = [...above, name, ...(named === true ? ['<name>'] : [])];
  return [{ path, table: keys }, ...Object.entries(keys).flatMap(([key, one]) => innerOf(key, one.reader, path))];
}

/** YAML for a whole file that holds an example of a key at a path. */
export function nest(path: readonly string[], example: string): string {
  return path.reduceRight(
    (inner, key) => `${key.replace('<name>', 'shop')}:\n${inner.replace(/^(?=.)/gm, '  ')}`,
    example,
  );
}

// Bytes as people write them: 256m, 8g.
function sizeOf(value: number): string {
  const [unit, size] = (
    [
      ['g', 1e9],
      ['m', 1e6],
    ] as const
  ).find(([, one]) => value >= one && value % one === 0) ?? ['', 1];
  return `${value / size}${unit}`;
}

function defaultOf({ about, otherwise }: Key<unknown>): string {
  if (about.stamped === true) return 'Written by fourline';
  if (about.required === true) return 'Must be given';
  if (about.without !== undefined) return about.without;
  if (typeof otherwise === 'number') return `\`${sizeOf(otherwise)}\``;
  if (typeof otherwise === 'boolean' || (typeof otherwise === 'string' && otherwise !== '')) return `\`${otherwise}\``;
  const none = otherwise instanceof Map ? otherwise.size === 0 : Object.keys(otherwise ?? '').length === 0;
  if (!none) throw new Error(`the default of ${about.example} needs words: without`);
  return 'none';
}

function wrap(text: string, width = 120): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

function sandbox(text: string): string {
  return text.replaceAll('|', '\\|');
}

function rowOf([name, one]: [string, Key<unknown>]): string {
  const example = one.about.example.split('\n').map((line) => `\`${sandbox(line)}\``);
  const cells = [
    `\`${name}\``,
    sandbox(one.about.help),
    sandbox(defaultOf(one)),
    example.join('<br>'),
    one.about.since,
  ];
  return `| ${cells.join(' | ')} |`;
}

function tableOf({ path, table }: Inner): string[] {
  const head = ['| key | does | default | example | since |', '| --- | --- | --- | --- | --- |'];
  return [`Keys inside \`${path.join('.')}\`:`, '', ...head, ...Object.entries(table).map(rowOf), ''];
}

function sectionOf(name: string, one: Key<unknown>, info: string): string[] {
  const { help, example, since } = one.about;
  return [
    `### \`${name}\``,
    '',
    ...wrap(help),
    '',
    ...wrap(`${one.about.required || one.about.stamped ? '' : 'Default: '}${defaultOf(one)}. Since ${since}.`),
    '',
    ...['```', info, '\n', example, '\n```'].join('').split('\n'),
    '',
    ...innerOf(name, one.reader).flatMap(tableOf),
  ];
}

/** The text of docs/reference.md. */
export function referenceText(): string {
  const intro = [
    '# Reference',
    '',
    '<!-- `npm run reference` writes this file from the tables that read the files. -->',
    '',
    ...wrap(
      'Every key of the files that you write by hand. An amount may end in `k`, `m` or `g`, for thousands, millions and billions. An unknown key is an error with the nearest known one.',
    ),
    '',
    ...wrap(
      'The folder `schema/` beside this page holds a JSON schema of each file. An editor that speaks YAML checks `fourline.yaml` while you write when its first line is `# yaml-language-server: $schema=<path of schema/fourline.json>`.',
    ),
    '',
  ];
  const parts = files.flatMap(({ title, about, info, table }) => [
    `## ${title}`,
    '',
    ...wrap(about),
    '',
    ...Object.entries(table).flatMap(([name, one]) => sectionOf(name, one, info)),
  ]);
  return `${[...intro, ...parts].join('\n').trimEnd()}\n`;
}

/** The JSON schema of a file. */
export function schemaText({ title, table }: File): string {
  const schema: Schema = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...schemaOf(table) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const codeKinds = { code: 'message', reason: 'reason', on: 'wait' } as const;

/** The tables of docs/troubleshooting.md, for `fourline explain`. */
export function codesText(): string {
  let section = '';
  let kind: (typeof codeKinds)[keyof typeof codeKinds] | undefined;
  const rows = textOf('docs/troubleshooting.md')
    .split('\n')
    .flatMap((line) => {
      section = /^##+ (.*)$/.exec(line)?.[1] ?? section;
      const [first = '', means = '', step = ''] = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim());
      kind = line.startsWith('|') ? (codeKinds[first as keyof typeof codeKinds] ?? kind) : undefined;
      const code = /^`([a-z-]+)`$/.exec(first)?.[1];
      return code === undefined || kind === undefined ? [] : [{ code, kind, section, means, do: step }];
    });
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** The man page, as the command line prints it from its own commands. */
export function manText(): string {
  return execFileSync(process.execPath, [`${top}/src/cli.ts`, 'man'], { encoding: 'utf8' });
}

/** All that is made from the tables: texts by path from the top. */
export function madeFiles(): Map<string, string> {
  const schemas = files.map((file) => [`docs/schema/${file.name}.json`, schemaText(file)] as const);
  return new Map([['docs/reference.md', referenceText()], ['src/api/codes.json', codesText()], ...schemas]);
}

if (import.meta.main) {
  mkdirSync(`${top}/docs/schema`, { recursive: true });
  for (const [path, text] of madeFiles()) writeFileSync(`${top}/${path}`, text);
  writeFileSync(`${top}/docs/fourline.1`, manText());
}
