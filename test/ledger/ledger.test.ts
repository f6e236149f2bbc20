// The one process that works keeps part of an ended order in memory.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Step } from '../../src/ledger/entry.ts';
import { readJournal } from '../../src/ledger/journal.ts';
import { type LedgerOptions, openLedger } from '../../src/ledger/ledger.ts';
import { readHistory } from '../../src/ledger/read-history.ts';
import { placesOf } from '../../src/places.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { tellHistory } from '../kit/history.ts';
import { sourceFile, startModule } from '../kit/program.ts';
import { temporaryFolder } from '../kit/repository.ts';

const order = '0007-add-login';
const run = `${order}.1`;
const role = 'coder';
const files = ['repos/shop/src/**'];
const posted: Step = {
  step: 'posted',
  order,
  role,
  from: 'operator',
  title: 'Log in.',
  repo: 'shop',
  files,
  digest: 'd',
};
const refused = [{ path: 'repos/shop/x', sentence: 'not in the order’s Files' }];
const landing = { order, run, role, repo: 'shop', branch: 'main', commit: 'c', files: 1 };
const way: readonly Step[] = [
  posted,
  { step: 'claimed', order, role, attempt: 1, card: 'card', boundary: 1 },
  { step: 'judged', order, run, role, changed: 2, allowed: 1, refused, scratch: 0 },
  { step: 'landed', ...landing, left: ['src/a.ts (edited)'] },
];
const settled: Step = { step: 'settled', order, role, outcome: 'done', note: '', month: '2026-03' };

test('the ledger remembers what a reader of the history finds', async () => {
  const root = temporaryFolder();
  mkdirSync(`${root}/state`);
  const places = placesOf(root, `${root}/rooms`, 'key');
  const ledger = await openLedger(places, { domain: 'fourline.invalid', clock: systemClock, tell: () => undefined });
  await ledger.record(...way, settled);
  await ledger.close();
  const known = {
    tries: { refused },
    landing: { landed: [{ left: ['src/a.ts (edited)'] }] },
    end: { outcome: 'done' },
  };
  expect(ledger.history.orders.get(order)).toMatchObject(known);
  const again = await openLedger(places, { domain: 'fourline.invalid', clock: systemClock, tell: () => undefined });
  await again.close();
  expect(tellHistory(again.history)).toEqual(tellHistory(ledger.history));
  expect(tellHistory((await readHistory(places)).history)).toEqual(tellHistory(ledger.history));
});

// Titles that are cut out of large orders, a hundred of them: says how many megabytes are held in the end.
const worker = (journal: string): string => `
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '${sourceFile('platform/text/clock.ts')}';
import { openJournal } from '${sourceFile('ledger/journal.ts')}';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const journal = await openJournal('${journal}', 0, systemClock);
const kept = [];
const post = async (index) => {
  const text = 'Say that ' + index + ' of them are there.\\n' + String(index).padEnd(256 * 1024, ' and more');
  const [entry] = await journal.append({ step: 'settled', order: 'x', role: 'coder', outcome: 'done', note: text.split('\\n')[0], month: '2026-03' });
  kept.push(entry);
};
for (let index = 0; index < 10; index += 1) await post(index);
collect();
const before = process.memoryUsage().heapUsed;
for (let index = 0; index < 100; index += 1) await post(index);
collect();
console.log((process.memoryUsage().heapUsed - before) / 1024 / 1024, kept.length);
`;

test('what is remembered of a text keeps nothing else of it in memory', async () => {
  const path = `${temporaryFolder()}/journal.jsonl`;
  const held = (await startModule(worker(path)).line()) ?? '';
  expect(Number.parseFloat(held)).toBeLessThan(5);
  expect((await readJournal(path)).entries).toHaveLength(110);
});

test('whoever hears entries hears each with its line, damaged lines counted, and the history up to it', async () => {
  const root = temporaryFolder();
  mkdirSync(`${root}/state`);
  const places = placesOf(root, `${root}/rooms`, 'key');
  const heard: string[] = [];
  const options: LedgerOptions = {
    domain: 'fourline.invalid',
    clock: systemClock,
    tell: () => undefined,
    hearing: {
      since: 0,
      hear: ({ entry, line, history, live }) =>
        void heard.push(`${line} ${entry.step} ${history.orders.get(order)?.position ?? 'unknown'} ${live}`),
    },
  };
  const ledger = await openLedger(places, options);
  await ledger.record(...way);
  await ledger.close();
  expect(heard).toEqual([
    '1 posted posted true',
    '2 claimed claimed true',
    '3 judged claimed true',
    '4 landed claimed true',
  ]);
  const text = readFileSync(places.history.journal, 'utf8');
  writeFileSync(places.history.journal, `${text.replace('"judged"', '"jud')}damaged\n`);
  heard.length = 0;
  const again = await openLedger(places, options);
  await again.record(settled);
  await again.close();
  expect(heard).toEqual([
    '1 posted posted false',
    '2 claimed claimed false',
    '4 landed claimed false',
    '6 settled settled true',
  ]);
});
