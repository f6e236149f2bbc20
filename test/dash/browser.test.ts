// The dashboard in a browser, as a person uses it: read, answer, approve, watch.
import { writeFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser, openDash, type TestDash } from '../kit/dash.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

needs('chromium');

const writes = 'write: |\n  repos/*/src/**';
const asks = card('- mail: operator/which\n  text: Which value, 2 or 3?', `${writes}\nsend: operator`);
const works = card(
  '- shell: echo "2 // $FOURLINE_ID" > src/a.ts\n- report: done\n  text: The value is 2 now.',
  `${writes}\n`,
);

// One order asks a question, one waits for approval, and one waits for the order that asks.
async function openAskingOffice(): Promise<Office> {
  const office = await openOffice({
    asker: asks,
    coder: works,
    biller: card(
      '- shell: echo 3 > src/b.ts\n- report: done\n  text: It is three.',
      `${writes}\napprove: { first: 1 }`,
    ),
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n' });
  await office.write('inbox/asker/which-value.md', order(['src/c.ts'], { objective: 'The value is chosen.' }));
  await office.write('inbox/biller/three.md', order(['src/b.ts'], { objective: 'The bill says 3.' }));
  await office.work();
  await office.write(
    'inbox/coder/follows.md',
    order(['src/a.ts'], { objective: 'The value is used.', front: 'after: [which-value]' }),
  );
  return office;
}

async function openPage(browser: BrowserContext, dash: TestDash): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(dash.url);
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  return page;
}

test('without a script a person signs in by the token, reads every page, and answers', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await (await openBrowser({ script: false })).newPage();
  await page.goto(dash.address);
  await page.getByLabel('Token').fill(dash.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const first = page.locator('#needs > li').first();
  expect(await first.textContent()).toContain('Which value, 2 or 3?');
  expect(await first.textContent()).toContain('Blocks follows');
  for (const name of ['Roles', 'History', 'Costs', 'Signals', 'Health']) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(name);
  }
  await page.getByRole('link', { name: 'fourline' }).click();
  await page.getByRole('link', { name: 'The value is chosen.' }).click();
  expect(await page.locator('#asked').textContent()).toContain('halt-with-note');
  await page.getByLabel('Your answer').fill('Two, please.');
  await page.getByRole('button', { name: 'Answer' }).click();
  expect(await page.getByRole('status').first().textContent()).toContain('Your answer is written');
  const [form = ''] = (await office.list('inbox/operator')).filter((name) => name.endsWith('.question.md'));
  expect(await office.read(`inbox/operator/${form}`)).toContain('Answer: Two, please.');
});

test('a landing is approved by a click, and the open page shows it when it lands, without losing what is written', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  expect(page.url()).toBe(dash.address);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Approved. It lands').waitFor();
  expect(await office.list('inbox/operator')).toContain('0002-three.approval.md');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByLabel('Your answer').fill('I am not done wri');
  expect(await page.locator('#landed').textContent()).toBe('None');
  await office.work();
  await page.locator('#landed').getByText('The bill says 3.').waitFor();
  expect(await page.title()).toMatch(/^\(1\) Now/);
  expect(await page.getByLabel('Your answer').inputValue()).toBe('I am not done wri');
  expect(office.git('repos/shop', 'show', 'HEAD:src/b.ts')).toBe('3');
});

test('an order that is rejected with a reason goes back with it, and a new one is sent from its form', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  await page.getByText('Reject with a reason').click();
  await page.getByLabel('Why it is rejected').fill('It must be four.');
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('Rejected. It goes back').waitFor();
  expect(await office.read('inbox/operator/0002-three.approval.md')).toContain('Reason: It must be four.');
  await page.getByRole('link', { name: 'New order' }).click();
  await page.getByLabel('Role', { exact: true }).selectOption('coder');
  await page.getByLabel('Objective').fill('The value is 5.');
  await page.getByRole('button', { name: 'Send the order' }).click();
  expect(await page.getByRole('alert').textContent()).toContain('Acceptance has no bullet');
  expect(await page.getByLabel('Objective').inputValue()).toBe('The value is 5.');
  await page.getByLabel('Acceptance').fill('src/a.ts says 5\nnothing else changes\nthe file ends in a newline');
  await page.getByLabel('Files').fill('src/a.ts');
  await page.getByRole('button', { name: 'Send the order' }).click();
  await page.getByText('The order is delivered.').waitFor();
  expect(await office.list('inbox/coder')).toContain('0003-the-value-is-5.md');
});

