// `fourline dash` as a person starts and ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { askRaw, openDash } from '../kit/dash.ts';
import { card, cli, openOffice } from '../kit/office.ts';

async function openDesk(): Promise<Awaited<ReturnType<typeof openOffice>>> {
  const office = await openOffice({ coder: card('- say: hello') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  return office;
}

test('dash prints its link, serves until Ctrl-C, and is gone then, also while pages listen', async () => {
  const office = await openDesk();
  const child = spawn(process.execPath, [cli, '-C', office.root, 'dash', '--json', '--read-only'], { env: office.env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  while (!out.includes('\n}\n')) out += `${(await once(child.stdout, 'data'))[0]}`;
  const { url, address, token, readOnly } = JSON.parse(out) as Record<string, string>;
  expect(url).toBe(`${address}#token=${token}`);
  expect(`${token}`).toMatch(/^[\w-]{43}$/);
  expect(readOnly).toBe(true);
  const { host } = new URL(address ?? '');
  const headers = { authorization: `Bearer ${token}` };
  const status = await askRaw(host, '/api/v1/status', { headers });
  expect(JSON.parse(status.body)).toMatchObject({ working: false, orders: [] });
  const taken = await office.fourline('dash', '--port', host.split(':')[1] ?? '');
  expect([taken.code, taken.err]).toEqual([3, expect.stringContaining('error[dash-port]')]);
  const stream = await fetch(`${address}events?after=0`, { headers });
  expect(stream.status).toBe(200);
  child.kill('SIGINT');
  expect((await once(child, 'close'))[0]).toBe(0);
  await expect(askRaw(host, '/api/v1/status', { headers })).rejects.toThrow();
});

test('a program posts an order and says words by the JSON twins, with what is wrong in them', async () => {
  const office = await openDesk();
  const dash = await openDash(office);
  const headers = {
    ...{ authorization: `Bearer ${dash.token}`, origin: dash.address.slice(0, -1) },
    'content-type': 'application/json',
  };
  const post = async (path: string, value: unknown): Promise<[number, unknown]> => {
    const answer = await askRaw(dash.authority, `/api/v1/${path}`, {
      ...{ method: 'POST', headers },
      body: JSON.stringify(value),
    });
    return [answer.status, JSON.parse(answer.body)];
  };
  const order = { objective: 'It is 2.', acceptance: ['a', 'b', 'c'], files: ['src/a.ts'] };
  const bad = { ...order, acceptance: [] };
  expect(await post('orders', { role: 'coder', order: bad })).toEqual([422, expect.objectContaining({ ok: false })]);
  for (const wrong of [null, 5, {}, { ...order, files: 'src/a.ts' }, { ...order, after: [7] }])
    expect((await post('orders', { role: 'coder', order: wrong }))[0]).toBe(415);
  expect(await post('orders', { role: 'coder', order })).toEqual([
    201,
    expect.objectContaining({ ok: true, id: '0001-it-is-2' }),
  ]);
  await office.work();
  expect(await post('orders/1/answer', { text: 'yes' })).toEqual([
    409,
    { error: expect.objectContaining({ code: 'order-asks-nothing' }) },
  ]);
  expect(await post('orders/1/retry', { text: 'again' })).toEqual([
    200,
    expect.objectContaining({ did: 'ordered', id: '0002-it-is-2' }),
  ]);
  expect(await post('orders/9/cancel', {})).toEqual([
    404,
    { error: expect.objectContaining({ code: 'order-unknown' }) },
  ]);
  expect(await post('orders', 'no object')).toEqual([415, { error: expect.objectContaining({ code: 'dash-form' }) }]);
});
