// Whoever reads through an index has the answers of the whole journal, whatever happened to the index.
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { type Entry, orderIn, type Step } from '../../src/ledger/entry.ts';
import { foldEntry } from '../../src/ledger/fold.ts';
import { emptyHistory } from '../../src/ledger/history.ts';
import { openJournal, readJournal } from '../../src/ledger/journal.ts';
import { type JournalIndex, openIndex } from '../../src/ledger/journal-index.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { readHistory } from '../../src/ledger/read-history.ts';
import { writeJournalIndex } from '../../src/ledger/write-index.ts';
import { type Places, placesOf } from '../../src/places.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { type Dice, openDice, runsOf, seed } from '../kit/dice.ts';
import { tellHistory } from '../kit/history.ts';
import { temporaryFolder } from '../kit/repository.ts';

function openPlaces(): Places {
  const root = temporaryFolder();
  mkdirSync(`${root}/state`);
  return placesOf(root, `${root}/rooms`, 'key');
}

const roles = ['coder', 'auditor', 'coordinator'] as const;

// Any step of any of a few orders, likely or not: a fold takes them all.
function drawStep(dice: Dice): Step {
  const pick = <One>(some: readonly One[]): One => some[dice.roll(some.length) - 1] as One;
  const ids = ['add-login', 'add-login', 'review', 'ünïcode'].map((slug, at) => `000${at + 1}-${slug}`);
  const [order, other, role] = [pick(ids), pick(ids), pick(roles)];
  const run = `${order}.${dice.roll(2)}`;
  const work = { order, run, role };
  const landing = { ...work, repo: 'shop', branch: 'main', commit: `${dice.roll(9)}` };
  const posted = {
    order,
    role,
    from: pick(['operator', ...roles]),
    repo: 'shop',
    files: ['repos/shop/a'],
    digest: 'd',
  };
  const refused = { order, role, from: role, file: `inbox/${role}/x.md`, key: `${dice.roll(9)}`, problems: ['bad'] };
  return pick<Step>([
    { step: 'started', pid: 1, version: '0', walls: 'none' },
    { step: 'amended', role, what: pick(['added', 'edited', 'broken', 'removed'] as const), digest: order },
    { step: 'posted', ...posted, title: 'T' },
    { step: 'posted', ...posted, title: 'A "title"\n\u2028', parent: other, after: [other], retries: other },
    { step: 'claimed', order, role, attempt: dice.roll(3), card: 'card', boundary: 1 },
    { step: 'ran', ...work, agent: 'a', ending: 'ended', status: 0, milliseconds: 5 },
    { step: 'judged', ...work, changed: 2, allowed: 1, refused: [{ path: 'x', sentence: 'no' }], scratch: 0 },
    { step: 'intended', ...landing, from: 'b', mail: [{ id: other, role, file: `inbox/${role}/y.md` }] },
    { step: 'landed', ...landing, files: 1, left: ['src/a.ts (edited)'] },
    { step: 'decided', ...work, by: 'operator', verdict: pick(['approved', 'rejected'] as const), note: '' },
    { step: 'parked', order, role, on: 'approval', what: 'w' },
    { step: 'released', order, role, by: 'operator', why: '' },
    { step: 'settled', order, role, outcome: pick(['done', 'halted'] as const), note: '', month: '2026-03', by: role },
    { step: 'signalled', signal: 'silent', rule: 'tell', role, about: [pick(['a', 'b'])], sentence: 's' },
    { step: 'refused', ...refused, digest: 'd', text: '', id: order },
  ]);
}

async function write(places: Places, steps: readonly Step[]): Promise<void> {
  const { length } = await readJournal(places.history.journal);
  const journal = await openJournal(places.history.journal, length, systemClock);
  await journal.append(...steps);
  await journal.close();
}

// The journal as an index is written of it: folded over the index that there is.
async function index(places: Places): Promise<JournalIndex | null> {
  const { journal, index: path } = places.history;
  const known = openIndex(path, journal);
  const reading = await readJournal(journal, known?.reach);
  const history = known?.history() ?? emptyHistory();
  for (const entry of reading.entries) foldEntry(history, entry);
  const damaged = [...(known?.reach.damaged ?? []), ...reading.damaged];
  const entries = (known?.reach.entries ?? 0) + reading.entries.length;
  writeJournalIndex(path, journal, known, {
    history,
    reach: { bytes: reading.length, lines: entries + damaged.length, entries, damaged },
  });
  const next = openIndex(path, journal);
  next?.carry(history);
  known?.close();
  expect(tellHistory(history)).toEqual(tellHistory((await readHistory(places, true)).history));
  return next;
}

async function compare(places: Places): Promise<void> {
  const [read, whole] = [await readHistory(places), await readHistory(places, true)];
  const entries = await whole.steps.all();
  expect(tellHistory(read.history)).toEqual(tellHistory(whole.history));
  expect([read.lines, read.damaged, read.steps.count]).toEqual([whole.lines, whole.damaged, entries.length]);
  expect(await read.steps.all()).toEqual(entries);
  for (const count of [1, 3, 10, 1000]) expect(read.steps.last(count)).toEqual(entries.slice(-count));
  for (const count of [0, 1, Math.max(entries.length - 2, 0), entries.length]) {
    const first = await read.steps.upTo(count);
    expect([first.count, await first.all(), first.last(3)]).toEqual([
      Math.min(count, entries.length),
      entries.slice(0, count),
      entries.slice(0, count).slice(-3),
    ]);
  }
  const isClaim = ({ step }: Entry): boolean => step === 'claimed';
  expect(read.steps.last(2, isClaim)).toEqual(entries.filter(isClaim).slice(-2));
  for (const id of ['0001-add-login', '0003-review', 'unknown'])
    expect(JSON.stringify(read.steps.of(id))).toBe(JSON.stringify(entries.filter((entry) => orderIn(entry) === id)));
  for (const one of [read, whole]) one.close();
}