test('an order is ordered again and ended from its page, also where nobody works', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  await page.getByRole('link', { name: 'The bill says 3.' }).click();
  await page.getByText('End this order').click();
  await page.getByRole('button', { name: 'End 0002-three' }).click();
  await page.getByText('It is ended.').waitFor();
  expect(await office.standing('three')).toMatchObject({ outcome: 'halted' });
  await page.getByText('Order it again').first().click();
  await page.getByLabel('What the role should know').fill('Now it fits.');
  await page.getByRole('button', { name: 'Order it again' }).click();
  await page.getByText('It is ordered again').waitFor();
  const [name = ''] = (await office.list('inbox/biller')).filter((one) => one.endsWith('-three.md'));
  expect(await office.read(`inbox/biller/${name}`)).toContain('Now it fits.');
});

test('by keyboard alone a person skips to the content and answers; every field and region has a name', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.querySelector("main").contains(document.activeElement)')).toBe(true);
  for (let count = 0; count < 30; count += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(`document.activeElement.matches('textarea[name=text]')`)) break;
  }
  await page.keyboard.type('Three.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Your answer is written').waitFor();
  const [form = ''] = (await office.list('inbox/operator')).filter((name) => name.endsWith('.question.md'));
  expect(await office.read(`inbox/operator/${form}`)).toContain('Answer: Three.');
  for (const path of ['', 'orders/2', 'orders/new', 'roles', 'history', 'costs', 'signals', 'health']) {
    await page.goto(`${dash.address}${path}`);
    for (const role of ['banner', 'main', 'contentinfo'] as const)
      expect(`${path} ${role} ${await page.getByRole(role).count()}`).toBe(`${path} ${role} 1`);
    const unnamed = await page.evaluate(
      `[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter((one) => one.labels.length !== 1).map((one) => one.outerHTML)`,
    );
    expect(unnamed).toEqual([]);
    expect(`${path} ${await page.locator('h1').count()}`).toBe(`${path} 1`);
  }
});

test('the transcript of a run grows on an open page', async () => {
  const office = await openOffice();
  const wait = (name: string): string => `- shell: while ! test -e '${office.root}/../${name}'; do sleep 0.1; done`;
  const steps = ['- say: The first word.', wait('go'), '- say: The second word.', wait('end')];
  await office.write('roles/coder.md', card(steps.join('\n'), writes));
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/talk.md', order(['src/a.ts']));
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  const worked = office.work();
  await page.locator('#working').getByText('The value is 2.').click();
  await page.locator('#transcript').getByText('The first word.').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await writeFile(`${office.root}/../go`, '');
  await page.locator('#transcript').getByText('The second word.').waitFor();
  await writeFile(`${office.root}/../end`, '');
  await worked;
});

test('a file that is dropped into an inbox is on the open page, while nobody works', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.locator('#waiting').textContent()).not.toContain('It is c.');
  await office.write('inbox/coder/dropped.md', order(['src/c.ts'], { objective: 'It is c.' }));
  await page.locator('#waiting').getByText('It is c.').waitFor();
  await office.write('inbox/coder/no-order.md', 'Please do it.\n');
  await page.locator('#needs').getByText('inbox/coder/no-order.md is not taken').waitFor();
});

