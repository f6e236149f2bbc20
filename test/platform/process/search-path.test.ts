// A program is never one that lies where somebody stands.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { cleanPath } from '../../../src/platform/process/search-path.ts';
import { openOffice, order } from '../../kit/office.ts';

test.each([
  ['/usr/bin:/bin', '/usr/bin:/bin'],
  ['.:/usr/bin', '/usr/bin'],
  [':/usr/bin::/bin:', '/usr/bin:/bin'],
  ['bin:../x:./y:/opt/a b', '/opt/a b'],
  ['', '/usr/bin:/bin'],
  ['.', '/usr/bin:/bin'],
  [undefined, '/usr/bin:/bin'],
])('of PATH %j programs are looked for in %s', (path, clean) => expect(cleanPath(path)).toBe(clean));

test.each(['.', ''])('with %j first in PATH, no program of a folder is run by standing in it', async (entry) => {
  const office = await openOffice({
    coder: '---\nagent: command\ncommand: [sh, -c, "echo 2 > src/a.ts"]\nwrite: |\n  repos/*/src/**\n---\nx\n',
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const folder = `${office.root}/stands`;
  await mkdir(folder);
  for (const name of ['git', 'bwrap', 'sh', 'ssh-keygen', 'unshare', 'setpriv', 'chown', 'chmod', 'rm', 'claude']) {
    await writeFile(`${folder}/${name}`, `#!/bin/sh\necho ${name} >> '${folder}/ran'\nexit 1\n`);
    await chmod(`${folder}/${name}`, 0o755);
  }
  office.env['PATH'] = `${entry}:${office.env['PATH']}`;
  const by = ['/bin/sh', '-c', `cd '${folder}' && exec "$@"`, 'sh'];
  const started = await office.fourlineBy(by, 'start', '--once');
  const doctor = await office.fourlineBy(by, 'doctor');
  expect(await office.list('stands')).not.toContain('ran');
  expect([started.code, doctor.out]).toEqual([0, expect.not.stringContaining(folder)]);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
});