test.each(Array.from({ length: runsOf(12, 100) }, (_, at) => `${seed} ${at}`))(
  'an index that follows a random journal changes no answer (seed %s)',
  async (name) => {
    const dice = openDice(`journal index ${name}`);
    const places = openPlaces();
    for (let round = 0; round < 6; round += 1) {
      await write(
        places,
        Array.from({ length: dice.roll(12) }, () => drawStep(dice)),
      );
      if (dice.roll(6) === 1) appendFileSync(places.history.journal, 'scrawl\n');
      if (dice.roll(2) === 1) (await index(places))?.close();
      await compare(places);
    }
  },
);

async function indexed(): Promise<Places> {
  const places = openPlaces();
  const dice = openDice('one index');
  await write(
    places,
    Array.from({ length: 40 }, () => drawStep(dice)),
  );
  (await index(places))?.close();
  await write(
    places,
    Array.from({ length: 5 }, () => drawStep(dice)),
  );
  return places;
}

test('lines that are longer than what is read at once are found from both ends', async () => {
  const places = openPlaces();
  const dice = openDice('long lines');
  const long = (): Step => ({
    step: 'answered',
    order: '0001-add-login',
    role: 'coder',
    by: 'operator',
    text: 'ü'.repeat(90_000),
  });
  await write(places, [drawStep(dice), long(), long(), drawStep(dice), long()]);
  (await index(places))?.close();
  await write(places, [long(), drawStep(dice)]);
  await compare(places);
});

test('a journal that was cut, replaced or edited at its end is read without its index', async () => {
  const places = await indexed();
  const { journal, index: path } = places.history;
  const reach = statSync(journal).size;
  const text = readFileSync(journal, 'utf8');
  const lines = text.split('\n');
  const other = await indexed();
  for (const change of [
    () => truncateSync(journal, Math.floor(reach / 2)),
    () => writeFileSync(journal, lines.slice(3).join('\n')),
    () => copyFileSync(other.history.journal, journal),
    () => rmSync(journal),
  ]) {
    change();
    expect(openIndex(path, journal)).toBeNull();
    await compare(places);
    writeFileSync(journal, text);
    expect(openIndex(path, journal)).not.toBeNull();
  }
});

test('an index that is damaged, of another version or no index at all is passed over, and made anew', async () => {
  const places = await indexed();
  const { index: path, journal } = places.history;
  const bytes = readFileSync(path);
  const version = Buffer.from('{"version":1,');
  const newer = Buffer.from(bytes);
  newer.write('{"version":9,', bytes.indexOf(version));
  for (const content of [Buffer.from('scrawl'), Buffer.alloc(0), bytes.subarray(0, 5000), newer]) {
    writeFileSync(path, content);
    expect(openIndex(path, journal)).toBeNull();
    await compare(places);
  }
  (await index(places))?.close();
  expect(openIndex(path, journal)?.reach.bytes).toBe(statSync(journal).size);
  await compare(places);
});

test('an index that is deleted while a history goes on over it is made anew from the journal', async () => {
  const places = await indexed();
  const { index: path, journal } = places.history;
  const known = openIndex(path, journal);
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  const history = known?.history() ?? emptyHistory();
  const reading = await readJournal(journal, known?.reach);
  for (const entry of reading.entries) foldEntry(history, entry);
  const entries = (known?.reach.entries ?? 0) + reading.entries.length;
  writeJournalIndex(path, journal, known, {
    history,
    reach: { bytes: reading.length, lines: entries, entries, damaged: [] },
  });
  expect(openIndex(path, journal)?.reach.entries).toBe(entries);
  await compare(places);
});

test('a reader has one moment of the index, however it goes on meanwhile', async () => {
  const places = await indexed();
  const read = await readHistory(places);
  const before = JSON.stringify(tellHistory(read.history));
  const dice = openDice('meanwhile');
  for (let round = 0; round < 5; round += 1) {
    await write(
      places,
      Array.from({ length: 20 }, () => drawStep(dice)),
    );
    (await index(places))?.close();
  }
  expect(JSON.stringify(tellHistory(read.history))).toBe(before);
  read.close();
});

test('the ledger has its index follow when the journal grew, and not in the middle of what belongs together', async () => {
  const places = openPlaces();
  const { journal, index: path } = places.history;
  const open = (): ReturnType<typeof openLedger> =>
    openLedger(places, { domain: 'fourline.invalid', clock: systemClock, tell: () => undefined });
  const note = 'x'.repeat(200_000);
  const step: Step = { step: 'answered', order: '0001-add-login', role: 'coder', by: 'operator', text: note };
  const ledger = await open();
  await ledger.record(step);
  expect(openIndex(path, journal)).toBeNull();
  await ledger.whole(async () => {
    for (let count = 0; count < 5; count += 1) await ledger.record(step);
    expect(openIndex(path, journal)).toBeNull();
  });
  const read = openIndex(path, journal);
  expect(read?.reach).toMatchObject({ lines: 6, entries: 6 });
  read?.close();
  await ledger.record(step, step);
  await ledger.close();
  expect(openIndex(path, journal)?.reach).toMatchObject({ lines: 8, entries: 8 });
  // Nothing of a long session is left beside the file.
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  const again = await open();
  expect([again.lines, again.history.journal.entries]).toEqual([8, 8]);
  await again.close();
  await compare(places);
});
