import { execFileSync } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { leaveRequest } from '../../src/daemon/requests.ts';
import { placesOf } from '../../src/places.ts';
import { type CrashPoint, crashPoints } from '../../src/platform/files/crash.ts';
import { flawsOf, goodOrder, openWorks, start } from '../kit/crash.ts';
import { runsOf, someOf } from '../kit/dice.ts';
import { cli, type Office } from '../kit/office.ts';

function pointsOf(pattern: RegExp): CrashPoint[] {
  return crashPoints.filter((name) => pattern.test(name));
}

// Dies at a point, starts again, and answers with what is wrong then.
async function dieAndGoOn(office: Office, point: string, outcomes: readonly string[] = ['done']): Promise<string[]> {
  expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
  expect(await start(office)).toMatchObject({ signal: null });
  return flawsOf(office, ['w1'], outcomes);
}

test.each(someOf(pointsOf(/^return\./)))('an order that is handed back dies at %s', async (point) => {
  const office = await openWorks(1, { attempts: 4 });
  await office.write('inbox/coder/w1.md', goodOrder('w1', 'shop').replace('grep -q w1', 'grep -q again'));
  const script = await office.read('../scripts/coder.sh');
  await office.write('../scripts/coder.sh', `${script}\n[ $FOURLINE_ATTEMPT = 1 ] || echo again >> src/$n/new.txt\n`);
  expect(await dieAndGoOn(office, point)).toEqual([]);
});

// An order that waits for one that failed is posted and never runs.
async function openHeld(): Promise<Office> {
  const office = await openWorks(1);
  await rm(`${office.root}/inbox/coder/w1.md`);
  await office.write('inbox/auditor/0001-lost.md', goodOrder('lost', 'shop'));
  await office.write(
    'inbox/coder/0002-w1.md',
    goodOrder('w1', 'shop').replace('repo: shop', 'repo: shop\nafter: [0001-lost]'),
  );
  const script = await office.read('../scripts/auditor.sh');
  await office.write('../scripts/auditor.sh', 'exit 1\n');
  await start(office);
  await office.write('../scripts/auditor.sh', script);
  return office;
}

test.each(someOf(pointsOf(runsOf(/^(?:withdraw\.|settle\.moved)/, /^(?:withdraw|settle)\./))))(
  'an order that was withdrawn dies at %s',
  async (point) => {
    const office = await openHeld();
    await rm(`${office.root}/inbox/coder/0002-w1.md`);
    expect(await dieAndGoOn(office, point, ['halted'])).toEqual([]);
  },
);

// The command's own points are below: here its request lies there already.
test.each(
  someOf([...pointsOf(runsOf(/^(?:cancel\.(?!as)|settle\.moved)/, /^(?:cancel\.(?!as)|settle\.)/)), 'file.moved']),
)('a waiting order that is cancelled dies at %s', async (point) => {
  const office = await openHeld();
  await leaveRequest(placesOf(office.root, '', ''), 'cancel', '0002-w1');
  expect(await dieAndGoOn(office, point, ['halted'])).toEqual([]);
});

// With nobody at work the command does it itself, and may die at each of its steps.
test.each(
  someOf(
    runsOf(
      ['cancel.asked', 'desk.noted', 'cancel.claimed', 'settle.sent', 'settle.moved', 'cancel.done'],
      ['desk.locked', 'file.moved', 'settle.cleared', 'settle.sealed', 'settle.recorded', 'journal.torn'].concat(
        pointsOf(
          /^(?:cancel\.|session\.noted|settle\.(?:reported|sent|moved|emptied)|journal\.|publish\.|stop\.published)/,
        ),
      ),
    ),
  ),
)('a cancel command that dies at %s is carried out by the next start', async (point) => {
  const office = await openHeld();
  office.env['FOURLINE_CRASH'] = point;
  expect((await office.fourline('cancel', '0002')).code).toBe(-1);
  delete office.env['FOURLINE_CRASH'];
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await office.standing('w1')).toMatchObject({ outcome: 'halted', note: 'cancelled by the operator' });
  expect(await flawsOf(office, ['w1'], ['halted'])).toEqual([]);
});

// Nobody knows it yet: it is a file, here or there, and never in neither place.
test.each(someOf(['file.moved', 'cancel.aside']))(
  'an order that nobody has taken is cancelled, and dies at %s',
  async (point) => {
    const office = await openWorks(1);
    const text = await office.read('inbox/coder/w1.md');
    office.env['FOURLINE_CRASH'] = point;
    expect((await office.fourline('cancel', 'w1')).code).toBe(-1);
    delete office.env['FOURLINE_CRASH'];
    const places = ['inbox/coder/w1.md', 'inbox/operator/w1.md'];
    const texts = await Promise.all(places.map((path) => office.read(path).catch(() => '')));
    expect(texts.filter((one) => one === text)).toHaveLength(1);
  },
);

test.each(someOf(['cancel.taken', 'run.ended', 'judge.recorded', 'settle.moved', 'cancel.done']))(
  'a running order that is cancelled dies at %s',
  async (point) => {
    const office = await openWorks(1);
    const cancel = `[ -e "$LETTER.asked" ] || { touch "$LETTER.asked"; ${process.execPath} ${cli} -C ${office.root} cancel $FOURLINE_ID; sleep 60; }\n`;
    await office.write('../scripts/coder.sh', `${await office.read('../scripts/coder.sh')}${cancel}`);
    expect(await dieAndGoOn(office, point, ['halted'])).toEqual([]);
  },
);

