import { expect, test } from 'vitest';
import { type Fourline, openFourline } from '../../src/api.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';

// One settled order with a refused change, one that waits for another, one file that can't be taken.
async function workedOffice(): Promise<Office> {
  const office = await openOffice({ coder: card('- shell: echo 2 > src/a.ts; echo stray > README.md', writes) });
  await office.repository('shop', { 'src/a.ts': '1\n', 'README.md': 'hello\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/y.md', order(['src/a.ts'], { front: 'after: nobody' }));
  await office.write('inbox/coder/z.md', order(['src/a.ts'], { front: 'after: 0001-x' }));
  return office;
}

const patches = async (fourline: Fourline) => (await fourline.order('1', { patches: true })).patches;

// A command with --json, and the method whose value it prints.
const asked: [command: string, ask: (fourline: Fourline) => Promise<unknown>][] = [
  ['status', (fourline) => fourline.look()],
  ['plan', (fourline) => fourline.plan()],
  ['show 1', (fourline) => fourline.order('1')],
  ['show 1 --diff', async (fourline) => (await patches(fourline))?.landed],
  ['show 1 --refused', async (fourline) => (await patches(fourline))?.refused],
  ['show 1 --log', async (fourline) => (await fourline.order('1', { log: 'turns' })).log],
  ['show 1 --log --raw', async (fourline) => (await fourline.order('1', { log: 'raw' })).log],
  ['show 1 --brief', async (fourline) => (await fourline.order('1', { brief: true })).brief],
  ['why 1', (fourline) => fourline.why('1')],
  ['why 1 README.md', (fourline) => fourline.why('1', 'README.md')],
  ['blame repos/shop/src/a.ts', (fourline) => fourline.blame('repos/shop/src/a.ts')],
  ['log', (fourline) => fourline.steps()],
  ['log coder -n 2', (fourline) => fourline.steps({ who: 'coder', last: 2 })],
  ['log 1', (fourline) => fourline.steps({ who: '0001-x' })],
  ['can coder src/a.ts README.md', (fourline) => fourline.can('coder', ['src/a.ts', 'README.md'])],
  ['can coder src/b.ts --order 1', (fourline) => fourline.can('coder', ['src/b.ts'], '1')],
  ['check', (fourline) => fourline.check()],
  ['role list', (fourline) => fourline.roles({ files: true })],
  ['role show coder', (fourline) => fourline.role('coder')],
  ['audit', (fourline) => fourline.audit()],
  ['audit coder --verify', (fourline) => fourline.audit({ role: 'coder', verify: true })],
  ['proof 1', (fourline) => fourline.proof({ orders: ['1'], folder: fourline.root })],
  ['costs --by order', (fourline) => fourline.costs({ by: 'order' })],
  ['signals', (fourline) => fourline.signals()],
];

test('--json prints exactly what the API answers', async () => {
  const office = await workedOffice();
  const fourline = await openFourline(office.root, office);
  for (const [command, ask] of asked) {
    const { out } = await office.fourline(...command.split(' '), '--json');
    const answer = await ask(fourline);
    expect({ command, json: JSON.parse(out) }).toEqual({ command, json: JSON.parse(JSON.stringify(answer)) });
  }
});

test('a look has orders with what they wait for, files that are not taken with why, cards, and where the journal ends', async () => {
  const office = await workedOffice();
  const fourline = await openFourline(`${office.root}/inbox/coder`, office);
  expect(fourline.root).toBe(office.root);
  const look = await fourline.look();
  expect(look).toMatchObject({ working: false, pid: null, running: [], settled: 1, damaged: [] });
  expect(look.orders).toMatchObject([
    { id: 'y', state: 'not taken', detail: expect.stringContaining('nobody') },
    { id: 'z', state: 'posted', detail: 'next' },
    { id: '0001-x', state: 'done', settled: true },
  ]);
  expect(look.plan).toMatchObject({ start: [{ id: 'z' }], untaken: [{ id: 'y' }] });
  expect(look.cards).toMatchObject([{ name: 'coder', state: '', write: ['repos/*/src/**'] }]);
  expect(look.line).toBe((await office.read('state/journal.jsonl')).split('\n').length - 1);
});

test('an order is its standing with its text, report, verdicts, steps and patches', async () => {
  const office = await workedOffice();
  const found = await (await openFourline(office.root, office)).order('1', { patches: true, log: 'raw', brief: true });
  expect(found).toMatchObject({ id: '0001-x', role: 'coder', outcome: 'done', doubts: [] });
  expect(found.text).toContain('**Objective:** The value is 2.');
  expect(found.report).toContain('done');
  expect(found.verdicts.map(({ decision, path }) => `${decision} ${path}`).sort()).toEqual([
    'allow repos/shop/src/a.ts',
    'refuse repos/shop/README.md',
  ]);
  expect(found.steps.map((one) => one.step)).toEqual(
    expect.arrayContaining(['posted', 'claimed', 'ran', 'judged', 'landed', 'settled']),
  );
  expect(found.patches?.landed.text).toContain('+2');
  expect(found.patches?.refused.text).toContain('+stray');
  expect(found.brief?.text).toContain('src/a.ts');
});
