import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, openOffice, order } from '../kit/office.ts';

const coder = card('- shell: echo more >> src/a.ts', 'write: |\n  repos/*/src/**');

async function landedOnFeature() {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const tree = 'repos/shop';
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  await office.work();
  office.git(tree, 'switch', '-q', '-c', 'feature');
  await office.write('inbox/coder/second.md', order(['src/a.ts']));
  await office.work();
  office.git(tree, 'switch', '-q', 'main');
  return { office, tree };
}

test('a branch that was landed on and then deleted is passed over, and named', async () => {
  const { office, tree } = await landedOnFeature();
  expect((await office.fourline('audit')).out).toMatch(/^coder +2 /m);
  office.git(tree, 'branch', '-D', 'feature');
  const audit = await office.fourline('audit');
  expect({ code: audit.code, err: audit.err }).toEqual({ code: 0, err: '' });
  expect(audit.out).toMatch(/^coder +1 +1 /m);
  expect(audit.out).toMatch(/^shop feature: the branch is gone/m);
  expect(JSON.parse((await office.fourline('audit', '--json')).out)).toMatchObject({
    gone: [{ repo: 'shop', branch: 'feature' }],
  });
});

test('what landed on a deleted branch counts where it was merged to, once', async () => {
  const { office, tree } = await landedOnFeature();
  // A branch that nobody worked on: only what fourline landed is looked for there.
  office.git(tree, 'switch', '-q', '-c', 'release', 'feature');
  office.git(tree, 'commit', '-q', '--allow-empty', '-m', 'by hand');
  office.git(tree, 'switch', '-q', 'main');
  office.git(tree, 'branch', '-D', 'feature');
  const apart = await office.fourline('audit');
  expect(apart.code).toBe(0);
  expect(apart.out).toMatch(/^coder +2 +2 /m);
  office.git(tree, 'merge', '-q', '--ff-only', 'release~1');
  const merged = await office.fourline('audit');
  expect(merged.code).toBe(0);
  expect(merged.out).toMatch(/^coder +2 +2 /m);
});

test('a role nobody knows is refused; one whose card is gone keeps its history', async () => {
  const office = await openOffice({ coder, writer: coder });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const unknown = await office.fourline('audit', 'codr');
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toMatch(
    /^error\[role-unknown\]: there is no role 'codr'\n +help: the roles are coder, writer\n$/,
  );
  for (const role of ['coder', 'writer']) await rm(`${office.root}/roles/${role}.md`);
  await office.work();
  const gone = await office.fourline('audit', 'coder');
  expect(gone.code).toBe(0);
  expect(gone.out).toMatch(/^coder +1 +1 /m);
  expect((await office.fourline('audit', 'writer')).code).toBe(0);
});
