// The gates of flows on the dashboard: seen among what needs a person, and passed there.
import { expect, test } from 'vitest';
import { askRaw, formHeaders, openBrowser, openDash, signedIn } from '../kit/dash.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

needs('chromium');

const lines = (goal: string): string => order(['src/**'], { objective: goal });
const flow = `---
takes: goal
---
## look
to: scout

${lines('{goal}')}
## agree
to: operator
after: look

Is **this** <i>right</i>?

## build
to: scout
after: agree

${lines('It is built.')}`;

async function openGate(): Promise<Office> {
  const office = await openOffice({ scout: card('- report: done\n  text: "Read, <b>all</b> of it."') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': 'a\n' });
  await office.write('flows/small.md', flow);
  await office.fourline('flow', 'run', 'small', 'goal=It is known.');
  await office.fourline('start', '--once');
  return office;
}

test('a gate stands among what needs you, with what was handed over, and is passed with words', async () => {
  const office = await openGate();
  expect((await office.fourline('statusline')).out).toContain('1 waits for you');
  const dash = await openDash(office);
  const page = await (await openBrowser()).newPage();
  await page.goto(dash.url);
  const gate = page.locator('#needs > li').first();
  await gate.waitFor();
  expect(await page.title()).toMatch(/^\(1\) Now/);
  expect(await gate.textContent()).toContain('May small-1 go on behind agree?');
  expect(await gate.textContent()).toContain('Is **this** <i>right</i>?');
  expect(await gate.textContent()).toContain('Blocks build');
  await gate.getByText('What the steps before it hand over').click();
  expect(await gate.locator('pre').textContent()).toContain('Read, <b>all</b> of it.');
  await gate.getByLabel('Your words for the next step').fill('Keep it small.');
  await gate.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Approved. The run goes on.').waitFor();
  expect(await page.locator('#needs').textContent()).toContain('Nothing waits for you.');
  expect(await office.list('inbox/scout')).toEqual(['0002-small-1-build.md']);
  expect(await office.read('state/handed/small-1/agree.md')).toContain('> Keep it small.');
});

test('a gate is rejected with a reason by a program, and a wrong word is refused', async () => {
  const office = await openGate();
  const dash = await openDash(office);
  const cookie = await signedIn(dash);
  const gates = await askRaw(dash.authority, '/api/v1/gates', { headers: { cookie } });
  expect(JSON.parse(gates.body)).toMatchObject([{ run: 'small-1', step: 'agree', blocks: ['build'], why: '' }]);
  const json = { cookie, origin: `http://${dash.authority}`, 'content-type': 'application/json' };
  const say = (run: string, body: object) =>
    askRaw(dash.authority, `/api/v1/flows/${run}/reject`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(body),
    });
  expect((await say('small-1', { text: 'no', step: 'built' })).body).toContain("no gate 'built' of small-1 waits");
  expect((await say('small-9', { text: 'no' })).body).toContain('"flow-unknown"');
  expect((await say('small-1', { text: 'too wide' })).status).toBe(200);
  expect(await office.list('inbox/scout')).toEqual(['0002-small-1-look.md']);
  expect(await office.read('inbox/scout/0002-small-1-look.md')).toContain('reason: "too wide"');
  const form = await askRaw(dash.authority, '/flows/small-1/approve', {
    ...{ method: 'POST', headers: formHeaders(dash, cookie), body: 'step=agree' },
  });
  expect([form.status, form.body]).toEqual([422, expect.stringContaining('no gate')]);
});
