// Any text whatever survives the journal, the ledger, a report and an answer in JSON.
import { expect, test, vi } from 'vitest';
import { openLines } from '../../src/agent/follow.ts';
import { composeMessage, readTrailers } from '../../src/commit/message.ts';
import { compareLedger } from '../../src/ledger/compare.ts';
import type { Step } from '../../src/ledger/entry.ts';
import { openJournal, readJournal } from '../../src/ledger/journal.ts';
import { countPublished, ledgerObjects, publishEntries, readPublished, sealEntry } from '../../src/ledger/publish.ts';
import { type Places, placesOf } from '../../src/places.ts';
import { readCommitText } from '../../src/platform/git/commit.ts';
import { streamCommit } from '../../src/platform/git/stream.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { escapeJson } from '../../src/platform/text/text.ts';
import { blankReport, composeReport, readReport } from '../../src/record/report.ts';
import { allCharacters, lineEnders } from '../kit/characters.ts';
import { git, temporaryFolder } from '../kit/repository.ts';

vi.setConfig({ testTimeout: 300_000 });

const pieces = allCharacters(4096);
const texts = [...lineEnders, ...pieces];
const order = '0007-add-login';
const role = 'coder';

// Steps of several kinds with a text in every field that people, agents, files or programs fill.
function stepsOf(text: string): Step[] {
  return [
    {
      step: 'posted',
      order,
      role,
      from: 'operator',
      title: text,
      repo: text,
      files: [text, `repos/shop/${text}`],
      digest: 'd',
      refs: [text],
      contract: [{ path: text, owner: null, plan: order }],
    },
    { step: 'refused', order, role: text, from: 'operator', file: text, key: 'k', problems: [text], digest: 'd', text },
    {
      step: 'ran',
      order,
      run: `${order}.1`,
      role,
      agent: text,
      ending: text,
      status: 0,
      milliseconds: 1,
      unreached: [text],
    },
    {
      step: 'judged',
      order,
      run: `${order}.1`,
      role,
      changed: 1,
      allowed: 0,
      refused: [{ path: text, sentence: text, reason: text }],
      scratch: 0,
    },
    {
      step: 'checked',
      order,
      run: `${order}.1`,
      role,
      results: [{ command: text, status: 1, milliseconds: 1, tail: text, timedOut: false }],
    },
    { step: 'landed', order, run: `${order}.1`, role, repo: text, branch: text, commit: 'c', files: 1, left: [text] },
    { step: 'answered', order, role, by: 'operator', text },
    { step: 'decided', order, role, run: `${order}.1`, by: 'operator', verdict: 'rejected', note: text },
    { step: 'settled', order, role, outcome: 'halted', note: text, month: '2026-03' },
  ];
}

// Whatever looks odd in every field; all the rest of Unicode in one.
const steps: readonly Step[] = [
  ...lineEnders.flatMap(stepsOf),
  ...pieces.map((text): Step => ({ step: 'answered', order, role, by: 'operator', text })),
];

async function journaled(): Promise<Places> {
  const root = temporaryFolder();
  const places = placesOf(root, `${root}/rooms`, 'key');
  const path = `${root}/journal.jsonl`;
  const journal = await openJournal(path, 0, systemClock);
  await journal.append(...steps);
  await journal.close();
  return { ...places, history: { ...places.history, journal: path, ledger: `${root}/ledger.git` } };
}

test('the journal reads every text as it was written', async () => {
  const places = await journaled();
  const { entries, damaged, torn } = await readJournal(places.history.journal);
  expect({ damaged, torn }).toEqual({ damaged: [], torn: false });
  const odd = entries.flatMap(({ v: _v, at: _at, ...step }, index) =>
    JSON.stringify(step) === JSON.stringify(steps[index]) ? [] : index,
  );
  expect([entries.length, odd]).toEqual([steps.length, []]);
});

test('the ledger says of every text what the journal says', async () => {
  const places = await journaled();
  const { entries } = await readJournal(places.history.journal);
  await countPublished(places);
  const objects = ledgerObjects(places);
  await publishEntries(objects, { places, domain: 'fourline.invalid', monthOf: () => null }, 0, entries);
  objects.close();
  const published = await readPublished(places);
  const seals = entries.map((entry, index) => sealEntry(entry, index + 1));
  expect(compareLedger(entries, seals, published ?? []).differences).toEqual([]);
  expect(published?.every((one) => one.domain === 'fourline.invalid')).toBe(true);
});

