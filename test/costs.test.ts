// Where tokens and money went, by how many orders stand above the one that ran.
import { expect, test } from 'vitest';
import { openDesk } from '../src/desk.ts';
import { silentLog } from '../src/ground/log.ts';
import type { Step } from '../src/ledger/entry.ts';
import { openOffice } from './kit/office.ts';

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

test('a person’s order is level 0, each order below it is one further down, and what nobody knows is level 0', async () => {
  const office = await openOffice();
  const desk = await openDesk(office.root, silentLog);
  await desk?.ledger.record(
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
  );
  await desk?.close();
  const answer = JSON.parse((await office.fourline('costs', '--by', 'level', '--json')).out) as {
    rows: object[];
    total: object;
  };
  expect(answer).toMatchObject({
    by: 'level',
    rows: [
      { key: '0', runs: 2, silent: 0, turns: 6, usd: 9 },
      { key: '1', runs: 3, silent: 1, turns: 6, fresh: 200, reread: 20, written: 10, output: 44, usd: 4 },
      { key: '2', runs: 1, turns: 3, usd: 16 },
    ],
    total: { runs: 6, turns: 15, usd: 29 },
  });
  const { out } = await office.fourline('costs', '--by', 'level');
  expect(out.split('\n').map((line) => line.trim().split(/ +/)[0])).toEqual(
    expect.arrayContaining(['LEVEL', '0', '1', '2', 'all']),
  );
  expect((await office.fourline('costs', '--by', 'depth')).code).toBe(2);
});
