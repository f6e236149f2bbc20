import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { appendFile, copyFile, rename, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type IntakeMemory, takeIn } from '../../src/daemon/intake.ts';
import { cancelOrder } from '../../src/daemon/requests.ts';
import { openSession } from '../../src/daemon/session.ts';
import { unheard } from '../../src/event.ts';
import { openScanner } from '../../src/order/scan.ts';
import { startDaemon } from '../kit/daemon.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const coder = card('- shell: "mkdir -p src; echo x >> src/log.txt"', 'write: |\n  repos/*/src/**');
const good = order(['src/log.txt']);

async function officeWithShop(): Promise<Office> {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'src/log.txt': '' });
  return office;
}

test("a file put into an inbox by cp, mv, an editor's save, git pull or fourline order starts a run, each once", async () => {
  const office = await officeWithShop();
  const daemon = await startDaemon(office);
  await office.write('one.md', good);
  await copyFile(`${office.root}/one.md`, `${office.root}/inbox/coder/one.md`);
  await daemon.settled('one');
  await rename(`${office.root}/one.md`, `${office.root}/inbox/coder/two.md`);
  await daemon.settled('two');
  // As editors save: a working file, a backup, half of it, the rest, then the name.
  await office.write('inbox/coder/.three.md.swp', 'x');
  await office.write('inbox/coder/three.md~', 'x');
  await office.write('inbox/coder/three.md', good.slice(0, 60));
  await appendFile(`${office.root}/inbox/coder/three.md`, good.slice(60));
  await daemon.settled('three');
  await office.write('inbox/coder/.tmp-four', good);
  await rename(`${office.root}/inbox/coder/.tmp-four`, `${office.root}/inbox/coder/four.md`);
  await daemon.settled('four');
  office.git('.', 'init', '-q');
  await office.write('.gitignore', 'state/\nrepos/\nroles/\n');
  office.git('.', 'add', '-A');
  office.git('.', 'commit', '-q', '-m', 'workspace');
  execFileSync('git', ['clone', '-q', office.root, `${office.root}/../clone`]);
  await office.write('../clone/inbox/coder/five.md', good);
  office.git('../clone', 'add', '-A');
  office.git('../clone', 'commit', '-q', '-m', 'an order');
  office.git('.', 'pull', '-q', `${office.root}/../clone`, 'main');
  await daemon.settled('five');
  expect(
    (await office.fourline('order', 'coder', 'Six', '--accept', 'x is there', '--file', 'src/log.txt', '--name', 'six'))
      .code,
  ).toBe(0);
  await daemon.settled('six');
  await daemon.stop();
  const standings = [...(await office.standings()).values()];
  expect(standings.map((one) => one.id)).toEqual([
    '0001-one',
    '0002-two',
    '0003-three',
    '0004-four',
    '0005-five',
    '0006-six',
  ]);
  expect(standings.every((one) => one.outcome === 'done' && one.attempt === 1)).toBe(true);
  expect(await office.read('repos/shop/src/log.txt')).toBe('x\n'.repeat(6));
});

// Each row says what is dropped, under which path, and the answer; `x` stands for the file's own name.
const bad: [what: string, path: string, put: (office: Office, path: string) => unknown, answer: RegExp][] = [
  ['empty', 'inbox/coder/x.md', (office, path) => office.write(path, ''), /error\[order-empty\]/],
  [
    'huge',
    'inbox/coder/x.md',
    (office, path) => office.write(path, `${good}${'x'.repeat(300_000)}`),
    /at most 262144 are read/,
  ],
  ['binary', 'inbox/coder/x.md', (office, path) => office.write(path, new Uint8Array([0xff, 0xfe, 0, 1])), /not UTF-8/],
  ['full of NUL bytes', 'inbox/coder/x.md', (office, path) => office.write(path, `${good}\0`), /order-binary/],
  [
    'a symbolic link',
    'inbox/coder/x.md',
    (office, path) => symlinkSync('/etc/hostname', `${office.root}/${path}`),
    /symbolic link/,
  ],
  ['a pipe', 'inbox/coder/x.md', (office, path) => execFileSync('mkfifo', [`${office.root}/${path}`]), /pipe/],
  ['a folder', 'inbox/coder/x.md', (office, path) => office.write(`${path}/y`, ''), /folder/],
  [
    'half written',
    'inbox/coder/x.md',
    (office, path) => office.write(path, good.slice(0, 60)),
    /the order has no Files/,
  ],
  ['not named .md', 'inbox/coder/x.txt', (office, path) => office.write(path, good), /rename it to x\.md/],
  [
    'without an Acceptance',
    'inbox/coder/x.md',
    (office, path) =>
      office.write(path, '**Objective:** Users can log in.\n**Files:** src/log.txt\n**Branching:** halt-with-note\n'),
    /error\[order-no-acceptance\]: the order has no Acceptance\n {2}inbox\/coder\/x\.md:1:1\n {2}1 │ \*\*Objective:\*\*/,
  ],
  [
    'in no inbox at all',
    'inbox/x.md',
    (office, path) => office.write(path, good),
    /the file is in no role's inbox[\s\S]*move it into inbox\/coder\//,
  ],
  [
    'addressed to no role',
    'inbox/nobody-here/x.md',
    (office, path) => office.write(path, good),
    /there is no role 'nobody-here'/,
  ],
  [
    'naming no such repository',
    'inbox/coder/x.md',
    (office, path) => office.write(path, order(['src/log.txt'], { front: 'repo: shpo' })),
    /there is no repository repos\/shpo[\s\S]*there is repos\/shop/,
  ],
  [
    'with an empty boundary',
    'inbox/coder/x.md',
    (office, path) => office.write(path, order(['lib/log.txt'])),
    /the boundary is empty[\s\S]*repos\/shop\/lib\/log.txt: no write: line of roles\/coder.md matches/,
  ],
  [
    'waiting for an unknown order',
    'inbox/coder/x.md',
    (office, path) => office.write(path, order(['src/log.txt'], { front: 'after: [0042-x]' })),
    /there is no order '0042-x'/,
  ],
];

