import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/ground/clock.ts';
import { digestOf, type Found, isForeign, openScanner, settleTime } from '../../src/order/scan.ts';
import { temporaryFolder, writeFiles } from '../kit/repository.ts';

const text = `**Objective:** Add the login page.
**Acceptance:**
- The page is there.
- It asks for a name.
- It asks for a word.
**Files:**
- src/login.ts
**Branching:**
- halt-with-note
`;

type Inbox = {
  readonly folder: string;
  readonly put: (files: Record<string, string | Uint8Array | null>) => void;
  readonly scan: () => Promise<Found[]>;
  /** What each file in it is found to be. */
  readonly kinds: () => Promise<Record<string, string>>;
  readonly pass: (milliseconds: number) => void;
};

function makeInbox(): Inbox {
  const folder = `${temporaryFolder()}/coder`;
  mkdirSync(folder);
  let elapsed = 1000;
  const clock: Clock = { now: () => new Date(0), elapsed: () => elapsed };
  const scanner = openScanner(clock);
  const scan = (): Promise<Found[]> => scanner.scan(folder);
  return {
    folder,
    put: (files) => writeFiles(folder, files),
    scan,
    kinds: async () => Object.fromEntries((await scan()).map((one) => [one.path.slice(folder.length + 1), one.kind])),
    pass: (milliseconds) => {
      elapsed += milliseconds;
    },
  };
}

test.each([
  '.hidden.md',
  '.order.md.swp',
  'a.md~',
  'a.md.tmp',
  'a.swp',
  'a.swx',
  'a.part',
  'a.md.partial',
  'a.crdownload',
  'a.bak',
  'a.md.problem.txt',
  '0007-a.report.md',
  'a.lock',
  '4913',
  '#a.md#',
  '#a.md',
  'a.TMP',
])('%s is nobody’s order', (name) => {
  expect(isForeign(name)).toBe(true);
});

test.each(['a.md', '0007-add-login.md', 'report.md', 'a.txt', 'A', '4913.md', 'a.tmp.md', 'a~b.md', 'problem.txt'])(
  '%s may be one',
  (name) => {
    expect(isForeign(name)).toBe(false);
  },
);

test('a complete order is ready at the first look', async () => {
  const inbox = makeInbox();
  inbox.put({ 'add-login.md': text, '.hidden.md': text, 'a.report.md': text });
  expect(await inbox.scan()).toEqual([
    expect.objectContaining({
      kind: 'ready',
      path: `${inbox.folder}/add-login.md`,
      stem: 'add-login',
      text,
      digest: digestOf(text),
    }),
  ]);
});

test('an order whose last line may still be being written waits, and then is taken as it is', async () => {
  const inbox = makeInbox();
  inbox.put({ 'a.md': text.trimEnd() });
  expect(await inbox.kinds()).toEqual({ 'a.md': 'settling' });
  inbox.pass(settleTime - 1);
  expect(await inbox.scan()).toMatchObject([{ kind: 'settling', wait: 1 }]);
  inbox.pass(1);
  expect(await inbox.kinds()).toEqual({ 'a.md': 'ready' });
});

test('an unreadable order is bad only after it has stood still', async () => {
  const inbox = makeInbox();
  inbox.put({ 'a.md': '**Objective:** half an ord' });
  expect(await inbox.scan()).toMatchObject([{ kind: 'settling', wait: settleTime }]);
  inbox.pass(settleTime - 1);
  inbox.put({ 'a.md': '**Objective:** half an order, and more' });
  expect(await inbox.scan()).toMatchObject([{ kind: 'settling', wait: settleTime }]);
  inbox.pass(settleTime);
  const [found] = await inbox.scan();
  expect(found).toMatchObject({ kind: 'bad', stem: 'a', text: '**Objective:** half an order, and more' });
  inbox.put({ 'a.md': text });
  expect(await inbox.kinds()).toEqual({ 'a.md': 'ready' });
});

test('what is no text file, or has another name, is bad in the end, with what to do', async () => {
  const inbox = makeInbox();
  inbox.put({
    'note.txt': text,
    'binary.md': Buffer.from([0xff, 0xfe]),
    'folder.md/in': 'x',
    'big.md': 'x'.repeat(300_000),
  });
  execFileSync('mkfifo', [`${inbox.folder}/pipe.md`]);
  execFileSync('ln', ['-s', '/etc/hostname', `${inbox.folder}/link.md`]);
  const kinds = await inbox.kinds();
  expect([Object.keys(kinds), new Set(Object.values(kinds))]).toEqual([
    ['big.md', 'binary.md', 'folder.md', 'link.md', 'note.txt', 'pipe.md'],
    new Set(['settling']),
  ]);
  inbox.pass(settleTime);
  const found = await inbox.scan();
  expect(found.map((one) => one.kind === 'bad' && [one.problems[0]?.code, one.text])).toEqual([
    ['order-unreadable', ''],
    ['order-unreadable', ''],
    ['order-unreadable', ''],
    ['order-unreadable', ''],
    ['order-name', text],
    ['order-unreadable', ''],
  ]);
  expect(found[4]).toMatchObject({ problems: [{ hint: 'rename it to note.md' }] });
});

test('a file that did not change is not read again', async () => {
  const inbox = makeInbox();
  inbox.put({ 'a.md': text, 'b.md': 'bad' });
  await inbox.scan();
  inbox.pass(settleTime);
  const first = await inbox.scan();
  inbox.pass(settleTime);
  const second = await inbox.scan();
  expect([first.map((one) => one.kind), second.every((one, index) => one === first[index])]).toEqual([
    ['ready', 'bad'],
    true,
  ]);
});

test('another text of the same size and time is read again', async () => {
  const inbox = makeInbox();
  inbox.put({ 'a.md': text });
  const [before] = await inbox.scan();
  const path = `${inbox.folder}/a.md`;
  const { atime, mtime, size } = statSync(path);
  inbox.put({ 'a.md': text.replace('login', 'logon') });
  utimesSync(path, atime, mtime);
  expect(statSync(path)).toMatchObject({ size, mtime });
  const [after] = await inbox.scan();
  expect([before, after]).toMatchObject([
    { digest: digestOf(text) },
    { digest: digestOf(text.replace('login', 'logon')) },
  ]);
});

test('a file that went and came again begins to settle anew', async () => {
  const inbox = makeInbox();
  inbox.put({ 'a.md': 'bad' });
  await inbox.scan();
  inbox.put({ 'a.md': null });
  inbox.pass(settleTime);
  expect(await inbox.scan()).toEqual([]);
  inbox.put({ 'a.md': 'bad' });
  expect(await inbox.scan()).toMatchObject([{ kind: 'settling', wait: settleTime }]);
});

test('an absent inbox is empty, and two inboxes are looked at apart', async () => {
  const root = temporaryFolder();
  const scanner = openScanner({ now: () => new Date(0), elapsed: () => 0 });
  expect(await scanner.scan(`${root}/absent`)).toEqual([]);
  writeFiles(root, { 'coder/a.md': text, 'coder2/a.md': text });
  const [first] = await scanner.scan(`${root}/coder`);
  await scanner.scan(`${root}/coder2`);
  expect((await scanner.scan(`${root}/coder`))[0]).toBe(first);
});
