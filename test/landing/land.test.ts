// A file that an order names is landed or kept: never half of a move, and nothing that Files name is thrown away as
// scratch.
import { expect, test } from 'vitest';
import { card, openOffice, order } from '../kit/office.ts';

const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`).join('\\n');

test('a file that Files name lands although it is ignored, a move lands whole or not at all, and the report says which', async () => {
  const steps = [
    'echo 1 > src/order.log',
    'echo 2 > src/other.log',
    'mkdir -p lib node_modules/x',
    'echo 3 > node_modules/x/index.js',
    'mv src/b.ts lib/b.ts',
    'sed "s/line 4/line four/" src/c.ts > lib/c.ts; rm src/c.ts',
    'mv src/d.ts src/dd.ts',
    'rm src/e.ts',
    'echo 2 > src/a.ts',
  ];
  const office = await openOffice({ coder: card(`- shell: '${steps.join('; ')}'`, 'write: |\n  repos/*/**') });
  await office.repository('shop', {
    '.gitignore': '*.log\nnode_modules/\n',
    'src/a.ts': '1\n',
    'src/b.ts': 'the second file\n',
    'src/c.ts': `${lines.replaceAll('\\n', '\n')}\n`,
    'src/d.ts': 'the fourth file\n',
    'src/e.ts': 'the fifth file\n',
  });
  await office.write('inbox/coder/x.md', order(['src/order.log', 'src/**']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(office.git('repos/shop', 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual([
    '.gitignore',
    'src/a.ts',
    'src/b.ts',
    'src/c.ts',
    'src/dd.ts',
    'src/order.log',
  ]);
  const report = await office.record('x', 'report.md');
  const section = (title: string): string[] =>
    (report.split(`## ${title}\n`)[1] ?? '').split('\n\n')[0]?.split('\n') ?? [];
  expect(section('Landed')).toEqual([
    '- src/a.ts: edited',
    '- src/d.ts: moved to src/dd.ts',
    '- src/dd.ts: moved from src/d.ts',
    '- src/e.ts: deleted',
    '- src/order.log: added',
  ]);
  expect(section('Refused')).toEqual([
    "- lib/b.ts: moved from src/b.ts; not in the order's Files",
    "- lib/c.ts: moved from src/c.ts; not in the order's Files",
    '- src/b.ts: moved to lib/b.ts; it moved to repos/shop/lib/b.ts, which is refused',
    '- src/c.ts: moved to lib/c.ts; it moved to repos/shop/lib/c.ts, which is refused',
  ]);
  expect(section('Ignored by the repository, and gone with the room')).toEqual(['- node_modules/', '- src/ (1 file)']);
  const patch = await office.record('x', 'refused.patch');
  expect(patch.match(/^diff --git.*/gm)).toHaveLength(4);
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
});

test('an agent whose work is all scratch is told where it lies', async () => {
  const office = await openOffice({ coder: card('- shell: "echo 1 > src/x.log"', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { '.gitignore': '*.log\n', 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/**']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({
    outcome: 'failed',
    note: expect.stringContaining('the repository ignores and Files do not name: src/ (1 file)'),
  });
});