test('a report tells its outcome and its note again, whatever stands in it', () => {
  for (const text of texts) {
    const parts = {
      ...blankReport({
        id: order,
        role,
        from: 'operator',
        title: text,
        branch: null,
        refused: [{ path: text, sentence: text }],
      }),
    };
    const note = `${text}`.replace(/^\s+/, 'x');
    const report = composeReport({ ...parts, outcome: 'failed', limit: 'attempts', note, summary: text, left: [text] });
    const read = readReport(report);
    expect(read.outcome, JSON.stringify(text)).toBe('failed');
    expect(read.limit, JSON.stringify(text)).toBe('attempts');
    // Reading what was read gives the same: the note of the journal is that of the report.
    const again = readReport(composeReport({ ...parts, outcome: 'failed', note: read.note }));
    expect(again.note, JSON.stringify(text)).toBe(read.note);
  }
});

test('the message of a landing keeps its trailers to itself', () => {
  for (const text of texts) {
    const parts = { order, run: `${order}.1`, role, card: 'c', files: 1, refused: 0 };
    const trailers = readTrailers(composeMessage({ ...parts, objective: text, agent: `a${text}` }));
    expect([...trailers.keys()], JSON.stringify(text)).toEqual([
      'Fourline-Order',
      'Fourline-Run',
      'Fourline-Role',
      'Fourline-Card',
      'Assisted-by',
    ]);
    expect(trailers.get('Fourline-Run')).toBe(`${order}.1`);
  }
});

test('an answer in JSON reads back as it was, and is one line for every reader of lines', () => {
  for (const text of texts) {
    const json = escapeJson(JSON.stringify({ text }));
    expect((JSON.parse(json) as { text: string }).text).toBe(text);
    expect(json).not.toMatch(/[\p{Cc}\u2028\u2029\p{Cs}]/u);
  }
});

test("a line of an agent's stream ends at a line feed and nowhere else, however it is cut", () => {
  const lines = texts
    .filter((text) => text.trim() !== '' && !text.includes('\n'))
    .map((text) => JSON.stringify({ text }));
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const read: string[] = [];
  const reader = openLines((line) => void read.push(line));
  for (let at = 0; at < bytes.length; at += 1000) reader.take(bytes.subarray(at, at + 1000));
  reader.end();
  expect(read.length).toBe(lines.length);
  expect(read.every((line, index) => line === lines[index])).toBe(true);
});

test('a commit that is streamed to git holds every name and every message as they were', () => {
  const folder = temporaryFolder();
  git(folder, ['init', '-q', '--bare']);
  // All that any reader takes for an end or a quote is below U+3000.
  const names = allCharacters(256)
    .slice(0, 0x30)
    .map((text) => Buffer.from(text.replaceAll('\0', '').replaceAll('/', '')).toString())
    .flatMap((text, index) => (text === '' ? [] : [`d/${index}/${text}`]));
  const message = `subject\n\n${allCharacters(0x20000).join('').replaceAll('\0', '')}.`;
  const who = { name: 'coder', email: 'coder@fourline.invalid' };
  const stream = streamCommit({
    ref: 'refs/heads/main',
    mark: 1,
    author: who,
    committer: who,
    seconds: 1,
    message,
    from: null,
    files: names.map((path) => ({ path, mode: '100644', content: Buffer.from(path) })),
  });
  git(folder, ['fast-import', '--quiet', '--date-format=raw'], stream);
  const listed = git(folder, ['ls-tree', '-r', '-z', '--name-only', 'main']).split('\0').filter(Boolean);
  expect([...listed].sort()).toEqual([...names].sort());
  expect(readCommitText(git(folder, ['cat-file', 'commit', 'main'])).message).toBe(
    Buffer.from(message).toString().trimEnd(),
  );
});

test('a name in a commit begins no header of its own', () => {
  const forged = 'dana\u2028parent 1111111111111111111111111111111111111111\u2028author coder <coder@x>\u2028';
  const text = `tree 0\nparent 2\nauthor ${forged} <dana@x> 5 +0000\ncommitter ${forged} <dana@x> 6 +0100\ngpgsig a\n parent 3\n\nsubject\n`;
  const { parents, author, committer, message } = readCommitText(text);
  expect(parents).toEqual(['2']);
  expect([author.name, author.email, author.seconds]).toEqual([forged, 'dana@x', 5]);
  expect([committer.email, committer.zone, message]).toEqual(['dana@x', '+0100', 'subject\n']);
});
