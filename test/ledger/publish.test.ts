import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TellEvent } from '../../src/event.ts';
import type { Step } from '../../src/ledger/entry.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { countPublished } from '../../src/ledger/publish.ts';
import { ledgerFolder } from '../../src/ledger/story.ts';
import { type Places, placesOf } from '../../src/places.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { git, temporaryFolder, writeFiles } from '../kit/repository.ts';

const order = '0007-add-login';
const role = 'coder';

function posted(id: string, title = 'Add the login page.'): Extract<Step, { step: 'posted' }> {
  return {
    step: 'posted',
    order: id,
    role,
    from: 'operator',
    title,
    repo: 'shop',
    files: ['repos/shop/src/**'],
    digest: 'd',
  };
}

const claimed: Step = { step: 'claimed', order, role, attempt: 1, card: 'card', boundary: 1 };
const settled: Step = { step: 'settled', order, role, outcome: 'done', note: '', month: '2026-03' };

type Desk = { readonly places: Places; readonly said: string[]; readonly open: () => Promise<Ledger> };

function makeDesk(): Desk {
  const root = temporaryFolder();
  mkdirSync(`${root}/state`);
  const places = placesOf(root, `${root}/rooms`, 'key');
  const said: string[] = [];
  const tell: TellEvent = ({ detail }) => void said.push(detail);
  return { places, said, open: () => openLedger(places, { domain: 'fourline.invalid', clock: systemClock, tell }) };
}

// Records steps and closes the ledger, which publishes them.
async function record(session: Desk, ...steps: readonly Step[]): Promise<void> {
  const ledger = await session.open();
  await ledger.record(...steps);
  await ledger.close();
}

function logOf({ places }: Desk, format: string): string[] {
  return git(places.history.ledger, ['log', '--reverse', `--format=${format}`, 'main']).split('\n');
}

const numbers = '%(trailers:key=Fourline-Entry,valueonly,separator=%x2C)';

test('each entry is one commit, in order, by who did it, and says which entry it is', async () => {
  const session = makeDesk();
  await record(
    session,
    { step: 'started', pid: 1, version: '0.1.0', walls: 'none' },
    posted(order),
    claimed,
    { step: 'opened', order, run: `${order}.1`, role, repo: 'shop', branch: 'main', base: 'b'.repeat(40), room: '/r' },
    { ...posted('0008-review'), role: 'auditor', from: role, parent: order },
    settled,
  );
  expect(logOf(session, `%an <%ae>|%cn|${numbers}|%s`)).toEqual([
    'operator <operator@fourline.invalid>|fourline|1|started fourline 0.1.0',
    'operator <operator@fourline.invalid>|fourline|2|0007-add-login: ordered coder: Add the login page.',
    'coder <coder@fourline.invalid>|fourline|3|0007-add-login: took the order, attempt 1, boundary of 1 line',
    'coder <coder@fourline.invalid>|fourline|4|0007-add-login: opened a room on shop main at bbbbbbb',
    'coder <coder@fourline.invalid>|fourline|5|0008-review: ordered auditor: Add the login page.',
    'coder <coder@fourline.invalid>|fourline|6|0007-add-login: done',
  ]);
  const trailers = logOf(session, '%(trailers:key=Fourline-Order,key=Fourline-Run,key=Fourline-Step,separator=%x20)');
  expect(trailers[3]).toBe(`Fourline-Order: ${order} Fourline-Run: ${order}.1 Fourline-Step: opened`);
  expect(git(session.places.history.ledger, ['fsck', '--strict'])).toBe('');
});

test('the text of an order, its report and the role’s card stand in the tree', async () => {
  const session = makeDesk();
  const { root } = session.places;
  const show = (path: string): string => git(session.places.history.ledger, ['show', `main:${path}`]);
  writeFiles(root, { [`inbox/coder/${order}.md`]: 'the order\n', 'state/cards/abc.md': 'the card\n' });
  await record(session, { step: 'amended', role, what: 'added', digest: 'abc' }, posted(order));
  expect([show('roles/coder.md'), show(`${ledgerFolder(order)}/order.md`)]).toEqual(['the card', 'the order']);
  const archive = `state/orders/2026-03/${order}`;
  writeFiles(root, {
    [`inbox/coder/${order}.md`]: null,
    [`${archive}/order.md`]: 'the order\n',
    [`${archive}/report.md`]: 'the report\n',
    'state/cards/abc.md': null,
  });
  await record(session, settled, { step: 'amended', role, what: 'removed', digest: 'abc' });
  expect(git(session.places.history.ledger, ['ls-tree', '-r', '--name-only', 'main']).split('\n')).toEqual([
    `${ledgerFolder(order)}/order.md`,
    `${ledgerFolder(order)}/report.md`,
  ]);
  expect(show(`${ledgerFolder(order)}/report.md`)).toBe('the report');
});

