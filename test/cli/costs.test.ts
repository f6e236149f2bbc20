// Where tokens and money went, by how many orders stand above the one that ran.
import { expect, test } from 'vitest';
import { openSession } from '../../src/daemon/session.ts';
import { unheard } from '../../src/event.ts';
import type { Step } from '../../src/ledger/entry.ts';
import { openOffice } from '../kit/office.ts';

const usage = { fresh: 100, reread: 10, written: 5, output: 20, reasoning: 2 };
const posted = (order: string, parent?: string): Step => ({
  step: 'posted',
  order,
  role: 'coder',
  from: parent === undefined ? 'operator' : 'coordinator',
  ...(parent === undefined ? {} : { parent }),
  title: order,
  repo: null,
  files: [],
  digest: 'd',
});
const ran = (order: string, usd: number | null, attempt = 1): Step => ({
  step: 'ran',
  order,
  run: `${order}.${attempt}`,
  role: 'coder',
  agent: 'claude',
  ending: 'ended',
  status: 0,
  milliseconds: 5,
  ...(usd === null ? {} : { spent: { usage, turns: 3, peak: 50, context: 40, usd, model: 'm', estimated: false } }),
});

const landed = (order: string, attempt: number): Step => ({
  step: 'landed',
  order,
  run: `${order}.${attempt}`,
  role: 'coder',
  repo: 'shop',
  branch: 'main',
  commit: '9b1d4e2aaa',
  files: 1,
  left: [],
});

test('a person’s order is level 0, each order below it is one further down, and what nobody knows is level 0', async () => {
  const office = await openOffice();
  const session = await openSession(office.root, unheard, office.host());
  await session?.ledger.record(
    posted('0001-plan'),
    posted('0002-part', '0001-plan'),
    posted('0003-piece', '0002-part'),
    posted('0004-lost', '0099-gone'),
    ran('0001-plan', 1),
    ran('0002-part', 2),
    ran('0002-part', 2, 2),
    ran('0003-piece', 16),
    ran('0004-lost', null),
    ran('0005-unknown', 8),
    landed('0002-part', 1),
    landed('0002-part', 2),
    landed('0001-plan', 1),
  );
  await session?.close();
  const answer = JSON.parse((await office.fourline('costs', '--by', 'level', '--json')).out) as {
    rows: object[];
    total: object;
  };
  expect(answer).toMatchObject({
    by: 'level',
    rows: [
      { key: '0', runs: 2, silent: 0, turns: 6, usd: 9, landed: 1, usdPerLanded: 9 },
      { key: '1', runs: 3, silent: 1, turns: 6, fresh: 200, reread: 20, written: 10, output: 44, usd: 4, landed: 2 },
      { key: '2', runs: 1, turns: 3, usd: 16, landed: 0, usdPerLanded: null },
    ],
    total: { runs: 6, turns: 15, usd: 29, landed: 3 },
  });
  const { out } = await office.fourline('costs', '--by', 'level');
  expect(out.split('\n').map((line) => line.trim().split(/ +/)[0])).toEqual(
    expect.arrayContaining(['LEVEL', '0', '1', '2', 'all']),
  );
  expect((await office.fourline('costs', '--by', 'depth')).code).toBe(2);
});

// Two runs with what a program tells of money (null: nothing), on a model of the price table or of nobody's.
async function billed(...spent: { model: string; usd: number | null; estimated: boolean }[]): Promise<string[]> {
  const office = await openOffice();
  const session = await openSession(office.root, unheard, office.host());
  for (const [index, one] of spent.entries())
    await session?.ledger.record({
      ...(ran(`000${index + 1}-x`, 1) as Extract<Step, { step: 'ran' }>),
      spent: { usage: { ...usage, fresh: 100_000 }, turns: 3, peak: 50, context: 40, ...one },
    });
  await session?.close();
  return (await office.fourline('costs')).out.split('\n');
}

test('0 US dollars beside tokens is a subscription: the price table says what they would cost, marked as an estimate', async () => {
  const lines = await billed({ model: 'claude-sonnet-4-5', usd: 0, estimated: false });
  expect(lines[1]).toMatch(/^coder .* ~0\.30$/);
  expect(lines.join('\n')).toContain('~ is by the price table, not reported by the program');
});

test('tokens whose price nobody knows are no 0.00', async () => {
  const lines = await billed({ model: 'nobody-knows-1', usd: null, estimated: true });
  expect(lines[1]).toMatch(/^coder .* -$/);
  expect(lines.join('\n')).toContain('1 run of models that no price is known of: USD leaves them out');
});

test('money that a program told stays as it is, and an estimate beside it marks the sum', async () => {
  const told = { model: 'claude-sonnet-4-5', usd: 1.25, estimated: false };
  expect((await billed(told))[1]).toMatch(/ 1\.25$/);
  expect((await billed(told, { ...told, usd: 0.5, estimated: true }))[1]).toMatch(/ ~1\.75$/);
});
