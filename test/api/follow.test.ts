import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { type Followed, followJournal } from '../../src/api/follow.ts';
import { unheard } from '../../src/event.ts';
import type { Step } from '../../src/ledger/entry.ts';
import { openJournal } from '../../src/ledger/journal.ts';
import { hostOf } from '../../src/platform/process/host.ts';
import { systemClock } from '../../src/platform/text/clock.ts';

const stopped = (pid: number): Step => ({ step: 'stopped', pid });
const pidOf = ({ value }: IteratorResult<Followed>): string =>
  value?.step === 'stopped' ? `${value.line}: ${value.pid}` : String(value);

async function openPlace() {
  const root = mkdtempSync(`${tmpdir()}/fourline-follow-`);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  await mkdir(`${root}/state`);
  const path = `${root}/state/journal.jsonl`;
  const site = { root, tell: unheard, host: hostOf() };
  const follow = (after: number, signal?: AbortSignal) => followJournal(site, after, { signal });
  return { path, follow, open: () => openJournal(path, 0, systemClock) };
}

test('lines that are there come first, then each when it is written, once and in order', async () => {
  const { follow, open } = await openPlace();
  const journal = await open();
  await journal.append(stopped(1), stopped(2));
  const all = follow(0);
  const late = follow(1);
  expect([pidOf(await all.next()), pidOf(await all.next())]).toEqual(['1: 1', '2: 2']);
  expect(pidOf(await late.next())).toBe('2: 2');
  const live = [all.next(), all.next(), late.next()];
  await journal.append(stopped(3));
  await journal.append(stopped(4));
  expect((await Promise.all(live)).map(pidOf)).toEqual(['3: 3', '4: 4', '3: 3']);
  await Promise.all([all.return?.(), late.return?.(), journal.close()]);
});

test('a workspace without a journal is waited on, and its first line comes', async () => {
  const { follow, open } = await openPlace();
  const live = follow(0);
  const first = live.next();
  const journal = await open();
  await journal.append(stopped(7));
  expect(pidOf(await first)).toBe('1: 7');
  await Promise.all([live.return?.(), journal.close()]);
});

test('a line that is half written is waited for, and a line that cannot be read keeps its number', async () => {
  const { path, follow, open } = await openPlace();
  const journal = await open();
  await journal.append(stopped(1), stopped(2));
  await journal.close();
  const [first = '', second = ''] = readFileSync(path, 'utf8').split('\n');
  truncateSync(path, 0);
  appendFileSync(path, `${first}\nno entry\n${second.slice(0, 20)}`);
  const live = follow(0);
  expect(pidOf(await live.next())).toBe('1: 1');
  const next = live.next();
  appendFileSync(path, `${second.slice(20)}\n`);
  expect(pidOf(await next)).toBe('3: 2');
  await live.return?.();
});

test('a consumer that stops, and a signal that aborts, end it, also while it waits', async () => {
  const { follow } = await openPlace();
  const done = { done: true, value: undefined };
  const live = follow(0);
  const waiting = live.next();
  expect(await live.return?.()).toEqual(done);
  expect(await waiting).toEqual(done);
  expect(await live.next()).toEqual(done);
  const control = new AbortController();
  const aborted = follow(0, control.signal);
  const last = aborted.next();
  control.abort();
  expect(await last).toEqual(done);
  expect(await follow(0, control.signal).next()).toEqual(done);
});

test('a journal that was replaced, cut or removed is not passed over', async () => {
  const { path, follow, open } = await openPlace();
  const lost = { code: 'journal-lost', hint: 'look again, and follow from there' };
  const ways: (() => void)[] = [
    () => {
      copyFileSync(path, `${path}.new`);
      renameSync(`${path}.new`, path);
    },
    () => truncateSync(path, 10),
    () => rmSync(path),
  ];
  for (const way of ways) {
    const journal = await open();
    await journal.append(stopped(1), stopped(2));
    await journal.close();
    const live = follow(0);
    await live.next();
    await live.next();
    const next = live.next();
    way();
    await expect(next).rejects.toMatchObject(lost);
    expect(await live.next()).toEqual({ done: true, value: undefined });
  }
});
