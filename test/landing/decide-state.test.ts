// State files of roles, end to end: copied, merged, given back, written together, and every version in the ledger.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { takeIn } from '../../src/daemon/intake.ts';
import { openSession } from '../../src/daemon/session.ts';
import { unheard } from '../../src/event.ts';
import { travel } from '../../src/journey/journey.ts';
import { openScanner } from '../../src/order/scan.ts';
import { start } from '../kit/crash.ts';
import { someOf } from '../kit/dice.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const file = 'state/pipeline.json';
const lines = ['{', ' "first": 1,', ' "between": 0,', ' "still": 0,', ' "last": 1', '}', ''].join('\n');
const files = [file, 'state/*.txt', 'state/n', 'state/ours.json', 'state/mine.json', 'state/fresh/*.json'];
const room = '$FOURLINE_ROOM';

/** Cards of a, b … whose first runs meet before they go on: each has its copy before the other lands. */
function writersOf(edits: Readonly<Record<string, string>>, limits = ''): Record<string, string> {
  const names = Object.keys(edits);
  return Object.fromEntries(
    names.map((name, index) => {
      const meet = index === 0 ? 'echo > "$MEET"' : 'read line < "$MEET"';
      const steps = `- shell: if [ $FOURLINE_ATTEMPT = 1 ]; then ${meet}; fi; cat ${room}/${file}; ${edits[name]}`;
      return [name, card(steps, `write: |\n  state/pipeline.*\nenv: MEET\n${limits}`)];
    }),
  );
}

async function openWriters(edits: Readonly<Record<string, string>>, text: string): Promise<Office> {
  const office = await openOffice(writersOf(edits));
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.write(file, text);
  process.env['MEET'] = `${office.root}/meet`;
  execFileSync('mkfifo', [`${office.root}/meet`]);
  for (const name of Object.keys(edits)) await office.write(`inbox/${name}/${name}.md`, order([file]));
  return office;
}

// A daemon never has two runs on the same Files at once; landings can be late all the same. Here both are on their way
// at once.
async function workTogether(office: Office): Promise<void> {
  const session = await openSession(office.root, unheard, office.host());
  if (session === null) throw new Error('the session is taken');
  try {
    const never = new AbortController().signal;
    const scanner = openScanner(session.workspace.clock, () => true);
    const memory = { scanner, answers: new Map(), posted: new Map(), faults: new Map() };
    const { posted } = await takeIn(session, memory, new Map());
    expect(posted).toHaveLength(2);
    await Promise.all(posted.map((one) => travel(session, one, never)));
  } finally {
    await session.close();
  }
}

function versionsOf(office: Office, path = file): string[] {
  return office.git('state/ledger.git', 'log', '--reverse', '--format=%an: %s', 'main', '--', path).split('\n');
}

async function outcomes(office: Office): Promise<string[]> {
  return [...(await office.standings()).values()].map((one) => `${one.outcome} after ${one.attempt}`).sort();
}

test('two writers at once are merged; the ledger has each version by its role', async () => {
  const edit = (name: string): string => `sed -i '/"${name}"/s/1/2/' ${room}/${file}`;
  const office = await openWriters({ ann: edit('first'), bob: edit('last') }, lines);
  await workTogether(office);
  expect(await outcomes(office)).toEqual(['done after 1', 'done after 1']);
  expect(await office.read(file)).toBe(lines.replace('"first": 1', '"first": 2').replace('"last": 1', '"last": 2'));
  expect(versionsOf(office).sort()).toEqual([
    expect.stringMatching(/^ann: 000\d-ann: wrote state\/pipeline\.json$/),
    expect.stringMatching(/^bob: 000\d-bob: wrote state\/pipeline\.json$/),
  ]);
  expect(office.git('state/ledger.git', 'show', `main:${file}`)).toBe((await office.read(file)).trimEnd());
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
  // Built again from the journal and the records, it is the same.
  const tree = office.git('state/ledger.git', 'rev-parse', 'main');
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  await office.work();
  expect(office.git('state/ledger.git', 'rev-list', 'main').split('\n')).toContain(tree);
});

