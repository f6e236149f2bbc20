// A landing that waits over an upgrade is restored, or its file is named with what to do. Nothing is guessed and
// nothing is run again unasked.
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const held = 'state/active/0001-x/held.json';
const waiting = 'state/active/0001-x/waiting.json';

async function heldOffice(): Promise<Office> {
  const office = await openOffice({
    coder: card('- shell: echo 2 > src/a.ts', 'write: |\n  repos/*/src/**\napprove: { first: 1 }'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ position: 'parked', waits: { on: 'approval' } });
  return office;
}

const runs = (office: Office): Promise<number> =>
  office.read('state/journal.jsonl').then((text) => text.split('"step":"ran"').length - 1);

test('a landing that 0.1 held is restored from its files and lands as it was judged', async () => {
  const office = await heldOffice();
  for (const path of [held, waiting]) {
    const { v, scratchIn: _1, complaint: _2, limit: _3, ...old } = JSON.parse(await office.read(path));
    expect(v).toBe(1);
    await office.write(path, JSON.stringify(old));
  }
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
  expect(await runs(office)).toBe(1);
});

test.each<[string, (text: string) => string, RegExp]>([
  ['damaged', (text) => text.slice(0, 100), /held\.json is damaged \(it is not JSON.*put a whole copy of it back/],
  ['newer', (text) => text.replace('"v": 1', '"v": 9'), /held\.json was written by a later fourline \(version 9\)/],
])('a %s held.json is named, nothing lands and nothing is run; put right, it lands', async (_what, spoil, words) => {
  const office = await heldOffice();
  const whole = await office.read(held);
  await office.write(held, spoil(whole));
  await office.fourline('approve', '0001');
  const { out, err } = await office.fourline('start', '--once');
  expect(out + err).toMatch(words);
  expect(out + err).toContain(`${office.root}/${held}`);
  expect(await office.standing('x')).toMatchObject({ position: 'parked' });
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1');
  await office.write(held, whole);
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(await runs(office)).toBe(1);
});

test('a damaged waiting.json is named and the order goes on waiting; removed, it goes on as its message says', async () => {
  const office = await heldOffice();
  await office.write(waiting, '{');
  const { out, err } = await office.fourline('start', '--once');
  expect(out + err).toMatch(/waiting\.json is damaged \(it is not JSON.*or remove it/);
  expect(await office.standing('x')).toMatchObject({ position: 'parked' });
  expect(await runs(office)).toBe(1);
  await rm(`${office.root}/${waiting}`);
  await office.work();
  expect(await office.standing('x')).toMatchObject({ position: 'parked', waits: { on: 'approval' } });
  expect(await runs(office)).toBe(2);
});
