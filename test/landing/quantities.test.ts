// Numbers on their way down: what no order carries on is told, and with `quantities: hold` it does not start.
import { expect, test } from 'vitest';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const accept = ['the game starts', 'nothing else changes', 'it is documented'];
const asked = (objective: string, front?: string): string =>
  order(['src/**'], { objective, accept, ...(front === undefined ? {} : { front }) });

// A director that tells all, a coordinator that rounds off and, where its brief says so, mends it; a coder.
const mend = [
  "if grep -q 'order you wrote' ../../brief.md",
  "then sed -i 's/Implement weapons/Implement 80 weapons/' ../../inbox/coder/arms.md",
  'else cp ../../inbox/coder/arms.md ../../inbox/coder/kept.md',
  'fi',
].join('; ');
const coordinator = (steps: string, front = ''): string =>
  card(`${letter('coder/arms', asked('Implement weapons.'))}\n${steps}`, `send: coder\n${front}`);

async function officeOf(settings: string, cards: Record<string, string>): Promise<Office> {
  const office = await openOffice({
    director: card(letter('coordinator/game', asked('Build 80 weapons with stats.')), 'send: coordinator'),
    coder: card('- write: src/weapons.ts\n  text: done', 'write: |\n  repos/*/src/**'),
    ...cards,
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'docs/spec.md': 'There are 12 levels with 3 bosses each.\n' });
  await office.write('fourline.yaml', settings);
  return office;
}

test('a number that is lost on the way down is held back, said, and passes when an order says it', async () => {
  const office = await officeOf('quantities: hold\n', { coordinator: coordinator(`- shell: ${mend}`) });
  await office.write('inbox/director/plan.md', asked('Ship 80 weapons with stats.'));
  await office.work();
  const game = await office.standing('game');
  expect(game).toMatchObject({ outcome: 'done', attempt: 2, spent: 1 });
  expect(await office.record('arms', 'order.md')).toContain('Implement 80 weapons.');
  expect((await office.standing('arms')).outcome).toBe('done');
  // The orders that the first run wrote stood in the second run's tray; no order was sent twice.
  const names = [...(await office.standings()).keys()].map((id) => id.slice(5)).sort();
  expect(names).toEqual(['arms', 'game', 'kept', 'plan']);
  expect(await office.record('game', 'brief.md')).toMatch(/appear in no order you wrote:\n> - 80 weapons\n/);
  const lines = (await office.read('state/journal.jsonl')).split('\n');
  expect(lines.filter((one) => one.includes('"flagged"')).map((one) => JSON.parse(one))).toMatchObject([
    { order: game.id, run: `${game.id}.1`, role: 'coordinator', missing: ['80 weapons'] },
  ]);
  expect((await office.fourline('show', game.id)).out).toContain(`(${game.id}.1): 80 weapons`);
});

test('held to the last attempt, the order fails with the list, nothing of it starts, and its letters are kept', async () => {
  const office = await officeOf('quantities: hold\n', { coordinator: coordinator('', 'limits: { attempts: 1 }') });
  await office.write('inbox/coordinator/game.md', asked('Build 80 weapons with stats and 12 levels.'));
  await office.work();
  const game = await office.standing('game');
  expect(game).toMatchObject({ outcome: 'failed', limit: 'attempts' });
  expect(await office.record('game', 'report.md')).toMatch(
    /> - 80 weapons\n> - 12 levels\n[\s\S]*outbox\/0002-arms\.md/,
  );
  expect([...(await office.standings()).keys()]).toEqual([game.id]);
  expect(await office.list('inbox/coder')).toEqual([]);
});

test('by default it is said to sender and operator, and the orders go out', async () => {
  const office = await officeOf('', { coordinator: coordinator('') });
  await office.write('inbox/coordinator/game.md', asked('Build 80 weapons with stats.', 'refs: docs/spec.md'));
  await office.work();
  expect((await office.standing('arms')).outcome).toBe('done');
  expect(await office.record('game', 'report.md')).toContain(
    '## In no child order\n- 80 weapons\n- 12 levels\n- 3 bosses\n',
  );
  expect(await office.read('inbox/operator/0001-game.quantities.notice.md')).toContain('- 80 weapons\n- 12 levels\n');
  expect(office.said.join('\n')).toMatch(/flagged +3 numbers of it in no child order: 80 weapons, 12 levels/);
});

const quiet: [string, string, string][] = [
  ['the setting is off', 'quantities: off\n', asked('Implement weapons.')],
  ['an order names the file they stand in', '', asked('Implement 80 weapons.', 'refs: docs/spec.md')],
  ['the orders add up', '', `${asked('Implement 40 weapons and 12 levels of 3 bosses.')}`],
];
test.each(quiet)('nothing is said where %s', async (_, settings, text) => {
  const office = await officeOf(settings, {
    coordinator: card(
      `${letter('coder/arms', text)}\n${letter('coder/more', asked('Implement 40 weapons more, the second half.'))}`,
      'send: coder',
    ),
  });
  await office.write('inbox/coordinator/game.md', asked('Build 80 weapons with stats.', 'refs: docs/spec.md'));
  await office.work();
  expect((await office.standing('arms')).outcome).toBe('done');
  expect(await office.read('state/journal.jsonl')).not.toContain('"flagged"');
  expect(await office.list('inbox/operator')).toEqual(['0001-game.report.md']);
});

test('orders that it has sent before count as well', async () => {
  const office = await officeOf('quantities: hold\n', { boss: coordinator('') });
  // Both are taken before either starts.
  const usual = await office.read('fourline.yaml');
  await office.write('fourline.yaml', `${usual}free: 900000g\n`);
  await office.write('inbox/boss/0001-game.md', asked('Build 80 weapons.'));
  await office.write('inbox/coder/0002-first.md', asked('Implement 80 weapons.', 'parent: 0001-game'));
  await office.work();
  await office.write('fourline.yaml', usual);
  await office.work();
  expect(await office.standing('game')).toMatchObject({ outcome: 'done', attempt: 1 });
});
