import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Fault, type Fourline, openFourline } from '../../src/api.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const heldWrites = `${writes}\napprove: { first: 9 }`;
const lands = card('- write: src/a.ts\n  text: "2"', writes);
const draft = {
  objective: 'The value is 2.',
  acceptance: ['src/a.ts says 2', 'nothing else changes', 'the file ends in a newline'],
  files: ['src/a.ts'],
};

async function thrown(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Fault)) throw new Error(`it threw no Fault: ${String(error)}`);
  return error;
}

test('a draft and a text are posted alike; what is no order comes back with its problems', async () => {
  const office = await openOffice({ coder: lands });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const fourline = await openFourline(office.root, office);
  const first = await fourline.post('coder', draft);
  expect(first).toMatchObject({ ok: true, id: '0001-the-value-is-2', boundary: ['repos/shop/src/a.ts'] });
  const second = await fourline.post('coder', order(['src/a.ts']), { name: 'again' });
  expect(second).toMatchObject({ ok: true, id: '0002-again', path: 'inbox/coder/0002-again.md' });
  expect(await office.list('inbox/coder')).toEqual(['0001-the-value-is-2.md', '0002-again.md']);
  const parts = { ...draft, after: ['0001-the-value-is-2'], priority: 3, files: ['src/a file.ts'] };
  const third = await fourline.post('coder', parts);
  expect(await office.read(third.ok ? third.path : '')).toMatch(
    /^---\nafter: .*0001.*\npriority: 3\n---\n[\s\S]*- `src\/a file\.ts`/,
  );
  for (const [role, text, code] of [
    ['coder', '**Objective:** Nothing else.\n', 'order-no-acceptance'],
    ['painter', order(['src/a.ts']), 'order-no-role'],
    ['coder', order(['package.json']), 'order-boundary-empty'],
  ] as const) {
    const refused = await fourline.post(role, text);
    expect(refused).toMatchObject({ ok: false, text });
    expect(refused.ok ? [] : refused.problems.map((one) => one.code)).toContain(code);
  }
  expect(await office.list('inbox/coder')).toHaveLength(3);
});

test('an order that waits for approval hears approve and reject, and each is carried out', async () => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', heldWrites) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const fourline = await openFourline(office.root, office);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const [row] = (await fourline.look()).orders;
  expect(row).toMatchObject({ id: '0001-x', state: 'waits', waits: { on: 'approval' } });
  expect(row?.next).toContain('fourline approve 0001');
  expect(await fourline.say('1', { kind: 'reject', text: 'too short' })).toMatchObject({
    did: 'replied',
    id: '0001-x',
    word: 'reject',
  });
  expect(await thrown(fourline.say('1', { kind: 'approve', text: '' }))).toMatchObject({ code: 'order-answered' });
  await office.work();
  await fourline.say('1', { kind: 'approve', text: '' });
  await office.work();
  expect(await fourline.order('1')).toMatchObject({ outcome: 'done' });
});

test('a settled order is ordered again; an open one is cancelled; a file that nobody took is put aside', async () => {
  const office = await openOffice({ coder: lands });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const fourline = await openFourline(office.root, office);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const again = await fourline.say('1', { kind: 'retry', text: 'once more' });
  expect(again).toMatchObject({ did: 'ordered', id: '0002-x', from: '0001-x', path: 'inbox/coder/0002-x.md' });
  expect(await office.read('inbox/coder/0002-x.md')).toContain('once more');
  const aside = await fourline.say('0002-x', { kind: 'cancel' });
  expect(aside).toMatchObject({ did: 'aside', moved: `${office.root}/inbox/operator/0002-x.md` });
  expect(existsSync(`${office.root}/inbox/operator/0002-x.md`)).toBe(true);
});

test('an order of a role that is gone is not ordered again: the way back to its card is told', async () => {
  const office = await openOffice({ coder: lands, other: lands });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const fourline = await openFourline(office.root, office);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  await rm(`${office.root}/roles/coder.md`);
  const { code, hint } = await thrown(fourline.say('1', { kind: 'retry' }));
  expect([code, await office.list('inbox/coder')]).toEqual(['role-unknown', []]);
  expect(await readFile(/cp (\S+) \S+\/roles\/coder\.md$/.exec(hint ?? '')?.[1] ?? '', 'utf8')).toBe(lands);
});

// Each call that can't be answered, with the code of its Fault.
const faults: [code: string, call: (fourline: Fourline) => Promise<unknown>][] = [
  ['order-unknown', (fourline) => fourline.order('9')],
  ['order-ambiguous', (fourline) => fourline.order('000')],
  ['order-unknown', (fourline) => fourline.why('9')],
  ['path-unchanged', (fourline) => fourline.why('1', 'package.json')],
  ['order-unknown', (fourline) => fourline.steps({ who: 'painter' })],
  ['role-unknown', (fourline) => fourline.can('painter', ['src/a.ts'])],
  ['order-unknown', (fourline) => fourline.can('coder', ['src/a.ts'], '9')],
  ['usage', (fourline) => fourline.check(['/nonexistent'])],
  ['role-unknown', (fourline) => fourline.role('painter')],
  ['role-exists', (fourline) => fourline.newRole('coder')],
  ['role-name', (fourline) => fourline.newRole('Coder')],
  ['role-glob', (fourline) => fourline.newRole('painter', { write: ['../x'] })],
  ['role-unknown', (fourline) => fourline.audit({ role: 'painter' })],
  ['usage', (fourline) => fourline.audit({ since: 'never' })],
  ['usage', (fourline) => fourline.costs({ by: 'colour' })],
  ['role-unknown', (fourline) => fourline.signals({ role: 'painter' })],
  ['order-asks-nothing', (fourline) => fourline.say('1', { kind: 'answer', text: 'yes' })],
  ['order-settled', (fourline) => fourline.say('1', { kind: 'cancel' })],
  ['order-needs-word', (fourline) => fourline.say('2', { kind: 'retry' })],
  ['usage', (fourline) => fourline.say('2', { kind: 'reject', text: ' ' })],
];

test('what cannot be answered is a Fault with a code and a hint', async () => {
  const office = await openOffice({ coder: lands, careful: card('- write: src/b.ts\n  text: "2"', heldWrites) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/careful/y.md', order(['src/b.ts']));
  await office.work();
  const fourline = await openFourline(office.root, office);
  for (const [code, call] of faults) {
    const fault = await thrown(call(fourline));
    expect({ code: fault.code, call: String(call), hinted: Boolean(fault.hint) }).toEqual({
      code,
      call: String(call),
      hinted: true,
    });
  }
  expect(await thrown(openFourline('/'))).toMatchObject({ code: 'no-workspace' });
});

test('an order that nobody has taken yet is named with its file, and with what takes it', async () => {
  const office = await openOffice({ coder: lands });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/0012-later.md', order(['src/a.ts']));
  const fourline = await openFourline(office.root, office);
  for (const ask of [() => fourline.order('0012-later'), () => fourline.why('0012'), () => fourline.order('12')]) {
    const { code, message, hint } = await thrown(ask());
    expect({ code, message, hint }).toEqual({
      code: 'order-unknown',
      message: 'inbox/coder/0012-later.md is not taken yet',
      hint: 'fourline start takes it; fourline check inbox/coder/0012-later.md says what may be wrong with it',
    });
  }
});
