import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const outside = [
  'cd "$FOURLINE_ROOM"; mkdir -p inbox/auditor roles state',
  'echo x > inbox/auditor/x.md; echo x > roles/coder.md; echo x > state/journal.jsonl',
  'mkdir -p repos/shop/.github/workflows; echo x > repos/shop/.github/workflows/ci.yml',
].join('; ');

async function worked(shell: string): Promise<Office> {
  const office = await openOffice({ coder: card(`- shell: ${JSON.stringify(shell)}`, 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts', 'docs/**']));
  await office.work();
  return office;
}

test('no order is proposed for what nobody can be granted', async () => {
  const why = await (await worked(outside)).fourline('why', '1');
  expect(why.code).toBe(1);
  expect(why.out).toMatch(/refused +inbox\/auditor\/x\.md[\s\S]*kept: fourline show 0001-x --refused/);
  expect(why.out).not.toContain('fourline order');
});

test.each([
  ['no write: line matches', 'echo x > "$FOURLINE_ROOM/repos/shop/z e.txt"', "--file 'z e.txt'"],
  ["it is not in the order's Files", 'echo x > "$FOURLINE_ROOM/repos/shop/src/b.ts"', '--file src/b.ts'],
])('an order is proposed for a path of a repository that was refused because %s', async (_, shell, proposed) => {
  const why = await (await worked(`${outside}; ${shell}`)).fourline('why', '1');
  expect(why.out).toContain(`  next: fourline order <role that may> "…" ${proposed}\n`);
});
