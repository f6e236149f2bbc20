// docs/reference.md and docs/schema/ are what the tables of keys say; each example in them is read by the reader of its
// file.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseFlow } from '../../src/flow/flow.ts';
import { parseOrder } from '../../src/order/order.ts';
import type { Table } from '../../src/platform/text/fields.ts';
import type { Problem } from '../../src/platform/text/problem.ts';
import { parseRole } from '../../src/role/role.ts';
import { parseSettings } from '../../src/workspace/settings.ts';
import { top } from './document.ts';
import { type File, files, innerOf, madeFiles, manText, nest } from './reference.ts';

const order = '**Objective:** a\n\n**Acceptance:**\n- b\n\n**Files:**\n- c\n\n**Branching:** halt-with-note\n';

const problemsOf: Readonly<Record<File['name'], (yaml: string) => readonly Problem[]>> = {
  fourline: (yaml) => parseSettings(yaml).problems,
  card: (yaml) => {
    const agent = /^agent:/m.test(yaml) ? '' : 'agent: claude\n';
    const reading = parseRole('coder', `---\n${agent}${yaml}\n---\nYou are the coder.\n`);
    return reading.ok ? [] : reading.problems;
  },
  flow: (yaml) => {
    const reading = parseFlow(`---\n${yaml}\n---\n## build\nto: coder\n`);
    return reading.ok ? [] : reading.problems;
  },
  order: (yaml) => {
    const reading = parseOrder(`---\n${yaml}\n---\n${order}`);
    return reading.ok ? [] : reading.problems;
  },
};

test.each([...madeFiles().keys()])('%s is what the tables say; `npm run reference` writes it', (path) => {
  expect(readFileSync(`${top}/${path}`, 'utf8')).toBe(madeFiles().get(path));
});

test('docs/fourline.1 is what the command line says of itself; `npm run reference` writes it', () => {
  const page = readFileSync(`${top}/docs/fourline.1`, 'utf8');
  expect(page).toBe(manText());
  // Each line is a request of man(7), or words that no formatter takes for one.
  for (const line of page.trimEnd().split('\n')) {
    expect(line).toMatch(/^(?:\.(?:TH|SH|SS|TP|B|I|RI)(?: |$)|[^.'\s])/);
    expect(line).not.toMatch(/\\(?![-e&]|\((?:dq|aq))/);
  }
  expect(page).toContain('.SS "order <role> [objective]"');
  expect(page).toContain('.SS "role remove <name>"');
  const { man } = JSON.parse(readFileSync(`${top}/package.json`, 'utf8')) as { man: string };
  expect(man).toBe('docs/fourline.1');
});

type Tried = { readonly file: File; readonly path: readonly string[]; readonly table: Table };
const tables: Tried[] = files.flatMap((file) => [
  { file, path: [], table: file.table },
  ...Object.entries(file.table).flatMap(([name, one]) =>
    innerOf(name, one.reader).map((inner) => ({ file, ...inner })),
  ),
]);

test.each(tables.map((one) => [one.file.title, one.path.join('.') || 'top', one] as const))(
  'each key of %s (%s) has an example that is read, a sentence of help, and a version',
  (_title, _path, { file, path, table }) => {
    for (const [name, { about }] of Object.entries(table)) {
      const yaml = nest(path, about.example);
      expect(
        `${yaml}\n${problemsOf[file.name](yaml)
          .map((one) => one.message)
          .join('; ')}`,
      ).toBe(`${yaml}\n`);
      expect(about.example).toMatch(new RegExp(`^${name}:`, 'm'));
      expect(about.help).toMatch(/^[A-Z].*\.$/);
      expect(about.since).toMatch(/^0\.\d+\.\d+$/);
    }
  },
);

test('each key that the tables know is misspelt by one letter, and the nearest one is named at its place', () => {
  for (const { file, path, table } of tables)
    for (const [name, { about }] of Object.entries(table)) {
      if (about.stamped === true) continue;
      const line = about.example.split('\n').findIndex((one) => one.startsWith(`${name}:`));
      const yaml = nest(path, about.example.replace(new RegExp(`^${name}:`, 'm'), `${name}x:`));
      const depth = path.length;
      const problem = problemsOf[file.name](yaml).find((one) => one.message.endsWith(`unknown key '${name}x'`));
      expect(`${name}: ${problem?.hint}`).toBe(`${name}: did you mean '${name}'?`);
      const above =
        file.name === 'order' || file.name === 'flow'
          ? 1
          : file.name === 'fourline'
            ? 0
            : /^agent:/m.test(yaml)
              ? 1
              : 2;
      expect(`${name} ${problem?.line}:${problem?.column}`).toBe(
        `${name} ${above + depth + line + 1}:${depth * 2 + 1}`,
      );
    }
});