test('what landed is undone from its page, which says first what that takes back', async () => {
  const office = await openAskingOffice();
  await office.fourline('cancel', 'which-value');
  await office.fourline('cancel', 'follows');
  await office.write('inbox/coder/value.md', order(['src/a.ts'], { objective: 'The value is used at last.' }));
  await office.work();
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toContain('2 //');
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  await page.getByRole('link', { name: 'Undo The value is used at last.' }).click();
  const form = page.locator('form[action$="/undo"]');
  await form.getByRole('button', { name: /^Undo \d+-value$/ }).waitFor();
  expect(await form.textContent()).toContain('1 file of shop on main');
  await form.getByRole('button').click();
  await page.getByText('It is undone. This is the undo').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Undo');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1');
  await page
    .locator('#asked')
    .getByRole('link', { name: /-value$/ })
    .click();
  expect(await page.locator('#asked').textContent()).toContain('Undone by');
  expect(await page.locator('form[action$="/undo"]').count()).toBe(0);
  await page.getByRole('link', { name: 'fourline' }).click();
  expect(await page.locator('#landed').textContent()).toMatch(/undone by \d+-undo-value/);
});

test('a role is paused and let go on from its page, and Now says what waits for it', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  await page.goto(`${dash.address}roles/coder`);
  await page.getByRole('button', { name: 'Pause coder' }).click();
  await page.getByText('It is paused.').waitFor();
  expect(await page.locator('#pause').textContent()).toContain('Paused since');
  await office.write('inbox/coder/more.md', order(['src/d.ts'], { objective: 'There is more.' }));
  await office.work();
  await page.goto(dash.address);
  expect(await page.locator('#waiting').textContent()).toContain('coder is paused');
  expect(await page.locator('#troubles').textContent()).toContain('coder is paused');
  await page.goto(`${dash.address}roles`);
  expect(await page.locator('tr', { hasText: 'coder' }).first().textContent()).toContain('paused');
  await page.goto(`${dash.address}roles/coder`);
  await page.getByRole('button', { name: 'Let coder work again' }).click();
  await page.getByText('It works again.').waitFor();
  expect((await office.fourline('status')).out).not.toContain('paused');
});

test('an edited card shows which powers it adds and takes before it is in force', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office);
  const page = await openPage(await openBrowser(), dash);
  const edit = page.locator('section', { hasText: 'An edit that is not in force' }).last();
  await page.goto(`${dash.address}roles/coder`);
  expect(await edit.count()).toBe(0);
  await office.write('roles/coder.md', (await office.read('roles/coder.md')).replace('src/**', 'src/b.ts'));
  await page.goto(`${dash.address}roles/coder`);
  expect(await edit.textContent()).toMatch(/It adds no file.*It takes 1 file.*repos\/shop\/src\/a\.ts/s);
  expect(await edit.locator('tr.add').textContent()).toContain('repos/*/src/b.ts');
  await office.write('roles/coder.md', '---\nagnt: claude\n---\nBroken.\n');
  await page.goto(`${dash.address}roles/coder`);
  expect(await edit.textContent()).toContain('It can’t be used as it is');
  await office.write('roles/coder.md', works.replace('src/**', '**'));
  await office.write('repos/shop/more.ts', '1\n');
  office.git('repos/shop', 'add', 'more.ts');
  office.git('repos/shop', 'commit', '-q', '-m', 'more');
  await page.goto(`${dash.address}roles/coder`);
  expect(await edit.textContent()).toMatch(/It adds 1 file.*repos\/shop\/more\.ts.*It takes no file/s);
  await office.work();
  await page.goto(`${dash.address}roles/coder`);
  expect(await edit.count()).toBe(0);
});

test('with --read-only there are no forms but those that ask, and light and dark fit a narrow screen', async () => {
  const office = await openAskingOffice();
  const dash = await openDash(office, { readOnly: true });
  const page = await openPage(await openBrowser(), dash);
  await page.setViewportSize({ width: 400, height: 800 });
  for (const path of [
    '',
    'orders/1',
    'orders/2',
    'roles?path=repos/shop/src/a.ts',
    'history',
    'costs',
    'signals',
    'health',
  ])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`${dash.address}${path}`);
      expect(`${path} ${await page.locator('form[method=post]').count()}`).toBe(`${path} 0`);
      const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect(`${path} ${wide}`).toBe(`${path} false`);
    }
});