test('of two writers that conflict the second gets it back, with the version that stands in its room', async () => {
  const edit = `sed -i "s/\\$/ $FOURLINE_ROLE/" ${room}/${file}`;
  const office = await openWriters({ ann: edit, bob: edit }, '');
  await office.write(file, '"by"\n');
  await office.write(file.replace('.json', '.txt'), 'by\n');
  for (const name of ['ann', 'bob']) {
    const text = await office.read(`roles/${name}.md`);
    await office.write(`roles/${name}.md`, text.replaceAll('pipeline.json', 'pipeline.txt'));
    await office.write(`inbox/${name}/${name}.md`, order(['state/pipeline.txt']));
  }
  await workTogether(office);
  expect(await outcomes(office)).toEqual(['done after 1', 'null after 1']);
  const back = [...(await office.standings()).values()].find((one) => one.outcome === null);
  expect(back?.note).toBe('conflict with the state that stands: state/pipeline.txt');
  await office.work();
  expect(await outcomes(office)).toEqual(['done after 1', 'done after 2']);
  expect(await office.read('state/pipeline.txt')).toMatch(/^by (?:ann bob|bob ann)\n$/);
  const name = back?.role ?? '';
  expect(await office.record(name, 'brief.md')).toContain('state/pipeline.txt: the same lines were changed meanwhile');
  expect(await office.record(name, 'transcript.jsonl')).toContain(`by ${name === 'ann' ? 'bob' : 'ann'}`);
  expect(versionsOf(office, 'state/pipeline.txt')).toHaveLength(2);
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

/** A coder of code and state, beside whose first run a person does something to the workspace. */
async function openCoder(steps: string, beside: string, state: string, limits = ''): Promise<Office> {
  const shell = `- shell: ${steps}; [ $FOURLINE_ATTEMPT = 1 ] && { cd "$OFFICE" && ${beside}; }`;
  const office = await openOffice({
    coder: card(shell, `write: |\n  repos/*/src/**\n  state/**\nenv: OFFICE\nsend: zed\n${limits}`),
    zed: card('- say: nothing'),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write(file, state);
  await office.write('inbox/coder/x.md', order(['src/**', ...files]));
  process.env['OFFICE'] = office.root;
  return office;
}

test('when its state conflicts nothing of a landing lands; its code is there in the next attempt', async () => {
  const letter = order(['src/a.ts']).replaceAll('\n', '\\n');
  const office = await openCoder(
    `echo has $(cat src/a.ts ${room}/${file}); echo 2 > src/a.ts; printf '${letter}' > ${room}/inbox/zed/l.md; echo "[$FOURLINE_ATTEMPT]" > ${room}/${file}; echo more > ${room}/state/more.txt`,
    'echo [7] > state/pipeline.json',
    '[0]\n',
    'limits: { attempts: 1 }',
  );
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'failed', attempt: 1, landed: [], stated: [] });
  expect(office.git('repos/shop', 'log', '--format=%s')).toBe('begin');
  expect(await office.read(file)).toBe('[7]\n');
  expect(await office.list('state')).not.toContain('more.txt');
  expect((await office.standings()).size).toBe(1);
  expect(await office.record('x', 'unlanded.patch')).toContain('+2');
  expect(await office.record('x', 'state.json')).toContain('[1]');
  await office.write('roles/coder.md', (await office.read('roles/coder.md')).replace('attempts: 1', 'attempts: 2'));
  await office.write(file, '[0]\n');
  await office.write('inbox/coder/y.md', order(['src/**', ...files]));
  await office.work();
  expect(await office.standing('y')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(await office.record('y', 'transcript.jsonl')).toContain('has 2 [7]');
  expect(await office.read(file)).toBe('[2]\n');
  expect(await office.read('state/more.txt')).toBe('more\n');
  expect(Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'))).toBe(1);
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('a person’s edit beside the run is merged with the code in one landing', async () => {
  const office = await openCoder(
    `echo 2 > src/a.ts; sed -i '/"first"/s/1/2/' ${room}/${file}`,
    `sed -i '/"last"/s/1/5/' ${file}`,
    lines,
  );
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
  expect(await office.read(file)).toContain('"first": 2');
  expect(await office.read(file)).toContain('"last": 5');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
});

test('JSON that merges into no JSON is a conflict', async () => {
  const text = ['[', '1', ' ', ',', '  ', '   ', '    ', '2', ']', ''].join('\n');
  const office = await openCoder(
    `sed -i -e '/^,$/d' -e '/^2$/d' ${room}/${file}; echo 2 > src/a.ts`,
    `sed -i 's/^   $/   \\n7,/' ${file}`,
    text,
    'limits: { attempts: 1 }',
  );
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'failed', landed: [] });
  expect(await office.record('x', 'report.md')).toContain("merged with what changed meanwhile it isn't JSON");
  expect(JSON.parse(await office.read(file))).toEqual([1, 7, 2]);
});

test.each([
  ['removed by the role, changed meanwhile', `rm ${room}/${file}`, `echo [7] > ${file}`, '[7]\n', 'you removed it'],
  ['changed by the role, removed meanwhile', `echo [2] > ${room}/${file}`, `rm ${file}`, null, 'it was removed'],
  ['added by both', `echo x > ${room}/state/n`, `echo y > state/n`, '[0]\n', 'it was added meanwhile'],
])('a state file %s is a conflict', async (_, steps, beside, stands, reason) => {
  const office = await openCoder(steps, beside, '[0]\n', 'limits: { attempts: 1 }');
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'failed' });
  expect(await office.record('x', 'report.md')).toContain(reason);
  expect(await office.read(file).catch(() => null)).toBe(stands);
});

test('a state file that is removed is gone, in the ledger’s newest tree too', async () => {
  const office = await openCoder(
    `if [ -e ${room}/${file} ]; then rm ${room}/${file}; else mkdir -p ${room}/state; echo [1] > ${room}/${file}; fi`,
    'true',
    '[0]\n',
  );
  await office.work();
  expect(existsSync(`${office.root}/${file}`)).toBe(false);
  await office.write('inbox/coder/y.md', order(files));
  await office.work();
  await office.write('inbox/coder/z.md', order(files));
  await office.work();
  expect(existsSync(`${office.root}/${file}`)).toBe(false);
  expect(versionsOf(office)).toEqual([
    'coder: 0002-y: wrote state/pipeline.json',
    'coder: 0003-z: removed state/pipeline.json',
  ]);
});

test('a landing that waited for approval is merged with what others landed meanwhile, or goes back when it conflicts', async () => {
  const edit = (name: string): string => `- shell: sed -i '/"${name}"/s/[12]/&&/' ${room}/${file}`;
  const office = await openOffice({
    ann: card(edit('first'), `write: |\n  ${file}\napprove: { first: 9 }\nlimits: { attempts: 1 }`),
    bob: card(edit('last'), `write: |\n  ${file}`),
    cid: card(edit('first').replace('&&', '7'), `write: |\n  ${file}`),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write(file, lines);
  await office.write('inbox/ann/x.md', order([file]));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ position: 'parked' });
  await office.write('inbox/bob/y.md', order([file]));
  await office.work();
  expect((await office.fourline('approve', '0001')).code).toBe(0);
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
  expect(JSON.parse(await office.read(file))).toMatchObject({ first: 11, last: 11 });
  expect(versionsOf(office)).toEqual([expect.stringMatching(/^bob/), expect.stringMatching(/^ann/)]);
  await office.write('inbox/ann/z.md', order([file]));
  await office.work();
  await office.write('inbox/cid/w.md', order([file]));
  await office.work();
  expect((await office.fourline('approve', '0003')).code).toBe(0);
  await office.work();
  expect(await office.standing('z')).toMatchObject({ outcome: 'failed' });
  expect(JSON.parse(await office.read(file))).toMatchObject({ first: 71 });
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('an order that goes on after its reports has each of its versions in the ledger, also when that is built again', async () => {
  const letter = order(['src/a.ts']).replaceAll('\n', '\\n');
  const line = `mkdir -p ${room}/state; echo [$FOURLINE_ATTEMPT] > ${room}/${file}; [ $FOURLINE_ATTEMPT = 1 ] && printf '${letter}' > ${room}/inbox/zed/l.md`;
  const office = await openOffice({
    boss: card(`- shell: ${JSON.stringify(line)}`, `write: |\n  ${file}\nsend: zed\nwake: batch`),
    zed: card('- report: done\n  text: Looked.'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/boss/x.md', order([file, 'src/a.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  const versions = ['boss: 0001-x: wrote state/pipeline.json', 'boss: 0001-x: wrote state/pipeline.json'];
  expect(versionsOf(office)).toEqual(versions);
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  await office.work();
  expect(versionsOf(office)).toEqual(versions);
});

/** Two state files that land together: one is changed, one is new. */
async function openPair(): Promise<Office> {
  return openCoder(`echo 2 > src/a.ts; echo [1] > ${room}/${file}; echo one > ${room}/state/z.txt`, 'true', '[0]\n');
}

test.each(
  someOf(['land.decided', 'deliver.prepared', 'deliver.state:1', 'deliver.state:2', 'deliver.kept', 'deliver.stated']),
)('state files that land together are both there, once, after a death at %s', async (point) => {
  const office = await openPair();
  expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
  const written = [await office.read(file), await office.read('state/z.txt').catch(() => null)];
  expect(written).toEqual(
    point === 'deliver.state:1'
      ? ['[1]\n', null]
      : /^deliver\.(?!prepared)/.test(point)
        ? ['[1]\n', 'one\n']
        : ['[0]\n', null],
  );
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect([await office.read(file), await office.read('state/z.txt')]).toEqual(['[1]\n', 'one\n']);
  expect(versionsOf(office)).toHaveLength(1);
  const stated = (await office.read('state/journal.jsonl')).split('\n').filter((one) => one.includes('"stated"'));
  expect(stated).toHaveLength(2);
  expect((await office.list('state')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test.each([
  ['deliver.prepared', '[0]\n', /pipeline\.json \(state\/z\.txt is left, and they land together/],
  ['deliver.state:1', '[1]\n', /state\/z\.txt \(it changed meanwhile/],
])(
  'what a person saves between intent and delivery stays, and is named (a death at %s)',
  async (point, stands, left) => {
    const office = await openPair();
    expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
    await office.write('state/z.txt', 'mine\n');
    expect(await start(office)).toMatchObject({ signal: null });
    expect(await office.read('state/z.txt')).toBe('mine\n');
    expect(await office.read(file)).toBe(stands);
    const report = await office.record('x', 'report.md');
    expect(report).toMatch(/state\/z\.txt \(it changed meanwhile/);
    expect(report).toMatch(left);
    expect(await office.record('x', 'state.json')).toContain('one');
  },
);

test.each([
  ['both', /$/],
  ['one of two', /[^\n]*\n$/],
])('what a person saves after a state file is on record as written is theirs (%s recorded)', async (_, cut) => {
  const office = await openPair();
  expect(await start(office, 'deliver.stated')).toMatchObject({ signal: 'SIGKILL' });
  const journal = await office.read('state/journal.jsonl');
  expect(journal).toMatch(/"stated".*\n.*"stated".*\n$/);
  await office.write('state/journal.jsonl', journal.replace(cut, ''));
  await office.write(file, '[0]\n');
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await office.read(file)).toBe('[0]\n');
  expect(await office.record('x', 'report.md')).not.toContain('pipeline.json (');
  expect((await office.read('state/journal.jsonl')).match(/"stated"/g)).toHaveLength(2);
});

test('read: puts state into a room, to be read alone; what neither read: nor write: names is not there', async () => {
  const office = await openOffice({
    planner: card(
      `- shell: cd ../../state && echo has $(find . -type f | sort | xargs cat) && echo 2 > ours.json && echo 2 > mine.json && echo 2 > fresh/new.json`,
      'write: |\n  state/mine.json\nread: |\n  state/ours.json\n  state/fresh/*.json',
    ),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  for (const name of ['ours', 'mine', 'other', 'fresh/a']) await office.write(`state/${name}.json`, `"${name}"\n`);
  await office.write('inbox/planner/x.md', order(files));
  await office.work();
  const x = await office.standing('x');
  expect(x.refused).toMatchObject([
    { path: 'state/fresh/new.json', sentence: 'no write: line of roles/planner.md matches' },
    { path: 'state/ours.json', sentence: 'no write: line of roles/planner.md matches' },
  ]);
  expect(await office.record('x', 'transcript.jsonl')).toContain('has \\"fresh/a\\" \\"mine\\" \\"ours\\"\\n');
  expect(await office.record('x', 'brief.md')).toContain(
    'State files in $FOURLINE_ROOM: state/fresh/a.json, state/mine.json, state/ours.json.',
  );
  expect([await office.read('state/ours.json'), await office.read('state/mine.json')]).toEqual(['"ours"\n', '2\n']);
  expect((await office.fourline('role', 'show', 'planner')).out).toContain('read: |\n  state/ours.json');
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('check says of two cards that may write one state file which lines they are', async () => {
  const office = await openOffice({
    ann: card('- say: a', 'write: |\n  state/plan/*.json\n  state/ann.json'),
    bob: card('- say: b', 'write: |\n  state/plan/a.*\n  state/bob.json\nread: |\n  state/ann.json'),
    cid: card('- say: c', 'write: |\n  state/**\ndeny: |\n  state/plan/**\n  state/ann.json\n  state/bob.json'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const { code, out } = await office.fourline('check');
  expect(code).toBe(0);
  expect(out.match(/role-state-shared/g)).toHaveLength(2);
  expect(out).toContain(
    'may change state files that roles/bob.md:6  state/plan/a.* may change as well\n  roles/ann.md:6',
  );
  expect(out).toContain(
    'may change state files that roles/ann.md:6  state/plan/*.json may change as well\n  roles/bob.md:6',
  );
  const made = await office.fourline('role', 'new', 'dan', '--write', 'state/dan.json', '--read', 'state/ann.json');
  expect(made.code).toBe(0);
  expect(await office.read('roles/dan.md')).toContain('read: |\n  state/ann.json\n');
  expect((await office.fourline('role', 'new', 'eve', '--read', 'repos/shop/src/**')).err).toContain('state/');
});
