// A plan's contract, end to end: in every room, its owner's alone, and nobody works on an older version without hearing
// of it.
import { expect, test } from 'vitest';
import { forgeJournal } from '../kit/forgery.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const files = { 'src/types.ts': 'export type A = 1;\n', 'src/a.ts': '1\n', 'src/b.ts': '1\n' };
const writes = 'write: |\n  repos/*/src/**';

async function officeOf(cards: Record<string, string>): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', files);
  return office;
}

test('a pinned file is changed by its owner alone, however far below, and everybody is told so before', async () => {
  const office = await officeOf({
    director: card(letter('coordinator/sub', order(['src/**'])), 'send: coordinator'),
    coordinator: card(
      [
        letter('architect/shape', order(['src/types.ts'])),
        letter('coder/fill', order(['src/**'], { front: 'after: [shape]' })),
        letter('coder/steal', order(['src/b.ts'], { front: 'contract: { src/types.ts: coder }' })),
      ].join('\n'),
      'send: coder, architect',
    ),
    architect: card('- write: src/types.ts\n  text: "export type A = 2;"', writes),
    coder: card('- shell: cp src/types.ts src/a.ts; echo stray >> src/types.ts', writes),
  });
  await office.write('inbox/director/plan.md', order(['src/**'], { front: 'contract: { src/types.ts: architect }' }));
  await office.work();
  const pins = [{ path: 'repos/shop/src/types.ts', owner: 'architect', plan: '0001-plan' }];
  const fill = await office.standing('fill');
  expect(fill).toMatchObject({ outcome: 'done', contract: pins });
  expect(fill.refused).toMatchObject([
    {
      path: 'repos/shop/src/types.ts',
      sentence: 'it is pinned by 0001-plan: only an order to architect may change it',
    },
  ]);
  expect(await office.standing('shape')).toMatchObject({ outcome: 'done', refused: [], contract: pins });
  expect(await office.read('repos/shop/src/types.ts')).toBe('export type A = 2;');
  expect(await office.read('repos/shop/src/a.ts')).toBe('export type A = 2;');
  expect(await office.record('fill', 'brief.md')).toContain('src/** (but not repos/shop/src/types.ts)');
  expect(await office.record('fill', 'order.md')).toContain('contract: {"repos/shop/src/types.ts":"architect"}');
  expect((await office.standing('sub')).refused).toMatchObject([
    { path: 'inbox/coder/steal.md', sentence: expect.stringContaining("it cannot be coder's") },
  ]);
  const asked = await office.fourline('can', 'coder', 'src/types.ts', 'src/a.ts', '--order', fill.id);
  expect([asked.code, asked.out]).toEqual([
    1,
    expect.stringMatching(/^no +repos\/shop\/src\/types.ts +it is pinned by/),
  ]);
  expect((await office.fourline('why', fill.id)).out).toContain('pinned by 0001-plan: only an order to architect');
  expect((await office.fourline('show', fill.id)).out).toContain(
    'pinned by 0001-plan: repos/shop/src/types.ts, for architect alone',
  );
  const posted = office.git('state/ledger.git', 'log', '--format=%b', '--grep', `^${fill.id}: ordered`);
  expect(posted).toContain('Pinned:\n- repos/shop/src/types.ts\n');
  const audited = await office.fourline('audit', '--verify');
  expect([audited.code, audited.out]).toEqual([0, expect.stringContaining('recomputed')]);
});

test('the audit judges by the contract of that day', async () => {
  const office = await officeOf({ coder: card('- write: src/types.ts\n  text: "2"', writes) });
  await office.write('inbox/coder/x.md', order(['src/types.ts'], { front: 'contract: src/types.ts' }));
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
  const contract = [{ path: 'repos/shop/src/types.ts', owner: 'operator', plan: '0001-x' }];
  await forgeJournal(office, (line) => (line.step === 'claimed' ? { ...line, contract } : line));
  expect((await office.fourline('audit', '--verify')).out).toContain('of that day say refused (contract)');
  await forgeJournal(office, (line) => (line.step === 'claimed' ? { ...line, contract: [] } : line));
  expect((await office.fourline('audit', '--verify')).out).toContain(
    'without what is pinned for it: repos/shop/src/types.ts',
  );
});

