// Two roles that answer each other, and what ends that: generations, runs and money of all that comes of one order.
import { expect, test } from 'vitest';
import { familyHold, generationFlaw } from '../../src/delegation/lineage.ts';
import { foldEntry } from '../../src/ledger/fold.ts';
import { emptyHistory } from '../../src/ledger/history.ts';
import { defaultSettings } from '../../src/workspace/settings.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

async function answering(settings: string): Promise<Office> {
  const answer = (to: string): string =>
    card(letter(`${to}/again`, order(['src/a.ts'])), `write: |\n  repos/*/src/**\nsend: ${to}`);
  const office = await openOffice({ coder: answer('auditor'), auditor: answer('coder') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', settings);
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  return office;
}

test('generations: the last one sends no orders, its letter is refused by name, and the operator is told once', async () => {
  const office = await answering('family: { generations: 3 }\n');
  await office.work();
  const all = [...(await office.standings()).values()];
  expect(all.map((one) => [one.role, one.generation, one.root])).toEqual([
    ['coder', 1, '0001-first'],
    ['auditor', 2, '0001-first'],
    ['coder', 3, '0001-first'],
  ]);
  expect(all[2]?.refused).toMatchObject([
    {
      path: 'inbox/auditor/again.md',
      sentence: 'the family of 0001-first has its 3 generations (family: generations)',
    },
  ]);
  expect((await office.list('inbox/operator')).filter((name) => name.startsWith('family-'))).toEqual([
    'family-0001-first.notice.md',
  ]);
});

test('runs: what is over waits with its reason, the operator is told, and a wider bound lets it go on', async () => {
  const office = await answering('family: { generations: 4, runs: 2 }\n');
  await office.work();
  expect([...(await office.standings()).values()].map((one) => one.position)).toEqual(['settled', 'settled', 'posted']);
  const words = 'the family of 0001-first has used its 2 runs (family: runs: 2)';
  expect((await office.fourline('status')).out).toContain(words);
  expect(await office.read('inbox/operator/family-0001-first.notice.md')).toContain(words);
  expect(office.said.filter((line) => line.includes(words))).toHaveLength(1);
  await office.write('fourline.yaml', 'family: { generations: 4 }\n');
  await office.work();
  expect((await office.standings()).size).toBe(4);
});

test('money: what the runs of a family cost together holds the next', () => {
  const history = emptyHistory();
  const at = '2026-07-21T12:00:00Z';
  const posted = (id: string, parent?: string): void =>
    foldEntry(history, {
      ...{
        v: 1,
        at,
        step: 'posted',
        order: id,
        role: 'coder',
        from: 'operator',
        title: '',
        repo: null,
        files: [],
        digest: '',
      },
      ...(parent === undefined ? {} : { parent }),
    });
  posted('0001-a');
  posted('0002-b', '0001-a');
  posted('0003-c');
  const usage = { fresh: 1, written: 0, reread: 0, output: 1, reasoning: 0 };
  const spent = { model: 'm', usage, turns: 1, peak: 1, usd: 60, estimated: false };
  const ran = {
    v: 1 as const,
    at,
    step: 'ran' as const,
    order: '0001-a',
    run: '0001-a.1',
    role: 'coder',
    ending: 'exit 0',
    spent,
  };
  for (const order of ['0001-a', '0002-b']) foldEntry(history, { ...ran, order } as never);
  expect(familyHold(defaultSettings, history, '0002-b')).toBe(
    'the family of 0001-a has used its $120.00 (family: usd: 100); fourline.yaml may allow more',
  );
  expect(familyHold(defaultSettings, history, '0003-c')).toBeNull();
  expect(generationFlaw(defaultSettings, history, '0002-b')).toBeNull();
});
