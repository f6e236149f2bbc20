// A git repository inside a folder, made of two halves: one came onto the branch while the other was in the making.
import { expect, test } from 'vitest';
import { openOffice, order } from '../kit/office.ts';

test('what merges with the branch to a repository is handed back, and refused on the newest tip', async () => {
  const office = await openOffice();
  const shop = `${office.root}/repos/shop`;
  await office.write(
    '../agent/run.sh',
    `if [ ! -e ${shop}/src/x/HEAD ]; then
       mkdir -p ${shop}/src/x/objects
       echo 'ref: refs/heads/main' > ${shop}/src/x/HEAD; touch ${shop}/src/x/objects/a
       git -C ${shop} add -A; git -C ${shop} -c user.name=dana -c user.email=d@example.com commit -qm half
     fi
     mkdir -p src/x/refs; touch src/x/refs/a; echo 2 > src/a.ts\n`,
  );
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [sh, ${office.root}/../agent/run.sh]\nlimits: { attempts: 2 }\nwrite: repos/*/src/**\n---\nWork.\n`,
  );
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/**']));
  await office.work();
  expect(office.said.join('\n')).toMatch(/conflict with main: src\/x\/refs\/a/);
  expect(office.git('repos/shop', 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual([
    'src/a.ts',
    'src/x/HEAD',
    'src/x/objects/a',
  ]);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
  expect(await office.record('x', 'report.md')).toMatch(
    /src\/x\/refs\/a: added; repos\/shop\/src\/x would be a git repository of its own/,
  );
}, 180_000);
