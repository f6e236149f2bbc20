// The kernel's keyrings know no namespaces: what an agent reads and writes there would be the operator's own.
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { openOffice, order } from '../kit/office.ts';

test("an agent reads nothing of the operator's session keyring, and leaves nothing in it", async () => {
  needs('bwrap', 'keyctl');
  const office = await openOffice({
    coder:
      '---\nagent: command\ncommand: [sh, -c, "keyctl show @s > src/a.ts 2>&1; keyctl add user left-behind x @s; keyctl list @u >> src/a.ts 2>&1; true"]\nwrite: |\n  repos/*/src/**\n---\nx\n',
  });
  await office.write('fourline.yaml', 'sandbox: required\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const operator = 'keyctl add user for-nobody secret @s >&2; "$@"; status=$?; keyctl show @s >&2; exit $status';
  const { code, err } = await office.fourlineBy(
    ['keyctl', 'session', '-', 'sh', '-c', operator, 'sh'],
    'start',
    '--once',
  );
  expect(code).toBe(0);
  expect(err).toContain('user: for-nobody');
  expect(err).not.toContain('left-behind');
  const seen = office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  expect(seen).toContain('Operation not permitted');
  expect(seen).not.toContain('for-nobody');
});
