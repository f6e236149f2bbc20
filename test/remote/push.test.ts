import { rename } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { start } from '../kit/crash.ts';
import { coder, errand, openTown } from '../kit/remote.ts';

const write = 'echo $FOURLINE_ID > src/a.txt';

test('what landed is pushed', async () => {
  const town = await openTown(coder(write), 'remote: origin, push: true');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect(town.there('main')).toBe('0001-first');
  expect((await town.standing('first')).pushed).toBe(town.git('repos/shop', 'rev-parse', 'main'));
  expect((await town.fourline('log')).out).toMatch(/0001-first: pushed [0-9a-f]{7} to origin main/);
});

test('a remote that can’t be reached holds pushing, not landing, and catches up', async () => {
  const town = await openTown(coder(write), 'remote: origin, push: true');
  await rename(town.bare, `${town.bare}.away`);
  for (const name of ['first', 'second']) {
    await town.write(`inbox/coder/${name}.md`, errand(`Write a as ${name}.`));
    await town.work();
    expect((await town.standing(name)).outcome).toBe('done');
  }
  expect((await town.fourline('status')).out).toMatch(/push of repos\/shop main to origin waits: fatal/);
  await rename(`${town.bare}.away`, town.bare);
  await town.work();
  expect(town.there('main')).toBe('0002-second');
  expect((await town.fourline('status')).out).not.toContain('push of');
});

test('a remote that holds other commits is never forced; what a person merged is pushed', async () => {
  const town = await openTown(coder(write), 'remote: origin, push: true');
  await town.push('src/b.txt', 'two\n');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(town.there('main', 'src/b.txt')).toBe('two');
  expect(town.there('main')).toBe('one');
  expect((await town.fourline('status')).out).toContain('origin holds commits that main here does not');
  town.git('repos/shop', 'merge', '-q', 'origin/main');
  await town.work();
  expect(town.there('main')).toBe('0001-first');
  expect(town.there('main', 'src/b.txt')).toBe('two');
});

test.each(['push.noted', 'push.done', 'push.recorded'])(
  'killed at %s, it is pushed after the next start, and told once',
  async (point) => {
    const town = await openTown(coder(write), 'remote: origin, push: true');
    await town.write('inbox/coder/first.md', errand('Write a.'));
    expect((await start(town, point)).signal).toBe('SIGKILL');
    expect((await start(town)).code).toBe(0);
    expect(town.there('main')).toBe('0001-first');
    const pushed = (await town.fourline('log')).out.match(/0001-first: pushed/g);
    expect(pushed).toHaveLength(1);
    expect((await town.fourline('audit', '--verify')).code).toBe(0);
  },
);

test('a pull that is killed half-way leaves no work tree behind its branch', async () => {
  for (const point of ['pull.noted', 'pull.moved']) {
    const town = await openTown(coder('cat src/b.txt > src/a.txt'), 'remote: origin, pull: true');
    await town.push('src/b.txt', 'two\n');
    await town.write('inbox/coder/first.md', errand('Copy b.'));
    expect((await start(town, point)).signal).toBe('SIGKILL');
    expect((await start(town)).code).toBe(0);
    expect(town.git('repos/shop', 'status', '--porcelain')).toBe('');
    expect(await town.read('repos/shop/src/a.txt')).toBe('two\n');
  }
});
