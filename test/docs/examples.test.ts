import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseReport } from '../../src/agent/report.ts';
import { lintOrders } from '../../src/flow/compose.ts';
import { parseFlow } from '../../src/flow/flow.ts';
import { parseOrder } from '../../src/order/order.ts';
import { parseRole } from '../../src/role/role.ts';
import { parseSettings } from '../../src/workspace/settings.ts';
import { openOffice } from '../kit/office.ts';
import { blocksOf, documents, proseOf, textOf, top } from './document.ts';

// Every block is tried: console blocks by session.test.ts, which also writes those with a title; the others here.
const readers: Readonly<Record<string, (text: string) => readonly string[]>> = {
  yaml: (text) => parseSettings(text).problems.map(({ message }) => message),
  'markdown example=order': (text) => {
    const reading = parseOrder(text);
    return reading.ok ? [] : reading.problems.map(({ message }) => message);
  },
  'markdown example=card': (text) => {
    const reading = parseRole('coder', text);
    return reading.ok ? reading.warnings.map(({ message }) => message) : reading.problems.map(({ message }) => message);
  },
  'yaml example=order-key': (text) => readers['markdown example=order']?.(`---\n${text}---\n${plainOrder}`) ?? [],
  'yaml example=card-key': (text) => readers['markdown example=card']?.(cardWith(text)) ?? [],
  'markdown example=flow': (text) => {
    const reading = parseFlow(text);
    return (reading.ok ? lintOrders(reading.flow) : reading.problems).map(({ message }) => message);
  },
  'yaml example=flow-key': (text) => {
    const reading = parseFlow(`---
${text}---
## build
to: coder
`);
    return reading.ok ? [] : reading.problems.map(({ message }) => message);
  },
  'markdown example=report': (text) => (parseReport(text).kind === 'done' ? [] : ['it is not done']),
};

const plainOrder = '**Objective:** a\n\n**Acceptance:**\n- b\n\n**Files:**\n- c\n\n**Branching:** halt-with-note\n';

// A card names its agent; the example of another key need not.
function cardWith(keys: string): string {
  return `---\n${/^agent:/m.test(keys) ? '' : 'agent: claude\n'}${keys}---\nYou are the coder.\n`;
}

const blocks = documents.flatMap((name) => blocksOf(textOf(name)).map((block) => ({ name, ...block })));

test('each order, card, report and fourline.yaml in the documents is read as it stands', () => {
  const read: string[] = [];
  for (const { name, info, lines } of blocks) {
    const reader = readers[info];
    if (reader === undefined) continue;
    expect(`${name} ${info}: ${reader(`${lines.join('\n')}\n`).join('; ')}`).toBe(`${name} ${info}: `);
    read.push(info);
  }
  expect([...new Set(read)].sort()).toEqual(Object.keys(readers).sort());
  expect(read.length).toBeGreaterThan(20);
});

test('no block of the user documents is left untried', () => {
  // test/cli/ci-report.test.ts tries the workflow.
  const tried = /^(?:console|sh|text|yaml example=workflow|\S+ title=\S+)$/;
  const odd = blocks
    .filter(({ name }) => name === 'README.md' || name.startsWith('docs/'))
    .filter(({ name, info }) => name !== 'docs/api.md' && !(info in readers) && !tried.test(info))
    .map(({ name, info }) => `${name}: ${info}`);
  expect(odd).toEqual([]);
  for (const name of documents)
    expect(`${name} ${/^(?: {4}|\t)\$ /m.test(proseOf(textOf(name)))}`).toBe(`${name} false`);
});

// The commands that a help lists.
function commandsIn(help: string): string[] {
  const listed = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)\b/gm)];
  return listed.map(([, name = '']) => name).filter((name) => name !== 'help');
}

test('every command that a document names exists, with its flags', async () => {
  const office = await openOffice();
  const { scripts } = JSON.parse(readFileSync(`${top}/package.json`, 'utf8')) as { scripts: Record<string, string> };
  const used = new Map<string, Set<string>>();
  for (const name of documents) {
    const text = textOf(name);
    const spans = [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
    const lines = blocksOf(text).flatMap(({ info, lines: own }) => (/^(?:sh|console)$/.test(info) ? own : []));
    for (const span of [...spans, ...lines]) {
      for (const [, script = ''] of span.matchAll(/\bnpm run ([\w:]+)/g))
        expect(`${name}: npm run ${script}: ${script in scripts}`).toBe(`${name}: npm run ${script}: true`);
      const call = /(?:^|\$ |-- )fourline (?:-- )?(?:-C \S+ )?([a-z]+)\b(.*)/.exec(span);
      if (call === null) continue;
      const flags = used.get(call[1] ?? '') ?? new Set();
      for (const [flag] of (call[2] ?? '').replace(/\|.*|#.*/, '').matchAll(/(?<= )--[a-z-]+/g)) flags.add(flag);
      used.set(call[1] ?? '', flags);
    }
  }
  expect(used.size).toBeGreaterThan(15);
  const general = (await office.fourline('--help')).out;
  for (const [command, flags] of used) {
    expect(`${command} ${general.includes(`\n  ${command}`)}`).toBe(`${command} true`);
    if (flags.size === 0) continue;
    const own = (await office.fourline('help', command)).out;
    // A command of commands has the flags of each.
    const parts = own.includes('\nCommands:') ? commandsIn(own) : [];
    const below = await Promise.all(parts.map((part) => office.fourline(command, part, '--help')));
    const help = [general, own, ...below.map(({ out }) => out)].join('\n');
    for (const flag of flags) expect(`${command} ${flag} ${help.includes(flag)}`).toBe(`${command} ${flag} true`);
  }
});

test('every command of the table exists, and every command is in the table', async () => {
  const office = await openOffice();
  const help = (await office.fourline('--help')).out;
  const known = commandsIn(help);
  const table = [...textOf('docs/commands.md').matchAll(/^\| `([a-z]+)[^`]*` \|/gm)].map((match) => match[1]);
  expect([...new Set(table)].sort()).toEqual(known.sort());
});

test('docs/setup.md names each key of repos: that is about setup, with its default', () => {
  const text = textOf('docs/setup.md');
  for (const key of ['setup', 'key', 'network', 'keep', 'env', 'keep-for', 'checks'])
    expect(text).toContain(`| \`${key}\` |`);
});

// GitHub's rule for the anchor of a heading.
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

test('each link and picture leads to a file, and each anchor to a heading', () => {
  const lost: string[] = [];
  for (const name of documents)
    for (const [, to = ''] of proseOf(textOf(name)).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = to.split('#');
      const file = path === '' ? name : join(dirname(name), path);
      if (!existsSync(`${top}/${file}`)) lost.push(`${name}: ${to}`);
      else if (anchor !== undefined) {
        const headings = [...proseOf(textOf(file)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
          anchorOf(heading),
        );
        if (!headings.includes(anchor)) lost.push(`${name}: ${to}`);
      }
    }
  expect(lost).toEqual([]);
});

test('each source file that a document names exists', () => {
  const lost = documents.flatMap((name) =>
    [...textOf(name).matchAll(/`((?:[\w-]+\/)+[\w-]+(?:\.test)?\.ts)(?:\*)?`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(`${top}/${path}`) && !existsSync(`${top}/src/${path}`))
      .map((path) => `${name}: ${path}`),
  );
  // The examples of README.md and docs/ speak of a shop's files.
  expect(lost.filter((one) => !/^(?:README\.md|docs\/)/.test(one))).toEqual([]);
});
