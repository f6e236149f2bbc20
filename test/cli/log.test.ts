// `log -f` tells the steps that are there, and then each that follows.
import { appendFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openFourline } from '../../src/api.ts';
import { stepsBefore } from '../../src/cli/commands/log.ts';
import { openJournal } from '../../src/ledger/journal.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { openOffice } from '../kit/office.ts';

test('a step that is written while log -f begins is told once, behind those before it', async () => {
  const office = await openOffice();
  const path = `${office.root}/state/journal.jsonl`;
  const append = async (...pids: readonly number[]): Promise<void> => {
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    const journal = await openJournal(path, size, systemClock);
    await journal.append(...pids.map((pid) => ({ step: 'stopped', pid }) as const));
    await journal.close();
  };
  await append(1);
  await appendFile(path, 'no entry\n');
  await append(2);
  const fourline = await openFourline(office.root, office);
  const look = async () => {
    const seen = await fourline.look();
    await append(3, 4);
    return seen;
  };
  const { before, line } = await stepsBefore({ ...fourline, look }, undefined, 2);
  const told = before.map((entry) => entry.step === 'stopped' && entry.pid);
  for await (const entry of fourline.follow(line)) {
    told.push(entry.step === 'stopped' && entry.pid);
    if (told.at(-1) === 4) break;
  }
  expect(told).toEqual([1, 2, 3, 4]);
});
