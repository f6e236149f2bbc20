// Rooms and state on two disks: what was refused is kept there as it is, holes and all, and a small disk stays usable.
import { expect, test } from 'vitest';
import { mountDisk } from '../kit/disk.ts';
import { openOffice, order } from '../kit/office.ts';

test('a file of holes that is refused does not fill the disk it is kept on', async () => {
  const office = await openOffice({
    coder:
      "---\nagent: command\ncommand: [sh, -c, 'echo 2 > src/a.ts; truncate -s 300M big.bin; echo end >> big.bin']\nwrite: repos/*/src/*.ts\n---\nWork.\n",
  });
  await office.write('fourline.yaml', 'sandbox: off\nfree: 1m\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/**']));
  const disk = await mountDisk(office, { size: '64m', folder: 'work' });
  await office.fourlineBy(disk.enter, 'start', '--once');
  expect((await disk.standing('x')).outcome).toBe('done');
  const kept = disk.shell('stat -c "%s %b" state/orders/*/0001-x/refused/0001-*').trim();
  const [size, blocks] = kept.split(' ').map(Number);
  expect(size).toBe(300 * 1024 * 1024 + 4);
  expect((blocks ?? 0) * 512).toBeLessThan(1024 * 1024);
}, 180_000);