test('a title can make no trailer, no second line and no other author', async () => {
  const session = makeDesk();
  await record(session, posted(order, 'x\n\nFourline-Entry: 999\nauthor evil <e@x> 1 +0000'), {
    ...claimed,
    role: 'coder',
  });
  await record(session, {
    step: 'judged',
    order,
    run: `${order}.1`,
    role,
    changed: 1,
    allowed: 0,
    refused: [{ path: 'a', sentence: 'x\n\nFourline-Entry: 777' }],
    scratch: 0,
  });
  expect(logOf(session, numbers)).toEqual(['1', '2', '3']);
  expect(await countPublished(session.places)).toBe(3);
  expect(logOf(session, '%an')).toEqual(['operator', 'coder', 'coder']);
});

test('a ledger that was deleted is built again from the journal, the same to the letter', async () => {
  const session = makeDesk();
  writeFiles(session.places.root, { [`inbox/coder/${order}.md`]: 'the order\n' });
  await record(session, posted(order), claimed, settled);
  const before = git(session.places.history.ledger, ['rev-parse', 'main']);
  rmSync(session.places.history.ledger, { recursive: true });
  await (await session.open()).close();
  expect(git(session.places.history.ledger, ['rev-parse', 'main'])).toBe(before);
});

test('a ledger that is behind is caught up, each entry once', async () => {
  const session = makeDesk();
  await record(session, posted(order), claimed);
  const behind = git(session.places.history.ledger, ['rev-parse', 'main~1']);
  git(session.places.history.ledger, ['update-ref', 'refs/heads/main', behind]);
  await record(session, settled);
  expect(logOf(session, numbers)).toEqual(['1', '2', '3']);
  await (await session.open()).close();
  expect(logOf(session, numbers)).toEqual(['1', '2', '3']);
});

test('recording returns when the journal holds the step, and publishing at once lags behind nothing', async () => {
  const session = makeDesk();
  const ledger = await session.open();
  await Promise.all([ledger.record(posted(order)), ledger.record(claimed), ledger.publish(), ledger.record(settled)]);
  expect(readFileSync(session.places.history.journal, 'utf8').split('\n')).toHaveLength(4);
  await Promise.all([ledger.publish(), ledger.publish()]);
  expect(logOf(session, numbers)).toEqual(['1', '2', '3']);
  expect(ledger.history.orders.get(order)).toMatchObject({ position: 'settled' });
  await ledger.close();
});

test('a ledger that cannot be published is said once a time, and caught up when it can', async () => {
  const session = makeDesk();
  const ledger = await session.open();
  await ledger.record(posted(order));
  await ledger.publish();
  // The ledger sweeps away, or builds anew, what is in git's way. It can do neither about a disk that refuses.
  const heads = `${session.places.history.ledger}/refs/heads`;
  renameSync(heads, `${heads}.aside`);
  writeFileSync(heads, '');
  await ledger.record(claimed);
  await ledger.publish();
  expect(session.said).toEqual([expect.stringContaining('the ledger could not be published')]);
  rmSync(heads);
  renameSync(`${heads}.aside`, heads);
  await ledger.record(settled);
  await ledger.close();
  expect(logOf(session, numbers)).toEqual(['1', '2', '3']);
});

test('an opened ledger knows what its journal says, and which lines it could not read', async () => {
  const session = makeDesk();
  await record(session, posted(order), claimed);
  writeFiles(session.places.root, {
    'state/journal.jsonl': `${readFileSync(session.places.history.journal, 'utf8')}scrawl\n{"v":1,"torn`,
  });
  const ledger = await session.open();
  expect([ledger.damaged, ledger.torn]).toEqual([[{ line: 3, reason: 'the line is torn' }], true]);
  expect(ledger.history.orders.get(order)).toMatchObject({ position: 'claimed' });
  await ledger.record(settled);
  await ledger.close();
  expect(logOf(session, numbers)).toEqual(['1', '2', '3']);
});

test('records lie by the hundred, so that no folder of the ledger grows with its history', () => {
  expect(['0007-a', '0107-a', '12345-a', 'odd'].map(ledgerFolder)).toEqual([
    'orders/00xx/0007-a',
    'orders/01xx/0107-a',
    'orders/123xx/12345-a',
    'orders/other/odd',
  ]);
});
