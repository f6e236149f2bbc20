// A ledger that cannot be published to is mended: the journal is the truth, and nobody else writes there.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { Step } from '../../src/ledger/entry.ts';
import { flushLedger } from '../../src/ledger/flush.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { tellLag } from '../../src/ledger/publish.ts';
import { readHistory } from '../../src/ledger/read-history.ts';
import { type Places, placesOf } from '../../src/places.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { git, temporaryFolder } from '../kit/repository.ts';

// Each puts a file into the ledger's tree.
const step = (count: number): Step => {
  const order = `x${count}`;
  const common = { role: 'coder', from: 'operator', file: 'f', key: 'k', problems: [], digest: 'd' };
  return { step: 'refused', order, ...common, text: `text ${count}` };
};

async function opened(places: Places): Promise<Ledger & { readonly said: string[] }> {
  const said: string[] = [];
  const ledger = await openLedger(places, {
    domain: 'fourline.invalid',
    clock: systemClock,
    tell: ({ detail }) => void said.push(detail),
  });
  return { ...ledger, said };
}

// A ledger with three steps, closed; and what it looks like.
async function threeSteps(): Promise<{ places: Places; ids: () => string[] }> {
  const root = temporaryFolder();
  mkdirSync(`${root}/state`);
  const places = placesOf(root, `${root}/rooms`, 'key');
  const ledger = await opened(places);
  for (const count of [1, 2, 3]) await ledger.record(step(count));
  await ledger.close();
  return { places, ids: () => git(places.history.ledger, ['rev-list', '--reverse', 'main']).split('\n') };
}

function objectFile(places: Places, name: string): string {
  const id = git(places.history.ledger, ['rev-parse', name]);
  return `${places.history.ledger}/objects/${id.slice(0, 2)}/${id.slice(2)}`;
}

test('locks and halves that a killed git left are swept, and the ledger is brought up to date', async () => {
  const { places, ids } = await threeSteps();
  const before = ids();
  const left = ['refs/heads/main.lock', 'HEAD.lock', 'objects/pack/tmp_pack_Ab1', 'fast_import_crash_9'];
  for (const name of left) writeFileSync(`${places.history.ledger}/${name}`, '');
  const ledger = await opened(places);
  await ledger.record(step(4));
  const { steps } = await readHistory(places);
  const entries = await steps.all();
  expect(await tellLag(places, steps, null)).toBe(
    'the ledger is 1 step behind the journal; the next start brings it up to date',
  );
  expect(await tellLag(places, steps, new Date(entries[3]?.at ?? ''))).toBeNull();
  expect(await tellLag(places, steps, new Date(Date.parse(entries[3]?.at ?? '') + 60_000))).toMatch(/fourline brings/);
  await ledger.close();
  expect(ledger.said).toEqual([]);
  expect([ids().slice(0, 3), ids().length]).toEqual([before, 4]);
  expect(left.filter((name) => statSync(`${places.history.ledger}/${name}`, { throwIfNoEntry: false }))).toEqual([]);
  expect(await tellLag(places, steps, null)).toBeNull();
});

test.each([
  ['its newest commit', 'main'],
  ['its newest tree', 'main^{tree}'],
])('a ledger of which %s is damaged is built anew from the journal, commit by commit the same', async (_, name) => {
  const { places, ids } = await threeSteps();
  const before = ids();
  const file = objectFile(places, name);
  chmodSync(file, 0o600);
  writeFileSync(file, 'damaged');
  const ledger = await opened(places);
  await ledger.record(step(4));
  await ledger.close();
  expect(ledger.said).toEqual([expect.stringMatching(/^the ledger is damaged and is built anew from the journal: /)]);
  expect([ids().slice(0, 3), ids().length]).toEqual([before, 4]);
});

test('a ledger that was removed is built anew, and its lag is all of the journal until then', async () => {
  const { places, ids } = await threeSteps();
  const before = ids();
  rmSync(places.history.ledger, { recursive: true });
  const { steps } = await readHistory(places);
  expect(await tellLag(places, steps, null)).toMatch(/^the ledger is 3 steps behind/);
  await (await opened(places)).close();
  expect(ids()).toEqual(before);
  expect(readdirSync(`${places.root}/state`).filter((one) => one.startsWith('.'))).toEqual([]);
});

