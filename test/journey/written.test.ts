// An order is taken when its writer is done, and at once where that is known; a woken role may end with a word.
import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';

test('an order that is written piece by piece runs with all of it, one that stands still while its writer has it open waits', async () => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', writes) });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const daemon = await startDaemon(office);
  const head = order(['src/a.ts'], { accept: ['it is 2', 'b', 'c'] });
  const whole = order(['src/a.ts'], { accept: ['it is 2', 'b', 'c', '`test -e src/none` holds'] });
  const writer = await startWriter(`${office.root}/inbox/coder/x.md`, head);
  // Another order that was dropped later is taken, and this one is not: it was seen, and somebody writes it.
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  await daemon.settled('y');
  expect(daemon.output()).not.toMatch(/\d-x /);
  await writer.end(whole);
  await daemon.settled('x');
  expect(await daemon.stop()).toBe(0);
  expect((await office.standing('x')).outcome).toBe('failed');
  expect(await office.record('x', 'order.md')).toContain('test -e src/none');
});

// Holds the file open for writing until it is ended.
async function startWriter(path: string, text: string): Promise<{ end: (text: string) => Promise<void> }> {
  const file = await open(path, 'w');
  await file.writeFile(text);
  return {
    end: async (whole) => {
      await file.truncate(0);
      await file.write(whole, 0);
      await file.close();
    },
  };
}

test('a woken role that has nothing left to do ends with a word', async () => {
  const office = await openOffice({
    lead: `---\nagent: command\ncommand: [sh, -c, 'if ls "$FOURLINE_ROOM"/mail/*.report.md >/dev/null 2>&1; then echo "All is well."; else sed "/^---/,/^---/d" "$FOURLINE_ROOM/order.md" > "$FOURLINE_ROOM/inbox/coder/one.md"; fi']\nsend: coder\nwake: batch\n---\nLead.\n`,
    coder: card('- write: src/a.ts\n  text: "2"', writes),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/lead/x.md', order(['src/a.ts'], { accept: ['it is 2', 'b', 'c'] }));
  await office.work();
  expect(await office.standing('one')).toMatchObject({ outcome: 'done' });
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', wakes: 1 });
  expect(await office.record('x', 'report.md')).toContain('> All is well.');
});
