import { rename, symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, letter } from '../kit/office.ts';
import { coder, errand, openTown } from '../kit/remote.ts';

const copy = 'cat src/b.txt > src/a.txt';

test('the base is fetched before a claim, and the work tree follows', async () => {
  const town = await openTown(coder(copy), 'remote: origin, pull: true');
  await town.push('src/b.txt', 'two\n');
  await town.write('inbox/coder/first.md', errand('Copy b.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(await town.read('repos/shop/src/a.txt')).toBe('two\n');
  expect(town.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(town.git('repos/shop', 'log', '--format=%s', '-2', '--', 'src/b.txt')).toContain("Another person's");
});

test('a person’s edit in a file that came is left as it is, and said', async () => {
  const town = await openTown(coder('echo mine > src/a.txt'), 'remote: origin, pull: true');
  await town.push('src/b.txt', 'two\n');
  await town.write('repos/shop/src/b.txt', 'edited\n');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(await town.read('repos/shop/src/b.txt')).toBe('edited\n');
  expect(town.said.join('\n')).toContain('left as it was: src/b.txt (it has local edits)');
});

test('a branch that diverged is said once and its orders wait unspent, until a person merges', async () => {
  const town = await openTown(coder(copy), 'remote: origin, pull: true');
  await town.push('src/b.txt', 'two\n');
  await town.write('repos/shop/src/c.txt', 'mine\n');
  town.git('repos/shop', 'add', '-A');
  town.git('repos/shop', 'commit', '-qm', 'A commit of their own');
  await town.write('inbox/coder/first.md', errand('Copy b.'));
  for (const _ of [1, 2]) {
    await town.work();
    const { position, spent, attempt } = await town.standing('first');
    expect({ position, spent, attempt }).toEqual({ position: 'posted', spent: 0, attempt: 0 });
  }
  const words = 'repos/shop: main and origin/main have diverged';
  expect(town.said.filter((line) => line === `${words}: its orders wait`)).toHaveLength(1);
  expect(await town.read('inbox/operator/diverged-shop.notice.md')).toContain('merge origin/main');
  expect((await town.fourline('status')).out).toContain(words);
  town.git('repos/shop', 'merge', '-q', 'origin/main');
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(await town.read('repos/shop/src/a.txt')).toBe('two\n');
  expect((await town.fourline('status')).out).not.toContain('diverged');
});

test('a remote that can’t be reached is said, and work goes on from what is here', async () => {
  const town = await openTown(coder('echo two > src/a.txt'), 'remote: origin, pull: true');
  town.git('repos/shop', 'remote', 'set-url', 'origin', 'http://dana:hunter2@127.0.0.1:1/shop.git');
  await town.write('inbox/coder/first.md', errand('Copy b.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  const said = town.said.join('\n');
  expect(said).toContain('repos/shop: origin could not be fetched');
  const { out } = await town.fourline('status');
  expect(out).toContain('origin could not be fetched');
  expect(`${said}${out}`).not.toContain('hunter2');
});

test('a bare repository and one of several work trees are pulled and pushed as well', async () => {
  for (const make of ['bare', 'tree'] as const) {
    const town = await openTown(coder(copy), 'remote: origin, pull: true, push: true');
    await town.push('src/b.txt', 'two\n');
    const other = '../elsewhere';
    if (make === 'bare') {
      town.git('.', 'clone', '-q', '--bare', `file://${town.bare}`, other);
      town.git(other, 'update-ref', 'refs/heads/main', 'main^');
    } else {
      town.git('repos/shop', 'switch', '-q', '-c', 'other');
      town.git('repos/shop', 'worktree', 'add', '-q', '../../../elsewhere', 'main');
    }
    await rename(`${town.root}/repos/shop`, `${town.root}/../shop.kept`);
    if (make === 'tree') town.git('../shop.kept', 'worktree', 'repair', `${town.root}/../elsewhere`);
    await symlink(`${town.root}/${other}`, `${town.root}/repos/shop`);
    await town.write('inbox/coder/first.md', errand('Copy b.'));
    await town.work();
    expect([make, (await town.standing('first')).outcome]).toEqual([make, 'done']);
    expect(town.there('main')).toBe('two');
    if (make === 'tree') expect(town.git(other, 'status', '--porcelain')).toBe('');
  }
});

test('an order that a role sends, and that names its repository by its Files alone, begins on the newest base', async () => {
  const town = await openTown(coder(copy), 'remote: origin, pull: true');
  await town.repository('mill', { 'src/a.txt': 'one\n' });
  await town.push('src/b.txt', 'two\n');
  const sent = errand('Copy b.').replace('- src/a.txt\n', '- repos/shop/src/a.txt\n');
  await town.write('roles/planner.md', card(letter('coder/copy', sent), 'send: coder'));
  await town.write(
    'inbox/planner/plan.md',
    errand('Plan it.').replace('- src/a.txt\n', '- repos/shop/src/a.txt\n- repos/mill/src/a.txt\n'),
  );
  await town.work();
  expect((await town.standing('copy')).outcome).toBe('done');
  expect(await town.read('repos/shop/src/a.txt')).toBe('two\n');
});
