// The parts of the API that the dashboard asked for: a growing transcript, an order's family, more of what has ended.
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openFourline } from '../../src/api.ts';
import { card, letter, openOffice, order } from '../kit/office.ts';

async function openFamily() {
  const office = await openOffice({
    lead: card(
      `${letter('coder/one', order(['src/a.ts'], { objective: 'One.' }))}\n${letter('coder/two', order(['src/b.ts'], { objective: 'Two.' }))}`,
      'send: coder',
    ),
    coder: card('- say: hello', 'write: |\n  repos/*/src/**'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/lead/both.md', order(['src/**'], { objective: 'Both.' }));
  await office.write('inbox/coder/alone.md', order(['src/c.ts'], { objective: 'Alone.' }));
  await office.work();
  return { office, fourline: await openFourline(office.root, { env: office.env }) };
}

test('a family is all orders of one first order, each with its parent; an order alone is a family of one', async () => {
  const { fourline } = await openFamily();
  const lead = (await fourline.look()).orders.find((one) => one.role === 'lead');
  const { family } = await fourline.order(lead?.id ?? '', { family: true });
  expect(family?.map((one) => [one.title, one.parent, one.position])).toEqual([
    ['Both.', null, 'settled'],
    ['One.', lead?.id, 'settled'],
    ['Two.', lead?.id, 'settled'],
  ]);
  const alone = (await fourline.look()).orders.find((one) => one.title === 'Alone.');
  expect((await fourline.order(alone?.id ?? '', { family: true })).family?.map((one) => one.id)).toEqual([alone?.id]);
  expect(await fourline.order(alone?.id ?? '')).not.toHaveProperty('family');
});

test('a look lists as many of the settled orders as are asked for, each with its title and since when', async () => {
  const { fourline } = await openFamily();
  const titles = async (ended?: number): Promise<string[]> =>
    (await fourline.look({ ended })).orders.map(
      ({ title, since, parent }) => `${title} ${since !== null} ${parent !== null}`,
    );
  expect((await titles()).sort()).toEqual([
    'Alone. true false',
    'Both. true false',
    'One. true true',
    'Two. true true',
  ]);
  expect(await titles(1)).toHaveLength(1);
  expect(await titles(0)).toEqual([]);
});

test('a transcript is told of at once and each time it grows, until nobody asks any more', async () => {
  const { fourline } = await openFamily();
  const alone = (await fourline.look()).orders.find((one) => one.title === 'Alone.');
  const { id, folder } = await fourline.order(alone?.id ?? '');
  const stop = new AbortController();
  const grown = fourline.followLog(id, { signal: stop.signal });
  const first = await grown.next();
  expect(first.value?.bytes).toBeGreaterThan(10);
  const next = grown.next();
  appendFileSync(`${folder}/transcript.jsonl`, 'x'.repeat(100));
  expect((await next).value?.bytes).toBe(first.value.bytes + 100);
  const last = grown.next();
  stop.abort();
  expect(await last).toEqual({ done: true, value: undefined });
  await expect(fourline.followLog('nobody').next()).rejects.toMatchObject({ code: 'order-unknown' });
});