test('what was not flushed before the machine went down is published again, commit by commit the same', async () => {
  const { places, ids } = await threeSteps();
  await flushLedger(places);
  expect(readdirSync(`${places.history.ledger}/objects`).sort()).toEqual(['info', 'pack']);
  const ledger = await opened(places);
  await ledger.record(step(4));
  await ledger.record(step(5));
  await ledger.close();
  const before = ids();
  // The tip is there, and what it stands on is not.
  const torn = objectFile(places, 'main^^{tree}');
  chmodSync(torn, 0o600);
  writeFileSync(torn, '\0'.repeat(30));
  const path = `${places.history.ledger}/flushed.json`;
  const flushed = JSON.parse(readFileSync(path, 'utf8'));
  expect(flushed.commit).toBe(before[2]);
  writeFileSync(path, JSON.stringify({ ...flushed, boot: 'another' }));
  const again = await opened(places);
  await again.close();
  expect([again.said, ids()]).toEqual([[], before]);
  expect(git(places.history.ledger, ['fsck', '--strict', '--no-dangling'])).toBe('');
});

test('of a new ledger nothing is flushed, and one that an older version wrote is', async () => {
  const { places, ids } = await threeSteps();
  const before = ids();
  const path = `${places.history.ledger}/flushed.json`;
  const flushed = JSON.parse(readFileSync(path, 'utf8'));
  expect(flushed.commit).toBeNull();
  writeFileSync(path, JSON.stringify({ ...flushed, boot: 'another' }));
  writeFileSync(`${places.history.ledger}/refs/heads/main`, '');
  await (await opened(places)).close();
  expect(ids()).toEqual(before);
  for (const damaged of ['', 'x', '{"boot":"1"}']) {
    writeFileSync(path, damaged);
    writeFileSync(`${places.history.ledger}/refs/heads/main`, '');
    await (await opened(places)).close();
    expect(ids()).toEqual(before);
  }
  rmSync(path);
  await (await opened(places)).close();
  expect([ids(), JSON.parse(readFileSync(path, 'utf8')).commit]).toEqual([before, before[2]]);
});

test('a ledger is flushed by itself, as one pack, after some hundred steps', async () => {
  const { places } = await threeSteps();
  const ledger = await opened(places);
  for (let count = 0; count < 5; count += 1)
    await ledger.record(...Array.from({ length: 100 }, (_, index) => step(10 + count * 100 + index)));
  await ledger.close();
  const packs = readdirSync(`${places.history.ledger}/objects/pack`).filter((name) => name.endsWith('.pack'));
  expect([packs.length, readdirSync(`${places.history.ledger}/objects`).length]).toEqual([1, 2]);
  expect(git(places.history.ledger, ['rev-list', '--count', 'main'])).toBe('503');
});

test('after a restart of the machine whole commits stay as they are', async () => {
  const { places, ids } = await threeSteps();
  const before = ids();
  const path = `${places.history.ledger}/flushed.json`;
  writeFileSync(path, '{"boot":"another","commit":null}\n');
  // Published again, it could differ: a record may be edited since.
  const torn = objectFile(places, 'main^{tree}');
  chmodSync(torn, 0o600);
  writeFileSync(torn, '');
  const ledger = await opened(places);
  expect(JSON.parse(readFileSync(path, 'utf8')).commit).toBe(before[1]);
  await ledger.close();
  expect([ledger.said, ids()]).toEqual([[], before]);
});

test('the ledger is packed after some hundred steps of many sessions, and one that cannot be packed keeps all it holds', async () => {
  const { places } = await threeSteps();
  const { ledger: folder } = places.history;
  const packs = (): number => readdirSync(`${folder}/objects/pack`).filter((name) => name.endsWith('.pack')).length;
  const session = async (from: number): Promise<readonly string[]> => {
    const ledger = await opened(places);
    await ledger.record(...Array.from({ length: 200 }, (_, index) => step(from + index)));
    await ledger.close();
    return ledger.said;
  };
  await session(1000);
  expect(packs()).toBe(0);
  await session(2000);
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env['PATH'] = PATH;
  });
  process.env['PATH'] = '/nonexistent';
  expect(await session(3000)).toEqual([expect.stringMatching(/could not be packed/)]);
  process.env['PATH'] = PATH;
  expect([git(folder, ['rev-list', '--count', 'main']), packs()]).toEqual(['603', 0]);
  expect([await session(4000), packs()]).toEqual([[], 1]);
});

test('a note of what is flushed that names a commit the ledger has not stops nothing', async () => {
  const { places, ids } = await threeSteps();
  const path = `${places.history.ledger}/flushed.json`;
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), commit: 'f'.repeat(40) }));
  const ledger = await opened(places);
  await ledger.record(step(4));
  await ledger.close();
  expect([ledger.said, ids().length]).toEqual([[], 4]);
});
