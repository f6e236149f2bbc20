import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isForeign } from '../../src/order/foreign-file.ts';
import { digestOf, type Found, openScanner, settleTime, stillTime } from '../../src/order/scan.ts';
import type { Clock } from '../../src/platform/text/clock.ts';
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
  /** The kind that each file in it is found to be. */
  readonly kinds: () => Promise<Record<string, string>>;
  readonly pass: (milliseconds: number) => void;
};

function makeInbox(comesWhole?: (stem: string) => boolean): Inbox {
  const folder = `${temporaryFolder()}/coder`;
  mkdirSync(folder);
  let elapsed = 1000;
  const clock: Clock = { now: () => new Date(0), elapsed: () => elapsed };
  const scanner = openScanner(clock, comesWhole);
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

test('a complete order is ready when a second look finds it as it was', async () => {
  const inbox = makeInbox();
  inbox.put({ 'add-login.md': text, '.hidden.md': text, 'a.report.md': text });
  expect(await inbox.scan()).toMatchObject([{ kind: 'settling', wait: stillTime }]);
  inbox.pass(stillTime - 1);
  expect(await inbox.scan()).toMatchObject([{ kind: 'settling', wait: 1 }]);
  inbox.pass(1);
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

test('one that is written on begins to stand still anew, and is taken whole', async () => {
  const inbox = makeInbox();
  const more = text.replace('- It asks for a word.', '- It asks for a word.\n- It lets nobody in without.');
  inbox.put({ 'a.md': text });
  await inbox.scan();
  inbox.pass(stillTime);
  inbox.put({ 'a.md': more });
  expect(await inbox.kinds()).toEqual({ 'a.md': 'settling' });
  inbox.pass(stillTime);
  expect(await inbox.scan()).toMatchObject([{ kind: 'ready', text: more }]);
});

test('one whose writer renames is taken at the first look, and an edit of it is not', async () => {
  const inbox = makeInbox((stem) => stem === '0007-a');
  inbox.put({ '0007-a.md': text, 'b.md': text });
  expect(await inbox.kinds()).toEqual({ '0007-a.md': 'ready', 'b.md': 'settling' });
  inbox.put({ '0007-a.md': `${text}- requeue-with-blocker\n` });
  expect(await inbox.kinds()).toMatchObject({ '0007-a.md': 'settling' });
});

test.runIf(process.platform === 'linux')(
  'one that somebody has open for writing is not taken, however still it stands',
  async () => {
    const inbox = makeInbox();
    inbox.put({ 'a.md': text, 'b.md': text });
    const [writer, reader] = [openSync(`${inbox.folder}/a.md`, 'a'), openSync(`${inbox.folder}/b.md`, 'r')];
    await inbox.scan();
    inbox.pass(settleTime);
    expect(await inbox.kinds()).toEqual({ 'a.md': 'settling', 'b.md': 'ready' });
    closeSync(writer);
    closeSync(reader);
    expect(await inbox.kinds()).toEqual({ 'a.md': 'ready', 'b.md': 'ready' });
  },
);

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
  await inbox.scan();
  inbox.pass(stillTime);
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
  await inbox.scan();
  inbox.pass(stillTime);
  const [before] = await inbox.scan();
  const path = `${inbox.folder}/a.md`;
  const { atime, mtime, size } = statSync(path);
  inbox.put({ 'a.md': text.replace('login', 'logon') });
  utimesSync(path, atime, mtime);
  expect(statSync(path)).toMatchObject({ size, mtime });
  await inbox.scan();
  inbox.pass(stillTime);
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
  let elapsed = 0;
  const scanner = openScanner({ now: () => new Date(0), elapsed: () => elapsed });
  expect(await scanner.scan(`${root}/absent`)).toEqual([]);
  writeFiles(root, { 'coder/a.md': text, 'coder2/a.md': text });
  await scanner.scan(`${root}/coder`);
  elapsed = stillTime;
  const [first] = await scanner.scan(`${root}/coder`);
  await scanner.scan(`${root}/coder2`);
  expect((await scanner.scan(`${root}/coder`))[0]).toBe(first);
});
