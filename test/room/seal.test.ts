// Read only when nobody writes any more: a process that left its group, its session and its mark behind is gone with
// its process space.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openOffice, order } from '../kit/office.ts';

const left = 'exec -a fourline-left-behind';

function leftBehind(): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('fourline-left-behind');
    } catch {
      return false;
    }
  }).length;
}

test('what an agent leaves behind without its mark is gone before its room is read, ten times of ten', async () => {
  const writer = `env -i setsid bash -c '${left} bash -c "while :; do date +%N > src/a.ts; done" fourline-left-behind' </dev/null >/dev/null 2>&1 &`;
  const office = await openOffice({
    coder: `---\nagent: rehearsal\nrehearsal:\n  - shell: ${JSON.stringify(writer)}\n  - shell: ${JSON.stringify('ls /proc/self/fd > src/fds')}\n  - sleep: 30\nlimits: { runs: 4 }\nwrite: |\n  repos/*/src/**\n---\nx\n`,
  });
  await office.write('fourline.yaml', 'sandbox: required\n');
  const names = Array.from({ length: 10 }, (_, index) => `x${index}`);
  for (const name of names) {
    await office.repository(name, { 'src/a.ts': '1\n' });
    await office.write(`inbox/coder/${name}.md`, `---\nrepo: ${name}\n---\n${order(['src/a.ts', 'src/fds'])}`);
  }
  expect((await office.fourline('start', '--once')).code).toBe(0);
  for (const name of names) {
    expect((await office.standing(name)).outcome).toBe('done');
    // Neither the wall's own descriptor nor any other of fourline's: standard ones, and that of the folder which ls
    // reads.
    expect(office.git(`repos/${name}`, 'show', 'HEAD:src/fds').split('\n')).toEqual(['0', '1', '2', '3']);
  }
  expect(leftBehind()).toBe(0);
});
