import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Step } from '../../src/ledger/entry.ts';
import { type Journal, openJournal, parseLine, readJournal } from '../../src/ledger/journal.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { temporaryFolder } from '../kit/repository.ts';

function stopped(pid: number): Step {
  return { step: 'stopped', pid };
}

async function opened(path: string): Promise<Journal> {
  return openJournal(path, (await readJournal(path)).length, systemClock);
}

async function pidsOf(path: string): Promise<number[]> {
  return (await readJournal(path)).entries.map((one) => ('pid' in one ? one.pid : 0));
}

// A journal with the lines of these pids.
async function written(...pids: readonly number[]): Promise<string> {
  const path = `${temporaryFolder()}/journal.jsonl`;
  const journal = await opened(path);
  await journal.append(...pids.map(stopped));
  await journal.close();
  return path;
}

test('an absent journal is empty', async () => {
  const path = `${temporaryFolder()}/journal.jsonl`;
  expect(await readJournal(path)).toEqual({ entries: [], damaged: [], length: 0, torn: false });
});

test('when an append has returned, its lines stand in the file, stamped, in order', async () => {
  const path = `${temporaryFolder()}/journal.jsonl`;
  const clock = { ...systemClock, now: () => new Date('2026-03-04T05:06:07Z') };
  const journal = await openJournal(path, 0, clock);
  const entries = await journal.append(stopped(1), stopped(2));
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.slice(0, -1).map(parseLine)).toEqual(entries);
  expect(entries[0]).toEqual({ v: 1, at: '2026-03-04T05:06:07.000Z', step: 'stopped', pid: 1 });
  await journal.append(stopped(3));
  expect(await pidsOf(path)).toEqual([1, 2, 3]);
  await journal.close();
});

test('appends at once keep the order they were asked in, and each batch stays together', async () => {
  const path = `${temporaryFolder()}/journal.jsonl`;
  const journal = await opened(path);
  const ended: number[] = [];
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      journal.append(stopped(index), stopped(1000 + index)).then(() => ended.push(index)),
    ),
  );
  expect(await pidsOf(path)).toEqual(Array.from({ length: 100 }, (_, index) => [index, 1000 + index]).flat());
  expect(ended).toEqual(Array.from({ length: 100 }, (_, index) => index));
  await journal.close();
});

test('closing waits for what was appended', async () => {
  const path = `${temporaryFolder()}/journal.jsonl`;
  const journal = await opened(path);
  const last = journal.append(stopped(1));
  await journal.close();
  await last;
  expect(await pidsOf(path)).toEqual([1]);
});

test('a torn tail is cut before the first append, wherever the tear is', async () => {
  const whole = readFileSync(await written(1, 2));
  const first = whole.indexOf(10) + 1;
  for (let cut = first + 1; cut < whole.length; cut += 7) {
    const path = `${temporaryFolder()}/journal.jsonl`;
    writeFileSync(path, whole.subarray(0, cut));
    const reading = await readJournal(path);
    expect([reading.torn, reading.length, reading.damaged]).toEqual([true, first, []]);
    const journal = await opened(path);
    await journal.append(stopped(3));
    await journal.close();
    expect(await pidsOf(path)).toEqual([1, 3]);
    expect((await readJournal(path)).damaged).toEqual([]);
  }
});

test('a tear within a letter of many bytes cuts no more and no less', async () => {
  const path = await written(1);
  const size = readFileSync(path).length;
  appendFileSync(path, Buffer.from('{"v":1,"title":"ö').subarray(0, -1));
  expect(await readJournal(path)).toMatchObject({ torn: true, length: size });
});

test('an altered line is reported by its number, and the others count', async () => {
  const path = await written(11, 22, 33);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"pid":22', '"pid":23'));
  const reading = await readJournal(path);
  expect(reading.damaged).toEqual([{ line: 2, reason: 'the checksum does not fit' }]);
  expect(await pidsOf(path)).toEqual([11, 33]);
  expect(reading.torn).toBe(false);
});

test('lines that were glued, emptied or overwritten with anything are damaged, and nothing after them is lost', async () => {
  const path = await written(1);
  appendFileSync(path, 'half of a li{"v":1}\n\nnull\n{"v":1,"sum":"00000000"}\n');
  appendFileSync(path, Buffer.concat([Buffer.from([0, 0xff, 0xfe, 0x80]), Buffer.from('\n')]));
  const before = readFileSync(path);
  const reading = await readJournal(path);
  expect(reading.damaged.map((one) => one.line)).toEqual([2, 3, 4, 5, 6]);
  expect(reading.length).toBe(before.length);
  const journal = await opened(path);
  expect(readFileSync(path).equals(before)).toBe(true);
  await journal.append(stopped(2));
  await journal.close();
  expect(await pidsOf(path)).toEqual([1, 2]);
});

test('a journal that cannot be written stops for good', async () => {
  const path = await written(1);
  const journal = await opened(path);
  await journal.close();
  await expect(journal.append(stopped(2))).rejects.toMatchObject({ code: 'journal-lost', where: path });
  await expect(journal.append(stopped(3))).rejects.toMatchObject({ code: 'journal-lost' });
});