test('each bad order stays where it is and gets its answer next to it, once; nothing else is held up', async () => {
  const office = await officeWithShop();
  const dropped = bad.map(([what, path, put, answer], at) => {
    const name = `bad${at}`;
    const own = (text: string): string => text.replaceAll(/\bx(?=\\?\.)/g, name);
    return { what, name, path: own(path), put, answer: new RegExp(own(answer.source)) };
  });
  for (const { path, put } of dropped) await put(office, path);
  await office.write('inbox/coder/fine.md', good);
  await office.work();
  expect((await office.standing('fine')).outcome).toBe('done');
  const told = office.git('state/ledger.git', 'log', '--format=%an %s');
  for (const { what, name, path, answer } of dropped) {
    const said = await office.read(`${path}.problem.txt`);
    expect(answer.test(said), `${what}: ${said}`).toBe(true);
    expect(told).toMatch(new RegExp(`operator ${name}(-txt)?: order to \\S+ could not be taken`));
  }
  const before = await office.read('state/journal.jsonl');
  await office.work();
  expect((await office.read('state/journal.jsonl')).slice(before.length)).not.toContain('"refused"');
});

test('a bad order is read again when it is saved again, and the answer goes', async () => {
  const office = await officeWithShop();
  await office.write('inbox/coder/x.md', good.replace('src/log.txt', 'the log'));
  const daemon = await startDaemon(office);
  await daemon.said(/not taken +'the log' is not a path/);
  expect(await office.list('inbox/coder')).toEqual(['x.md', 'x.md.problem.txt']);
  await office.write('inbox/coder/x.md', good);
  await daemon.settled('x');
  expect(await office.list('inbox/coder')).toEqual([]);
  await daemon.stop();
});

