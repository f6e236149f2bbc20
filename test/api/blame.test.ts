// The independent count reads the trailers of `git blame --porcelain` itself.
import { expect, test } from 'vitest';
import { openFourline } from '../../src/api.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const count = 1000;
const lines = Array.from({ length: count }, (_, at) => `line ${at + 1}`);
const acts = (every: number, word: string): string =>
  card(`- shell: sed -i '0~${every} s/$/ ${word}/' src/big.txt`, 'write: |\n  repos/*/src/**');

// Role, order, objective and commit of each line, by git and the commits' own words.
function counted(office: Office, titles: ReadonlyMap<string, string>): (readonly string[])[] {
  const out = office.git('repos/shop', 'blame', '--line-porcelain', 'HEAD', '--', 'src/big.txt').split('\n');
  const known = new Map<string, readonly string[]>();
  const wordsOf = (commit: string): readonly string[] => {
    const trailer = (key: string): string =>
      office.git('repos/shop', 'log', '-1', `--format=%(trailers:key=${key},valueonly,separator=)`, commit).trim();
    const found = known.get(commit) ?? [commit, trailer('Fourline-Role'), trailer('Fourline-Order')];
    known.set(commit, found);
    return [...found, titles.get(found[2] ?? '') ?? ''];
  };
  return out.flatMap((line) => {
    const head = /^([0-9a-f]{40}) \d+ (\d+)/.exec(line);
    return head === null ? [] : [[head[2] ?? '', ...wordsOf(head[1] ?? '')]];
  });
}

test('each of 1,000 lines is the role’s and the order’s that an independent count finds', async () => {
  const roles = { fizz: acts(3, 'fizz'), buzz: acts(5, 'buzz'), woof: acts(7, 'woof') };
  const office = await openOffice(roles);
  await office.repository('shop', { 'src/big.txt': `${lines.join('\n')}\n` });
  for (const role of Object.keys(roles))
    await office.write(`inbox/${role}/say.md`, order(['src/big.txt'], { objective: `It says ${role}.` }));
  await office.work();
  // The newest of them: its lines are the operator's then, and those of the others below it stay.
  const newest = office.git('repos/shop', 'log', '-1', '--format=%(trailers:key=Fourline-Order,valueonly)').trim();
  expect((await office.fourline('undo', newest)).code).toBe(0);
  const fourline = await openFourline(office.root, office);
  const titles = new Map((await fourline.look()).orders.map((one) => [one.id, '']));
  for (const id of titles.keys()) titles.set(id, (await fourline.order(id)).title);
  const blame = await fourline.blame('repos/shop/src/big.txt');
  const found = blame.lines.map((one) => [
    String(one.line),
    one.commit,
    one.role ?? '',
    one.order ?? '',
    one.objective ?? '',
  ]);
  expect(found).toEqual(counted(office, titles));
  expect(found).toHaveLength(count);
  expect(new Set(found.map((one) => one[2])).size).toBeGreaterThan(2);
  expect(blame.lines.map((one) => one.text).join('\n')).toBe(office.git('repos/shop', 'show', 'HEAD:src/big.txt'));
  const some = await fourline.blame('src/big.txt', { lines: '20,30', from: `${office.root}/repos/shop` });
  expect(some.lines).toEqual(blame.lines.slice(19, 30));
  expect(JSON.parse((await office.fourline('blame', 'repos/shop/src/big.txt', '-L', '20,30', '--json')).out)).toEqual(
    some,
  );
});

test('a commit that claims a role without landing is its author’s; a rebased one names its run; edits are said', async () => {
  const office = await openOffice({ coder: card('- shell: echo 2 > src/a.ts', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': 'b\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const forged = 'Forged.\n\nFourline-Order: 0009-x\nFourline-Run: 0009-x.1\nFourline-Role: coder';
  await office.write('repos/shop/src/b.ts', 'c\n');
  office.git('repos/shop', 'commit', '-qam', forged);
  expect((await office.fourline('blame', 'repos/shop/src/b.ts')).out).toMatch(/^\(dana\) +[0-9a-f]{7} +1 {2}c$/m);
  office.git('repos/shop', 'reset', '-q', '--hard', 'HEAD~1');
  office.git('repos/shop', 'commit', '-q', '--amend', '--no-edit', '--author=eve <eve@example.com>');
  await office.write('repos/shop/src/a.ts', '2\nmore\n');
  const blame = await office.fourline('blame', 'repos/shop/src/a.ts');
  expect(blame.out).toMatch(/^coder +0001-x +[0-9a-f]{7}\* +1 {2}2$/m);
  expect(blame.out).toContain("* amended or rebased since it landed\nthe work tree's file differs");
  for (const [path, words] of [
    ['repos/shop/src/no.ts', 'main has no file src/no.ts'],
    ['state/x.json', 'state/x.json is no file of a repository in repos/'],
  ] as const)
    expect((await office.fourline('blame', path)).err).toContain(words);
  expect((await office.fourline('blame', 'repos/shop/src/a.ts', '-L', '5')).err).toContain('has fewer lines');
  expect((await office.fourline('blame', 'repos/shop/src/a.ts', '-L', 'x')).err).toContain('error[usage]');
});