const first: Record<string, string> = {
  'recover.lined': 'settle.moved',
  'recover.landed': 'land.moved',
  'recover.kept': 'judge.recorded',
  'recover.cleared': 'judge.recorded',
  'recover.moved': 'judge.recorded',
  'recover.recorded': 'judge.recorded',
};

test.each(someOf(pointsOf(/^recover\./)))('a recovery dies at %s', async (point) => {
  const office = await openWorks(1, { attempts: 4 });
  expect(await start(office, first[point] ?? 'run.noted')).toMatchObject({ signal: 'SIGKILL' });
  expect(await dieAndGoOn(office, point)).toEqual([]);
});

test.each(
  someOf([
    'land.file',
    'deliver.prepared',
    'deliver.kept',
    'deliver.posted',
    'settle.sent',
    'settle.moved',
    'settle.cleared',
    'journal.torn',
    'journal.written',
  ]),
)('a recovery that finishes a landing dies at %s', async (point) => {
  const office = await openWorks(1);
  expect(await start(office, 'land.moved')).toMatchObject({ signal: 'SIGKILL' });
  expect(await dieAndGoOn(office, point)).toEqual([]);
});

test.each(someOf(['run.noted', 'judge.written', 'judge.recorded', 'land.copied']))(
  'the last attempt dies at %s: what was allowed is kept',
  async (point) => {
    const office = await openWorks(1, { attempts: 1 });
    expect(await dieAndGoOn(office, point, ['failed'])).toEqual([]);
  },
);

test('an order that was claimed and never began has lost no attempt', async () => {
  const office = await openWorks(1, { attempts: 1 });
  for (const point of ['claim.moved', 'claim.kept', 'claim.mailed', 'recover.moved'])
    expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await flawsOf(office, ['w1'])).toEqual([]);
});

test.each(someOf(pointsOf(/^(?:return|stop)\./)))('a daemon that is told to stop at once dies at %s', async (point) => {
  const office = await openWorks(1);
  const stop = `[ -e "$LETTER.asked" ] || { touch "$LETTER.asked"; kill -TERM $PPID; kill -INT $PPID; sleep 60; }\n`;
  await office.write('../scripts/coder.sh', `${await office.read('../scripts/coder.sh')}${stop}`);
  expect(await dieAndGoOn(office, point)).toEqual([]);
});

test('what a person did with files and branches between crash and start is theirs', async () => {
  const office = await openWorks(1);
  expect(await start(office, 'land.recorded')).toMatchObject({ signal: 'SIGKILL' });
  await office.write('repos/shop/src/w1/old.txt', 'before\n');
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await office.read('repos/shop/src/w1/old.txt')).toBe('before\n');
  await office.write('repos/shop/src/w1/old.txt', 'w1\n');
  expect(await flawsOf(office, ['w1'])).toEqual([]);
});

test('a landing that was rebased between crash and start has landed', async () => {
  const office = await openWorks(1);
  expect(await start(office, 'land.followed')).toMatchObject({ signal: 'SIGKILL' });
  office.git(
    'repos/shop',
    'commit',
    '-q',
    '--amend',
    '--only',
    '-m',
    office.git('repos/shop', 'log', '-1', '--format=%B').replace('[w1]', '[W1]'),
    '--date=2026-01-01T00:00:00Z',
  );
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await flawsOf(office, ['w1'])).toEqual([]);
});

test.each(someOf(['update-ref --no-deref', 'index-pack', 'ls-files', 'update-index']))(
  'fourline dies while its git %s goes on without it',
  async (verb) => {
    const office = await openWorks(1);
    // Where a repository is unusual, git alone brings objects and writes the index.
    await office.write('repos/shop/.git/objects/info/alternates', '');
    office.git('repos/shop', 'update-index', '--index-version', '4');
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    // Were it not waited for, it would be done in the midst of a second attempt.
    await office.write(
      '../scripts/coder.sh',
      `[ $FOURLINE_ATTEMPT = 1 ] || sleep 2\n${await office.read('../scripts/coder.sh')}`,
    );
    // Whoever asks for that verb first is killed, and a moment later it is done all the same.
    const text = `#!/bin/sh\ncase "$*" in *" ${verb}"*) mkdir "$0.asked" 2>&- && { kill -9 $PPID; sleep 1; };; esac\nexec ${git} "$@"\n`;
    await office.write('../bin/git', text);
    await chmod(`${office.root}/../bin/git`, 0o755);
    office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
    expect(await start(office)).toMatchObject({ signal: 'SIGKILL' });
    expect(await start(office)).toMatchObject({ signal: null });
    expect(await flawsOf(office, ['w1'])).toEqual([]);
  },
);

test.each(someOf(['run.noted', 'run.ended', 'judge.recorded', 'land.checked', 'land.moved']))(
  'an order within walls dies at %s',
  async (point) => {
    const office = await openWorks(1, { sandboxing: true });
    expect(await dieAndGoOn(office, point)).toEqual([]);
  },
);

test.each(
  someOf([
    ['claim.moved', 'had just been claimed; it waits in inbox/coder again'],
    ['run.noted', 'broke off in attempt 1; it waits in inbox/coder again'],
    ['judge.recorded', 'broke off in attempt 1; it waits in inbox/coder again, its work is kept'],
    ['land.moved', 'had landed, delivered the rest'],
    ['settle.moved', 'had ended (done), wrote that down'],
  ]),
)('a recovery from %s says what it did', async (point, words) => {
  const office = await openWorks(1);
  expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
  const { said } = await start(office);
  expect(said).toContain(`recovered 0001-w1: ${words}\n`);
  expect(said).toMatch(/recovered \d orders? from a crash in [\d.]+ m?s/);
});
