import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const waits = card(
  '- shell: touch "$GATE/begun"; while [ ! -e "$GATE/go" ]; do sleep 0.05; done',
  `${writes}\nenv: GATE`,
);

async function running() {
  const office = await openOffice({ coder: waits });
  // The agent and the test meet in the workspace: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  office.env['GATE'] = office.root;
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const daemon = await startDaemon(office);
  while (!existsSync(`${office.root}/begun`)) await new Promise((resolve) => setTimeout(resolve, 20));
  return { office, daemon };
}

test('a file that nobody has taken goes to the operator under a free name; the undo puts it back', async () => {
  const office = await openOffice({ coder: card('- say: hello', writes) });
  await office.write('inbox/operator/x.md', 'mine');
  await office.write('inbox/operator/x-2.md', 'mine too');
  await office.write('inbox/coder/x.md', 'Please.\n');
  const cancel = await office.fourline('cancel', 'x');
  expect(cancel.code).toBe(0);
  expect((await office.list('inbox/operator')).sort()).toEqual(['x-2.md', 'x-3.md', 'x.md']);
  expect(await office.read('inbox/operator/x.md')).toBe('mine');
  expect(await office.read('inbox/operator/x-2.md')).toBe('mine too');
  expect(await office.list('inbox/coder')).toEqual([]);
  const undo = /^undo: (mv .*)$/m.exec(cancel.out)?.[1] ?? 'false';
  execFileSync('sh', ['-c', undo]);
  expect(await office.read('inbox/coder/x.md')).toBe('Please.\n');
  expect((await office.list('inbox/operator')).sort()).toEqual(['x-2.md', 'x.md']);
});

test('an undo can be pasted whatever the file is called', async () => {
  const office = await openOffice({ coder: card('- say: hello', writes) });
  await office.write("inbox/coder/dana's wish.md", 'Please.\n');
  const cancel = await office.fourline('cancel', 'dana');
  execFileSync('sh', ['-c', /^undo: (mv .*)$/m.exec(cancel.out)?.[1] ?? 'false']);
  expect(await office.list('inbox/coder')).toEqual(["dana's wish.md"]);
});

test('the exact name counts before what only begins like it', async () => {
  const office = await openOffice({ coder: card('- say: hello', writes) });
  await office.write('inbox/coder/x.md', 'One.\n');
  await office.write('inbox/coder/x-2.md', 'Two.\n');
  expect((await office.fourline('cancel', 'x')).code).toBe(0);
  expect(await office.list('inbox/coder')).toEqual(['x-2.md']);
});

test('a running fourline is asked, and nothing is promised of it', async () => {
  const { office, daemon } = await running();
  const cancel = await office.fourline('cancel', '1');
  expect(cancel.out).toBe('asked the running fourline to cancel 0001-x; undo: fourline retry 0001-x\n');
  await daemon.settled('x');
  await daemon.stop();
});

test('an interrupted order that cannot be handed back yet is called interrupted, not settled', async () => {
  const { office, daemon } = await running();
  daemon.kill('SIGKILL');
  await daemon.ended;
  await office.write('go', '');
  // It cannot be handed back: there is a file where its inbox was.
  await rm(`${office.root}/inbox/coder`, { recursive: true });
  await office.write('inbox/coder', '');
  const cancel = await office.fourline('cancel', '1');
  expect(cancel.out).toBe('0001-x is interrupted: fourline start finishes or hands it back\n');
  expect(cancel.code).toBe(1);
  await rm(`${office.root}/inbox/coder`);
  await office.write('roles/coder.md', card('- shell: echo 2 >> src/a.ts', writes));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ position: 'settled', attempt: 2 });
});

test('an order whose file was taken away is withdrawn, not settled meanwhile', async () => {
  const office = await openOffice({ coder: card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/0001-x.md', order(['src/a.ts']));
  await office.write('inbox/coder/0002-y.md', order(['src/a.ts'], { front: 'after: [0001-x]' }));
  await office.work();
  await rm(`${office.root}/inbox/coder/0002-y.md`);
  const cancel = await office.fourline('cancel', '2');
  expect(cancel.out).toBe('0002-y was taken out of its inbox: fourline start settles it as withdrawn\n');
  expect(cancel.code).toBe(1);
});
