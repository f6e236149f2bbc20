import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { type Formats, formatVersion, parseStored, printStored } from '../../src/record/format.ts';
import type { ReportParts } from '../../src/record/report.ts';
import { readStored, writeStored } from '../../src/record/stored.ts';

const verdicts = [
  {
    decision: 'allow',
    path: 'repos/shop/src/a.ts',
    what: 'added',
    by: [{ file: 'roles/coder.md', line: 4, pattern: 'repos/**' }],
  },
  {
    decision: 'refuse',
    path: 'roles/coder.md',
    what: 'modified',
    reason: 'floor',
    sentence: 'no card grants it',
    by: [],
  },
] as const;

const held: Formats['held.json'] = {
  run: '0001-x.1',
  agent: 'rehearsal',
  ask: { kind: 'done', summary: 'all of it' },
  reported: true,
  verdicts,
  scratch: 2,
  scratchIn: ['repos/shop/dist (2 files)'],
  commit: 'c0ffee',
  allowedFiles: ['repos/shop/src/a.ts'],
  mail: [{ id: '0002-y', role: 'auditor', file: 'inbox/auditor/y.md', text: 'Objective: …\n' }],
  behind: '0002-y',
  dropped: ['inbox/auditor/z.md'],
  stateOut: [{ path: 'state/plan.json', before: null, after: '[1]\n' }],
  summary: 'all of it',
  printed: 'a word',
  complaint: 'a warning',
  limit: 'letters',
  unreached: ['example.org:443'],
  spent: {
    usage: { fresh: 1, reread: 2, written: 3, output: 4, reasoning: 5 },
    ...{ turns: 6, peak: 7, context: 8, first: 9, usd: 0.5, model: 'm', estimated: true },
  },
  base: { repo: 'shop', branch: 'fourline/0001-x', commit: 'ba5e', from: 'main' },
  candidate: 'f00d',
  order: 'digest of the order',
  card: 'digest of the card',
  needs: [
    { on: 'review', by: 'auditor' },
    { on: 'approval', why: 'approve: code', red: true },
  ],
  red: { branch: 'main', tip: 'feed', why: 'npm test fails', words: 1 },
};

const ending: ReportParts = {
  ...{
    id: '0001-x',
    role: 'coder',
    from: 'operator',
    title: 'X',
    outcome: 'done' as const,
    note: '',
    summary: 's',
    branch: 'main',
  },
  ...{
    printed: '',
    complaint: '',
    commits: ['c'],
    landed: ['a: added'],
    sent: [],
    scratch: [],
    left: [],
    kept: [],
    unreached: [],
  },
  refused: [{ path: 'b', sentence: 'no', deed: 'edited' }],
  checks: [{ command: 'npm test', status: 0, milliseconds: 5, tail: '', timedOut: false, branch: 'same' }],
  ...{ missing: [], limit: null, verdict: null, spent: null, by: null },
};

const whole: { readonly [Name in keyof Formats]: Formats[Name] } = {
  'run.json': { run: '0001-x.1', group: 12, room: '/rooms/0001-x.1', base: null },
  'verdicts.json': { run: '0001-x.1', base: 'ba5e', commit: null, scratch: 0, verdicts },
  'checks.json': { run: '0001-x.1', commit: 'c', results: ending.checks },
  'state.json': { files: held.stateOut },
  'held.json': held,
  'waiting.json': {
    on: 'pr',
    what: 'fourline/0001-x',
    form: { title: 't', text: 'x', hints: ['h'], orders: [{ title: 'o', lines: ['l'] }] },
    held: { run: '0001-x.1', commit: null, repo: 'shop' },
    red: { repo: 'shop', branch: 'main', tip: 'feed' },
    review: { id: '0003-r', role: 'auditor' },
    told: ['0004-s'],
    pr: { repo: 'shop', branch: 'fourline/0001-x', base: 'main', ending },
  },
};
const names = Object.keys(whole) as (keyof Formats)[];

test.each(names)('%s reads back as it was written, nothing added and nothing lost', (name) => {
  expect(parseStored(name, printStored(name, whole[name]))).toEqual({ kind: 'value', value: whole[name] });
});

test.each(names)('%s of a later fourline is named as newer, whatever else it holds', (name) => {
  const text = JSON.stringify({ v: formatVersion + 1, other: true });
  expect(parseStored(name, text)).toEqual({ kind: 'newer', version: formatVersion + 1 });
});

test.each(names)('%s that is cut off, empty, of another shape or without one of its keys is damaged', (name) => {
  const text = printStored(name, whole[name]);
  expect(parseStored(name, text.slice(0, -8)).kind).toBe('damaged');
  for (const odd of ['', '[]x', 'null', '7', '"text"', '{"v":"1"}', '{"v":0}', '{}'])
    expect(`${odd} ${parseStored(name, odd).kind}`).toBe(`${odd} damaged`);
  const { v: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  const needed = Object.keys(rest).filter(
    (key) => !['scratch', 'behind', 'dropped', 'red', 'form', 'held', 'review', 'told', 'pr'].includes(key),
  );
  for (const key of needed.filter((one) => !['scratchIn', 'printed', 'complaint', 'limit'].includes(one))) {
    const { [key]: _gone, ...without } = rest;
    expect(`${key} ${parseStored(name, JSON.stringify(without)).kind}`).toBe(`${key} damaged`);
  }
});

test('files of 0.1, which have no version, are read: what a later key says was not known then', () => {
  expect(parseStored('state.json', JSON.stringify(held.stateOut))).toEqual({
    kind: 'value',
    value: whole['state.json'],
  });
  const { scratchIn: _1, behind: _2, dropped: _3, printed: _8, complaint: _4, limit: _5, red: _6, ...old } = held;
  const { first: _7, ...spent } = held.spent ?? { first: 0 };
  const reading = parseStored('held.json', JSON.stringify({ ...old, spent }));
  expect(reading).toEqual({
    kind: 'value',
    value: { ...old, scratchIn: [], printed: '', complaint: '', limit: null, spent: { ...held.spent, first: 0 } },
  });
  for (const name of ['verdicts.json', 'checks.json', 'run.json', 'waiting.json'] as const)
    expect(parseStored(name, JSON.stringify(whole[name]))).toEqual({ kind: 'value', value: whole[name] });
});

test('a file that cannot be read is named with its path and what to do; a file that is absent is null', async () => {
  const folder = await mkdtemp(`${tmpdir()}/fourline-stored-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(await readStored(folder, 'held.json')).toBeNull();
  const text = await writeStored(folder, 'held.json', held);
  expect(await readFile(`${folder}/held.json`, 'utf8')).toBe(text);
  expect(await readStored(folder, 'held.json')).toEqual(held);
  await writeFile(`${folder}/held.json`, text.replace('"v": 1', '"v": 2'));
  await expect(readStored(folder, 'held.json')).rejects.toMatchObject({
    code: 'record-newer',
    where: `${folder}/held.json`,
    message: expect.stringMatching(
      /held\.json was written by a later fourline \(version 2\): work this workspace with/,
    ),
  });
  await writeFile(`${folder}/held.json`, text.replace('"candidate"', '"candidat"'));
  await expect(readStored(folder, 'held.json')).rejects.toMatchObject({
    code: 'record-damaged',
    where: `${folder}/held.json`,
    message: expect.stringMatching(
      /held\.json is damaged \(candidate: .*\): put a whole copy of it back, or remove it/,
    ),
  });
});