test('an id that was given already is not given again', async () => {
  const office = await officeWithShop();
  await office.write('inbox/coder/0001-x.md', good);
  await office.work();
  await office.write('inbox/coder/0001-x.md', good);
  await office.work();
  expect(await office.read('inbox/coder/0001-x.md.problem.txt')).toMatch(
    /there is an order 0001-x already \(settled\)[\s\S]*fourline retry 0001-x/,
  );
  expect((await office.standings()).size).toBe(1);
});

test('a look remembers only what lies in the inboxes', async () => {
  const office = await officeWithShop();
  const session = await openSession(office.root, unheard, office.host());
  if (session === null) throw new Error('the session is taken');
  const { workspace } = session;
  const scanner = openScanner(workspace.clock, () => true);
  const memory: IntakeMemory = { scanner, answers: new Map(), posted: new Map(), faults: new Map() };
  const look = async (): Promise<number[]> => {
    await takeIn(session, memory, new Map());
    return [memory.posted.size, memory.answers.size, memory.faults.size];
  };
  await office.write('inbox/coder/one.md', good);
  await office.write('inbox/coder/two.md', good);
  await office.write('inbox/coder/uneasy.md', good);
  await office.write('inbox/coder/uneasy.md.problem.txt/in-the-way', 'x');
  expect(await look()).toEqual([2, 0, 1]);
  expect(await cancelOrder(session, '0001-one')).toBe(true);
  await rm(`${office.root}/inbox/coder/0002-two.md`);
  await rm(`${office.root}/inbox/coder/uneasy.md`);
  expect(await look()).toEqual([0, 0, 0]);
  await session.close();
});

const repositories: [
  string,
  (office: Office) => void | Promise<void>,
  RegExp,
  (office: Office) => void | Promise<void>,
][] = [
  [
    'has no commit',
    (office) =>
      rm(`${office.root}/repos/shop`, { recursive: true }).then(
        () => void execFileSync('git', ['init', '-q', `${office.root}/repos/shop`]),
      ),
    /has no commit/,
    (office) => void office.git('repos/shop', 'commit', '-q', '--allow-empty', '-m', 'x'),
  ],
  [
    'has a detached head',
    (office) => void office.git('repos/shop', 'checkout', '-q', '--detach'),
    /not on a branch/,
    (office) => void office.git('repos/shop', 'checkout', '-q', 'main'),
  ],
  [
    'is no repository',
    (office) => rm(`${office.root}/repos/shop/.git`, { recursive: true }),
    /is not a git repository/,
    (office) => {
      office.git('repos/shop', 'init', '-q');
      office.git('repos/shop', 'commit', '-q', '--allow-empty', '-m', 'x');
    },
  ],
];

test.each(repositories)(
  'when the repository %s the order waits with the reason, and runs once that is mended',
  async (_, harm, answer, mend) => {
    const office = await officeWithShop();
    await harm(office);
    await office.write('inbox/coder/x.md', good);
    await office.work();
    expect(await office.read('inbox/coder/x.md.problem.txt')).toMatch(answer);
    await mend(office);
    await office.work();
    expect((await office.standing('x')).outcome).toBe('done');
  },
);

// Hundreds and more: npm run test:heavy.
const many = process.env['FOURLINE_HEAVY'] ? 200 : 12;

test(`${many} orders that are dropped at once all settle, each once`, async () => {
  const office = await openOffice({
    coder: card('- shell: "echo $FOURLINE_ID > src/$FOURLINE_ID"', 'write: |\n  repos/*/src/**\nlimits: { runs: 8 }'),
  });
  await office.write('fourline.yaml', 'runs: 8\n');
  await office.repository('shop', { 'src/log.txt': '' });
  for (let count = 1; count <= many; count += 1)
    await office.write(`inbox/coder/n${count}.md`, order([`src/*-n${count}`]));
  const daemon = await startDaemon(office);
  await daemon.idle(many);
  await daemon.stop();
  const standings = [...(await office.standings()).values()];
  expect(standings).toHaveLength(many);
  expect(standings.filter((one) => one.outcome !== 'done' || one.landed.length !== 1)).toEqual([]);
  expect(office.git('repos/shop', 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toHaveLength(many + 1);
  expect(Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'))).toBe(many);
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
});
