import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const coder = card('- write: src/a.ts\n  text: "2"', writes);

type Row = { id: string; state: string; detail: string };

test('an order that runs is listed once, also when a file of its name lies in an inbox', async () => {
  const steps = '- shell: touch "$GATE/begun"; while [ ! -e "$GATE/go" ]; do sleep 0.05; done';
  const office = await openOffice({ coder: card(steps, `${writes}\nenv: GATE`) });
  // The agent and the test meet in the workspace: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  office.env['GATE'] = office.root;
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const daemon = await startDaemon(office);
  while (!existsSync(`${office.root}/begun`)) await new Promise((resolve) => setTimeout(resolve, 20));
  daemon.kill('SIGKILL');
  await daemon.ended;
  await office.write('go', '');
  await office.write('inbox/coder/0001-x.md', order(['src/a.ts']));
  const status = JSON.parse((await office.fourline('status', '--json')).out) as { orders: Row[] };
  expect(status.orders.map(({ id, state }) => `${id} ${state}`)).toEqual(['0001-x interrupted']);
});

test("a file that carries a settled order's id is shown as a file that is not taken", async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/0001-x.md', order(['src/a.ts']));
  const status = JSON.parse((await office.fourline('status', '--json')).out) as { orders: Row[] };
  expect(status.orders.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'inbox/coder/0001-x.md not taken',
    '0001-x done',
  ]);
});

test('one broken repository does not keep status from answering: its order is not taken, with the reason', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.repository('bank', { 'src/a.ts': '1\n' });
  await office.write('repos/bank/.git/refs/heads/main', `${'1'.repeat(40)}\n`);
  await office.write('inbox/coder/lost.md', order(['src/a.ts'], { front: 'repo: bank' }));
  await office.write('inbox/coder/kept.md', order(['src/a.ts'], { front: 'repo: shop' }));
  const asked = await office.fourline('status', '--json');
  expect({ code: asked.code, err: asked.err }).toEqual({ code: 0, err: '' });
  const { orders } = JSON.parse(asked.out) as { orders: Row[] };
  expect(orders).toMatchObject([
    { id: 'lost', state: 'not taken', detail: expect.stringContaining('1111111') },
    { id: 'kept', state: 'posted', detail: 'next' },
  ]);
});
