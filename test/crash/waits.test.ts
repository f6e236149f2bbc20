// Orders that are moved on and that wait: whatever dies on the way there and back, they end once, and land once.
import { expect, test } from 'vitest';
import { type CrashPoint, crashPoints } from '../../src/platform/files/crash.ts';
import { before, flawsOf, give, goodOrder, openWorks, says, start } from '../kit/crash.ts';
import { someOf } from '../kit/dice.ts';
import type { Office } from '../kit/office.ts';

function pointsOf(pattern: RegExp): CrashPoint[] {
  return crashPoints.filter((name) => pattern.test(name));
}

const good = { branching: 'halt-with-note, route-to-smith, requeue-with-blocker' };

function openOrder(): string {
  return goodOrder('w1', 'shop').replace('halt-with-note', good.branching);
}

async function dies(office: Office, point: string): Promise<void> {
  expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
}

async function ends(office: Office, outcomes?: readonly string[]): Promise<void> {
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await flawsOf(office, ['w1'], outcomes)).toEqual([]);
}

test.each(someOf(pointsOf(/^route\./)))('an order that is routed dies at %s', async (point) => {
  const office = await openWorks(1);
  await office.write('inbox/coder/w1.md', openOrder());
  await before(
    office,
    'coder',
    `if [ $FOURLINE_ROLE = coder ]; then ${says('outcome: route-to-smith\\nnote: yours')}; exit 0; fi`,
  );
  await dies(office, point);
  await ends(office);
});

// The first run asks for a person; what it had done is in the room of the second.
async function openBlocked(): Promise<Office> {
  const office = await openWorks(1);
  await office.write('inbox/coder/w1.md', openOrder());
  await before(
    office,
    'coder',
    `grep -q "go on" $FOURLINE_ROOM/brief.md || { echo half > src/w1/half.txt; ${says('outcome: requeue-with-blocker\\nblocker: no words')}; exit 0; }`,
  );
  return office;
}

test.each(someOf(pointsOf(/^park\./)))('an order that begins to wait dies at %s', async (point) => {
  const office = await openBlocked();
  await dies(office, point);
  await start(office);
  expect(await office.fourline('answer', '0001', 'go on')).toMatchObject({ code: 0 });
  await ends(office);
  expect(await office.read('repos/shop/src/w1/half.txt')).toBe('half\n');
});

test.each(someOf([...pointsOf(/^release\./).filter((one) => one !== 'release.decided'), 'file.moved']))(
  'an order that is answered dies at %s',
  async (point) => {
    const office = await openBlocked();
    await start(office);
    expect(await office.fourline('answer', '0001', 'go on')).toMatchObject({ code: 0 });
    await dies(office, point);
    await ends(office);
  },
);

test.each(someOf(['cancel.taken', 'settle.reported', 'settle.sent', 'settle.moved', 'settle.cleared', 'cancel.done']))(
  'a waiting order that is cancelled dies at %s',
  async (point) => {
    const office = await openBlocked();
    await start(office);
    await office.write('state/requests/cancel-1234', '0001-w1\n');
    await dies(office, point);
    expect(await start(office)).toMatchObject({ signal: null });
    const w1 = await office.standing('w1');
    expect(w1).toMatchObject({ outcome: 'halted', note: 'cancelled by the operator' });
    expect(await office.record('w1', 'unlanded.patch')).toContain('+half');
    expect(await office.list('inbox/operator')).toEqual(['0001-w1.report.md']);
  },
);

async function openReviewed(word: string, attempts = 3): Promise<Office> {
  const office = await openWorks(1, { attempts });
  await give(office, 'coder', 'review: auditor');
  await before(office, 'auditor', `if [ -e $FOURLINE_ROOM/mail/changes.patch ]; then ${word}; exit 0; fi`);
  return office;
}

test.each(
  someOf([
    ...pointsOf(/^(?:hold|park|review|release)\./).filter((one) => one !== 'release.noted'),
    ...pointsOf(/^(?:claim|land|deliver)\./),
  ]),
)('an approved landing dies at %s', async (point) => {
  const office = await openReviewed(says('outcome: approve'));
  await dies(office, point);
  await ends(office);
});

test.each(someOf(['claim.moved:3', 'claim.recorded:3', 'land.intended', 'land.moved', 'settle.moved:2']))(
  'a landing that goes on with its approval dies at %s: nothing is run again',
  async (point) => {
    const office = await openReviewed(says('outcome: approve'));
    await dies(office, point);
    await ends(office);
    expect(await office.standing('w1')).toMatchObject({ attempt: 1, spent: 0 });
  },
);

test('an approved landing that breaks off was no attempt, not even the last', async () => {
  const office = await openReviewed(says('outcome: approve'), 1);
  await dies(office, 'claim.recorded:3');
  await dies(office, 'land.intended');
  await ends(office);
});

test.each(someOf(pointsOf(/^release\./)))('a rejected landing dies at %s', async (point) => {
  const office = await openReviewed(
    `if grep -q more $FOURLINE_ROOM/mail/changes.patch; then ${says('outcome: approve')}; else ${says('outcome: reject\\nnote: more')}; fi`,
  );
  await before(office, 'coder', 'grep -q "rejected by auditor" $FOURLINE_ROOM/brief.md && echo more > src/w1/more.txt');
  await dies(office, point);
  await ends(office);
  expect(await office.read('repos/shop/src/w1/more.txt')).toBe('more\n');
  expect(await office.standing('w1')).toMatchObject({ attempt: 2, spent: 1 });
});

test.each(
  someOf([
    ...pointsOf(/^(?:park|release)\./).filter((one) => one !== 'release.decided'),
    'claim.mailed:3',
    'deliver.recorded',
  ]),
)('an order that waits for what it sent dies at %s', async (point) => {
  const office = await openWorks(1);
  await give(office, 'coder', 'wake: batch');
  await before(office, 'coder', `if ls $FOURLINE_ROOM/mail | grep -q look; then ${says('outcome: done')}; exit 0; fi`);
  await dies(office, point);
  await ends(office);
  expect(await office.standing('w1')).toMatchObject({ wakes: 1 });
});
