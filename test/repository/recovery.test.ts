// A kill in the middle of a landing, with the damage that a bad disk, a person or a killed git adds to it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { start } from '../kit/crash.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

vi.setConfig({ testTimeout: 300_000 });

// An order that dies on its way at a crash point; the commit is what it intended to land.
async function diedAt(point: string): Promise<{ office: Office; commit: string; at: string }> {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
  const journal = await office.read('state/journal.jsonl');
  const commit = /"step":"intended".*?"commit":"([0-9a-f]+)"/.exec(journal)?.[1] ?? '';
  return { office, commit, at: `${office.root}/repos/shop/.git` };
}

async function landedOnce(office: Office): Promise<void> {
  const second = await start(office);
  expect(second).toMatchObject({ signal: null, code: 0 });
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ndana');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(await office.read('repos/shop/src/a.ts')).toBe('2');
}

test('an order that landed is settled though its mirror was removed', async () => {
  const { office } = await diedAt('land.moved');
  await rm(`${office.root}/state/git/shop.git`, { recursive: true });
  await landedOnce(office);
});

test('an order that landed is settled though all objects of its mirror are damaged, and the mirror is made anew', async () => {
  const { office } = await diedAt('land.moved');
  const mirror = `${office.root}/state/git/shop.git`;
  for (const entry of readdirSync(`${mirror}/objects`, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    await chmod(`${entry.parentPath}/${entry.name}`, 0o600);
    await office.write(`${entry.parentPath}/${entry.name}`.slice(office.root.length + 1), 'damaged');
  }
  await landedOnce(office);
  expect(office.git('state/git/shop.git', 'fsck')).not.toMatch(/error|missing|corrupt/);
});

test('an order whose commit was made anew by a person, and cleared away, is settled by the name of its run', async () => {
  const { office } = await diedAt('land.moved');
  office.git('repos/shop', 'reset', '-q', '--hard');
  office.git('repos/shop', 'commit', '-q', '--amend', '--no-edit', '--date', '2020-01-01T00:00:00');
  office.git('repos/shop', 'reflog', 'expire', '--expire=now', '--all');
  office.git('repos/shop', 'gc', '-q', '--prune=now');
  await landedOnce(office);
});

test('locks that a killed git of ours left when it moved the branch are removed', async () => {
  const { office, commit, at } = await diedAt('land.copied');
  await office.write('repos/shop/.git/refs/heads/main.lock', `${commit}\n`);
  await office.write('repos/shop/.git/HEAD.lock', '');
  await office.write('repos/shop/.git/index.lock', 'fourline 1.1.1.1\n');
  await landedOnce(office);
  for (const name of ['refs/heads/main.lock', 'HEAD.lock', 'index.lock'])
    expect([name, existsSync(`${at}/${name}`)]).toEqual([name, false]);
});

test('an index that somebody else holds is said in status until it has caught up, which it does by itself', async () => {
  const { office, at } = await diedAt('land.moved');
  await office.write('repos/shop/.git/index.lock', '');
  expect(await start(office)).toMatchObject({ code: 0 });
  expect((await office.fourline('status')).out).toMatch(
    /repos\/shop: the index is behind main.*index\.lock is in the way/,
  );
  expect(office.git('repos/shop', 'diff', '--cached', '--name-only')).toBe('src/a.ts');
  await rm(`${at}/index.lock`);
  expect(await start(office)).toMatchObject({ code: 0 });
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect((await office.fourline('status')).out).not.toContain('behind');
  expect(readFileSync(`${office.root}/repos/shop/src/a.ts`, 'utf8')).toBe('2');
});
