// A journal that is read again and again: lines that stand as before are not parsed again, and no other is missed.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { type JournalMemory, openJournal, readJournal } from '../../src/ledger/journal.ts';
import { systemClock } from '../../src/platform/text/clock.ts';

async function openPlace() {
  const root = mkdtempSync(`${tmpdir()}/fourline-memory-`);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const path = `${root}/journal.jsonl`;
  const journal = await openJournal(path, 0, systemClock);
  for (let pid = 1; pid <= 5; pid += 1) await journal.append({ step: 'stopped', pid });
  await journal.close();
  return { path, memory: { last: null } as JournalMemory };
}

test('a reading with a memory gives what one without gives, whatever happened to the journal meanwhile', async () => {
  const { path, memory } = await openPlace();
  const whole = readFileSync(path);
  const line = whole.toString().split('\n')[0] ?? '';
  const acts: (() => void)[] = [
    () => undefined,
    () => appendFileSync(path, `${line}\nno entry\n${line.slice(0, 30)}`),
    () => appendFileSync(path, `${line.slice(30)}\n`),
    // An edit that leaves all lengths as they were, in the middle and at the end.
    () => writeFileSync(path, readFileSync(path, 'utf8').replace('"pid":3', '"pid":8')),
    () => truncateSync(path, whole.length - 10),
    () => rmSync(path),
    () => writeFileSync(path, whole),
  ];
  for (const [at, act] of acts.entries()) {
    act();
    expect([at, await readJournal(path, memory)]).toEqual([at, await readJournal(path)]);
  }
});

test('what stands as before is the same object, and a reading that somebody holds does not grow', async () => {
  const { path, memory } = await openPlace();
  const first = await readJournal(path, memory);
  appendFileSync(path, readFileSync(path));
  const second = await readJournal(path, memory);
  expect([first.entries.length, second.entries.length]).toEqual([5, 10]);
  expect(second.entries[4]).toBe(first.entries[4]);
});
