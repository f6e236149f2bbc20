import { expect, test } from 'vitest';
import { start } from '../kit/crash.ts';
import { coder, errand, openTown } from '../kit/remote.ts';

const write = 'echo $FOURLINE_ID > src/a.txt';

test('an order lands on a branch of its own, which is pushed, and nobody’s branch or files change', async () => {
  const town = await openTown(coder(write), 'land: branch, remote: origin, push: true');
  const main = town.git('repos/shop', 'rev-parse', 'main');
  for (const name of ['first', 'second']) await town.write(`inbox/coder/${name}.md`, errand(`Write a as ${name}.`));
  await town.work();
  for (const id of ['0001-first', '0002-second']) {
    expect(town.git('repos/shop', 'show', `agents/${id}:src/a.txt`)).toBe(id);
    expect(town.git('repos/shop', 'rev-parse', `agents/${id}^`)).toBe(main);
    expect(town.there(`agents/${id}`)).toBe(id);
    expect((await town.standing(id)).landed.map((one) => one.branch)).toEqual([`agents/${id}`]);
  }
  expect(town.git('repos/shop', 'rev-parse', 'main')).toBe(main);
  expect(town.there('main')).toBe('one');
  expect(town.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(await town.record('first', 'report.md')).toContain('branch: "agents/0001-first"');
  expect(town.said.join('\n')).toMatch(/landed .* on agents\/0001-first/);
});

test('a branch of that name that is somebody else’s is left alone', async () => {
  const town = await openTown(coder(write), 'land: branch');
  town.git('repos/shop', 'branch', 'agents/0001-first');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect(town.git('repos/shop', 'rev-parse', 'agents/0001-first')).toBe(town.git('repos/shop', 'rev-parse', 'main'));
  expect(town.git('repos/shop', 'show', 'agents/0001-first-2:src/a.txt')).toBe('0001-first');
});

test('a branch that moved while the order ran is what its own branch grows from', async () => {
  const town = await openTown(
    coder(
      'git -C "$SHOP" -c user.name=d -c user.email=d@example.com commit -q --allow-empty -m More; echo x > src/a.txt',
      'env: SHOP',
    ),
    'land: branch',
  );
  process.env['SHOP'] = `${town.root}/repos/shop`;
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(town.git('repos/shop', 'log', '--format=%s', 'agents/0001-first').split('\n')[1]).toBe('More');
  expect(town.git('repos/shop', 'rev-parse', 'agents/0001-first^')).toBe(town.git('repos/shop', 'rev-parse', 'main'));
  expect((await town.fourline('audit', '--verify')).code).toBe(0);
});

test('an audit proves a landing on a branch of its own, before and after a merge, and finds a forged commit there', async () => {
  const town = await openTown(coder(write), 'land: branch');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  const whole = await town.fourline('audit', '--verify');
  expect(whole.out).toContain('1 landing recomputed from the card and the order of that day; every commit is its role');
  expect(whole.code).toBe(0);
  town.git('repos/shop', 'merge', '-q', '--no-ff', '-m', 'Merge it', 'agents/0001-first');
  expect((await town.fourline('audit', '--verify')).code).toBe(0);
  town.git('repos/shop', 'switch', '-q', 'agents/0001-first');
  await town.write('repos/shop/src/b.txt', 'forged\n');
  const message = town.git('repos/shop', 'log', '-1', '--format=%B');
  town.git('repos/shop', 'commit', '-qa', '--author=coder <coder@fourline.invalid>', '-m', message);
  town.git('repos/shop', 'switch', '-q', 'main');
  const forged = await town.fourline('audit', '--verify');
  expect(forged.code).toBe(1);
  expect(forged.out).toContain('1 commit on agents/0001-first without an order');
});

test('a branch that was merged and deleted is no finding', async () => {
  const town = await openTown(coder(write), 'land: branch');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  town.git('repos/shop', 'merge', '-q', '--squash', 'agents/0001-first');
  town.git('repos/shop', 'commit', '-qm', 'Squashed');
  town.git('repos/shop', 'branch', '-D', 'agents/0001-first');
  expect((await town.fourline('audit', '--verify')).code).toBe(0);
});

test.each(['land.intended', 'land.moved'])('killed at %s, it lands once on its own branch', async (point) => {
  const town = await openTown(coder(write), 'land: branch, remote: origin, push: true');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  expect((await start(town, point)).signal).toBe('SIGKILL');
  expect((await start(town)).code).toBe(0);
  expect(town.git('repos/shop', 'rev-list', '--count', 'main..agents/0001-first')).toBe('1');
  expect(town.there('agents/0001-first')).toBe('0001-first');
  expect((await town.standing('first')).outcome).toBe('done');
  expect((await town.fourline('audit', '--verify')).code).toBe(0);
});

test('a landing that waits for approval lands on its own branch', async () => {
  const town = await openTown(coder(write, 'approve: repos/*/src/**'), 'land: branch');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  await town.fourline('approve', '1');
  await town.work();
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(town.git('repos/shop', 'show', 'agents/0001-first:src/a.txt')).toBe('0001-first');
  expect((await town.fourline('audit', '--verify')).code).toBe(0);
});