test('orders of the plan hear of a change; one that ran on the older version goes back once, and no attempt is spent', async () => {
  // The coder works until the architect's landing stands on the branch; the second time it finds it there.
  const wait = 'while ! git -C "$SHOP" show main:src/types.ts | grep -q 2; do sleep 0.05; done';
  const office = await officeOf({
    coordinator: card(
      [
        letter('coder/fill', order(['src/a.ts'])),
        letter('architect/shape', order(['src/types.ts'])),
        letter('coder/late', order(['src/b.ts'], { front: 'after: [fill]' })),
      ].join('\n'),
      'send: coder, architect',
    ),
    architect: card(
      '- shell: while ! test -e "$SHOP/../../state/coder-runs"; do sleep 0.05; done\n- write: src/types.ts\n  text: "export type A = 2;"',
      `${writes}\nenv: SHOP`,
    ),
    coder: card(
      `- shell: touch "$SHOP/../../state/coder-runs"; ${wait}; cp src/types.ts src/a.ts; cp src/types.ts src/b.ts`,
      `${writes}\nenv: SHOP\nlimits: { attempts: 1 }`,
    ),
  });
  process.env['SHOP'] = `${office.root}/repos/shop`;
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.write(
    'inbox/coordinator/plan.md',
    order(['src/**'], { front: 'contract: { src/types.ts: architect }' }),
  );
  await office.work();
  const fill = await office.standing('fill');
  expect(fill).toMatchObject({ outcome: 'done', attempt: 2, spent: 0 });
  expect(await office.read('repos/shop/src/a.ts')).toBe('export type A = 2;');
  const { commit = '' } = (await office.standing('shape')).landed[0] ?? {};
  const note = new RegExp(
    `repos/shop/src/types.ts was changed by \\d+-shape of architect \\(commit ${commit.slice(0, 12)}\\)`,
  );
  for (const name of ['fill', 'late']) expect(await office.record(name, 'brief.md')).toMatch(note);
  expect(await office.record('fill', 'brief.md')).toContain('The contract changed while you worked: 1 pinned file');
  const notes = (await office.list(`state/orders/${fill.month ?? ''}/${fill.id}`)).filter((one) => /^note/.test(one));
  expect(notes).toEqual([expect.stringMatching(/^note-\d\.1-contract\.md$/)]);
});

test('a file that is pinned in another repository is in the room as well', async () => {
  const office = await officeOf({
    coordinator: card(letter('coder/other', order(['src/x.ts'], { front: 'repo: forge' })), 'send: coder'),
    coder: card('- shell: cp ../../refs/repos/shop/src/types.ts src/x.ts', writes),
  });
  await office.repository('forge', { 'src/x.ts': '0' });
  await office.write(
    'inbox/coordinator/plan.md',
    order(['repos/shop/src/**'], { front: 'repo: shop\ncontract: src/types.ts' }).replace(
      '- repos/shop/src/**',
      '- repos/shop/src/**\n- repos/forge/src/**',
    ),
  );
  await office.work();
  expect(await office.standing('other')).toMatchObject({ outcome: 'done' });
  expect(await office.read('repos/forge/src/x.ts')).toBe('export type A = 1;\n');
});

test('an order that is edited while it waits is held to what it says then', async () => {
  const office = await officeOf({
    first: card(
      '- shell: echo 2 > src/a.ts; sed -i "/^contract/d" "$SHOP"/../../inbox/second/*.md',
      'write: |\n  repos/*/src/**\nenv: SHOP',
    ),
    second: card('- write: src/types.ts\n  text: "2"', writes),
  });
  process.env['SHOP'] = `${office.root}/repos/shop`;
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.write('inbox/first/0001-a.md', order(['src/a.ts']));
  await office.write('inbox/second/0002-b.md', order(['src/**'], { front: 'contract: src/types.ts\nafter: 0001-a' }));
  await office.work();
  expect(await office.standing('b')).toMatchObject({ outcome: 'done', refused: [], contract: [] });
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
});
