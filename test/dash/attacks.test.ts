// Attacks on the dashboard: by pages of other sites, by names that lead to 127.0.0.1, without a key, by GET, and by
// texts that agents write.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/platform/net/listen.ts';
import { askRaw, formHeaders, openBrowser, openDash, signedIn, type TestDash } from '../kit/dash.ts';
import { needs } from '../kit/needs.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';

async function openQuestion(): Promise<Office> {
  const office = await openOffice({
    asker: card('- mail: operator/which\n  text: Shall the secret plan go on?', `${writes}\nsend: operator`),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/asker/plan.md', order(['src/a.ts'], { objective: 'The secret plan goes on.' }));
  await office.work();
  return office;
}

// Every file of the workspace, with its content.
function stateOfFiles({ root }: Office): string {
  return execFileSync('sh', ['-c', 'find . -type f -not -path "./state/running*" | sort | xargs sha256sum'], {
    cwd: root,
    encoding: 'utf8',
  });
}

const asked = ['/', '/orders/1', '/orders/new', '/roles', '/history', '/costs', '/signals', '/health', '/events'];
const twins = [
  'status',
  'plan',
  'orders/1',
  'orders/1/why',
  'steps',
  'roles',
  'roles/asker',
  'audit',
  'costs',
  'gates',
  'check',
];
const everything = [...asked, '/orders/1/patch/landed', ...twins.map((one) => `/api/v1/${one}`)];
const posted = [
  '/orders',
  '/health',
  ...['answer', 'approve', 'reject', 'retry', 'cancel', 'undo'].map((one) => `/orders/1/${one}`),
  ...['/roles/coder/pause', '/roles/coder/resume', '/flows/plan-1/approve', '/flows/plan-1/reject'],
];
const postedTwins = [
  ...['/api/v1/orders', '/api/v1/orders/1/answer', '/api/v1/orders/1/cancel', '/api/v1/orders/1/undo'],
  ...['/api/v1/roles/coder/pause', '/api/v1/flows/plan-1/approve', '/api/v1/flows/plan-1/reject'],
];

// Nothing of the workspace is in an answer: neither a role nor a word of an order.
function tellsNothing(body: string): boolean {
  return !/asker|secret|plan|0001/.test(body);
}

async function refusesAll(
  dash: TestDash,
  headers: Readonly<Record<string, string>>,
  status: number,
  posts = [...posted, ...postedTwins],
): Promise<void> {
  for (const path of everything) {
    const answer = await askRaw(dash.authority, path, { headers });
    expect(`${path} ${answer.status} ${tellsNothing(answer.body)}`).toBe(`${path} ${status} true`);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  }
  for (const path of posts) {
    const answer = await askRaw(dash.authority, path, { method: 'POST', headers, body: 'text=yes' });
    expect(`POST ${path} ${answer.status} ${tellsNothing(answer.body)}`).toBe(`POST ${path} ${status} true`);
  }
}

test('a name that leads to 127.0.0.1 (DNS rebinding) is answered nothing, whatever key it has', async () => {
  const office = await openQuestion();
  const dash = await openDash(office);
  const own = formHeaders(dash, await signedIn(dash));
  const before = stateOfFiles(office);
  const [, port = ''] = dash.authority.split(':');
  for (const host of [
    `evil.example:${port}`,
    `localhost:${port}`,
    '127.0.0.1',
    `127.0.0.1:${Number(port) + 1}`,
    `[::1]:${port}`,
  ])
    await refusesAll(dash, { ...own, host }, 421);
  const session = await askRaw(dash.authority, '/session', {
    ...{ method: 'POST', headers: { ...own, host: `evil.example:${port}` } },
    body: `token=${dash.token}`,
  });
  expect([session.status, session.headers['set-cookie']]).toEqual([421, undefined]);
  expect(stateOfFiles(office)).toBe(before);
});

test('a request of another page is refused by its Origin, and a POST without one too', async () => {
  const office = await openQuestion();
  const dash = await openDash(office);
  const own = formHeaders(dash, await signedIn(dash));
  const before = stateOfFiles(office);
  const [, port = ''] = dash.authority.split(':');
  for (const origin of [
    'http://evil.example',
    `http://localhost:${port}`,
    `https://${dash.authority}`,
    `http://${dash.authority}.evil.example`,
    'null',
  ])
    await refusesAll(dash, { ...own, origin }, 403);
  for (const site of ['cross-site', 'same-site']) await refusesAll(dash, { ...own, 'sec-fetch-site': site }, 403);
  const { origin: _, ...without } = own;
  for (const path of [...posted, ...postedTwins, '/session'])
    expect((await askRaw(dash.authority, path, { method: 'POST', headers: without, body: 'text=yes' })).status).toBe(
      403,
    );
  expect(stateOfFiles(office)).toBe(before);
  // The same word with everything in its place is taken.
  const taken = await askRaw(dash.authority, '/orders/1/answer', { method: 'POST', headers: own, body: 'text=yes' });
  expect(taken.status).toBe(303);
  expect(stateOfFiles(office)).not.toBe(before);
});

test('without the key, with a wrong one, or with the token of another start, nothing is told and nothing taken', async () => {
  const office = await openQuestion();
  const dash = await openDash(office);
  const other = await openDash(office);
  const before = stateOfFiles(office);
  const [name = ''] = (await signedIn(dash)).split('=');
  const foreign = (await signedIn(other)).replace(/^[^=]*/, name);
  for (const cookie of ['', `${name}=`, `${name}=${'A'.repeat(43)}`, `${name}=${dash.token}`, foreign])
    await refusesAll(dash, formHeaders(dash, cookie), 401);
  for (const token of ['', 'x', other.token, `${dash.token}x`, dash.token.slice(1)]) {
    await refusesAll(dash, { ...formHeaders(dash, ''), authorization: `Bearer ${token}` }, 401);
    const answer = await askRaw(dash.authority, '/session', {
      ...{ method: 'POST', headers: formHeaders(dash, '') },
      body: new URLSearchParams({ token }).toString(),
    });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
  }
  expect(stateOfFiles(office)).toBe(before);
});

test('the cookie is out of reach of scripts and of other sites, and the token stands in no page', async () => {
  const dash = await openDash(await openQuestion());
  const answer = await askRaw(dash.authority, '/session', {
    ...{ method: 'POST', headers: formHeaders(dash, '') },
    body: `token=${dash.token}`,
  });
  expect(answer.headers['set-cookie']?.[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(answer.headers['set-cookie']?.[0]).not.toContain(dash.token);
  const cookie = await signedIn(dash);
  for (const path of everything.filter((one) => one !== '/events' && !one.includes('patch'))) {
    const page = await askRaw(dash.authority, path, { headers: { cookie } });
    expect(`${path} ${page.status} ${page.body.includes(dash.token)}`).toBe(
      `${path} ${path === '/orders/1' ? 302 : 200} false`,
    );
    expect(page.headers['cache-control']).toBe('no-store');
  }
});

test('a browser keeps the style and the script of this version, and nothing else', async () => {
  const dash = await openDash(await openQuestion());
  const page = await askRaw(dash.authority, '/', { headers: { cookie: await signedIn(dash) } });
  const addresses = [...page.body.matchAll(/(?:href|src)="(\/[a-z.-]+\?v=[0-9a-f]{12})"/g)].map(
    ([, path = '']) => path,
  );
  expect(addresses.map((one) => one.replace(/\?.*/, ''))).toEqual(['/dash.css', '/icon.svg', '/dash.js']);
  for (const address of addresses) {
    const kept = await askRaw(dash.authority, address, {});
    expect(`${kept.status} ${kept.headers['cache-control']}`).toBe('200 private, max-age=31536000, immutable');
    expect(kept.headers['content-security-policy']).toContain("default-src 'none'");
    for (const other of [address.replace(/\?.*/, ''), `${address}0`])
      expect((await askRaw(dash.authority, other, {})).headers['cache-control']).toBe('no-store');
  }
});

test('no GET changes anything, and other methods are not taken', async () => {
  const office = await openQuestion();
  const dash = await openDash(office);
  const headers = { cookie: await signedIn(dash) };
  const before = stateOfFiles(office);
  for (const path of everything) await askRaw(dash.authority, path, { headers });
  for (const path of [...posted, ...postedTwins].filter((one) => one !== '/health'))
    expect(
      `${path} ${(await askRaw(dash.authority, `${path}?text=yes&token=${dash.token}`, { headers })).status}`,
    ).toBe(`${path} 404`);
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    for (const path of ['/orders/1/cancel', '/'])
      expect((await askRaw(dash.authority, path, { method, headers })).status).toBe(405);
  expect(stateOfFiles(office)).toBe(before);
});

test('with --read-only no word is taken, whoever posts it', async () => {
  const office = await openQuestion();
  const dash = await openDash(office, { readOnly: true });
  const headers = formHeaders(dash, await signedIn(dash));
  const before = stateOfFiles(office);
  for (const path of [...posted, ...postedTwins]) {
    const answer = await askRaw(dash.authority, path, { method: 'POST', headers, body: 'text=yes' });
    expect(`${path} ${answer.status}`).toBe(`${path} 403`);
  }
  expect(stateOfFiles(office)).toBe(before);
});

test('in a browser that is signed in, a page of another port or name can neither ask, listen nor post', async () => {
  needs('chromium');
  const office = await openQuestion();
  const dash = await openDash(office);
  const [, port = ''] = dash.authority.split(':');
  const script = `
    const base = ${JSON.stringify(dash.address)};
    window.done = Promise.all([
      fetch(base + 'api/v1/status', { credentials: 'include' }).then((a) => a.text(), () => 'nothing'),
      fetch(base + 'orders/1/answer', { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ text: 'yes' }) }).then((a) => a.text(), () => 'nothing'),
      new Promise((tell) => { const s = new EventSource(base + 'events?after=0', { withCredentials: true }); s.onopen = () => tell('open'); s.onerror = () => tell('nothing'); }),
    ]);`;
  const server = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(
        `<form method="post" action="${dash.address}orders/1/answer"><input name="text" value="yes"><button>Win</button></form><script>${script}</script>`,
      ),
  );
  const evil = await listen(server, 0);
  onTestFinished(evil.close);
  const browser = await openBrowser({ args: ['--host-resolver-rules=MAP evil.example 127.0.0.1'] });
  const page = await browser.newPage();
  await page.goto(dash.url);
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  const before = stateOfFiles(office);
  for (const origin of [`http://127.0.0.1:${evil.port}`, `http://evil.example:${evil.port}`]) {
    await page.goto(origin);
    const told = await page.evaluate('window.done');
    expect(told).toEqual(['nothing', expect.stringMatching(/^(?:nothing|)$/), 'nothing']);
    await page.getByRole('button', { name: 'Win' }).click();
    expect(await page.locator('body').textContent()).toContain('dash-origin');
  }
  const rebound = await page.goto(`http://evil.example:${port}/`);
  expect(rebound?.status()).toBe(421);
  expect(stateOfFiles(office)).toBe(before);
});

const harm = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`;

test('markup in an objective, question, report, transcript, name of a file or diff is shown as text and runs nowhere', async () => {
  needs('chromium');
  const name = '<img src=x onerror=harmed=1>.js';
  const steps = `
- say: ${JSON.stringify(`said ${harm}`)}
- write: ${JSON.stringify(`src/${name}`)}
  text: ${JSON.stringify(`diffed ${harm}\n`)}
- write: ${JSON.stringify(`${name}`)}
  text: ${JSON.stringify(`refused ${harm}\n`)}
- report: done
  text: ${JSON.stringify(`reported ${harm}`)}`;
  const office = await openOffice({
    sender: card(letter('coder/work', order(['src/**'], { objective: `ordered ${harm}` })), 'send: coder'),
    coder: card(steps, `description: ${JSON.stringify(`described ${harm}`)}\n${writes}`),
    asker: card(`- mail: operator/which\n  text: ${JSON.stringify(`asked ${harm}`)}`, `${writes}\nsend: operator`),
    checker: card('- shell: echo 3 > src/a.ts', `${writes}\nlimits: { attempts: 1 }`),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const bad = { objective: 'Checked.', accept: [`\`echo '${harm}'; exit 1\` ends well`, 'b', 'c'] };
  await office.write('inbox/sender/send.md', order(['src/**']));
  await office.write('inbox/asker/ask.md', order(['src/b.ts'], { objective: 'Asked.' }));
  await office.write('inbox/checker/check.md', order(['src/a.ts'], bad));
  await office.write('inbox/coder/<img src=x onerror=harmed=1>.md', 'no order\n');
  await office.work();
  const dash = await openDash(office);
  const page = await (await openBrowser()).newPage();
  const violated: string[] = [];
  page.on(
    'console',
    (message) => void (/Content.Security.Policy/i.test(message.text()) && violated.push(message.text())),
  );
  await page.goto(dash.url);
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  const ids = [...(await office.standings()).keys()];
  expect(ids).toHaveLength(4);
  let shown = '';
  for (const path of [
    '',
    ...ids.map((id) => `orders/${id}`),
    'roles',
    'roles/coder',
    'history?verify=yes',
    'costs?by=order',
    'signals',
    'health',
  ]) {
    await page.goto(`${dash.address}${path}`);
    shown += await page.locator('body').textContent();
    expect(`${path} ${await page.evaluate('"harmed" in window')}`).toBe(`${path} false`);
    expect(`${path} ${await page.locator('img, body script, [onerror]').count()}`).toBe(`${path} 0`);
  }
  expect(violated).toEqual([]);
  for (const word of ['said', 'diffed', 'refused', 'reported', 'ordered', 'described', 'asked'])
    expect(`${word} ${shown.includes(`${word} ${harm}`)}`).toBe(`${word} true`);
  expect(shown).toContain(`src/${name}`);
});
