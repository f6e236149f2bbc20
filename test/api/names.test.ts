import { readdir, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openFourline } from '../../src/api.ts';
import { card, openOffice, order } from '../kit/office.ts';

const done = '- report: done\n  text: Done.';

test('names are those of a look: open orders, files that nobody took yet, and the last that settled', async () => {
  const office = await openOffice({ coder: card(done), asker: card('- ask: Which colour?') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts'], { objective: 'The first is done.' }));
  await office.work();
  await office.write('inbox/asker/0002-second.md', order(['src/a.ts'], { objective: 'The second asks.' }));
  await office.work();
  await office.write('inbox/coder/third.md', order(['src/a.ts'], { objective: 'The third waits: "x" is 2.' }));
  await office.write('inbox/coder/bad.md', 'no order');
  for (const name of ['.hidden', 'third.md~', 'third.md.tmp']) await office.write(`inbox/coder/${name}`, '');
  const fourline = await openFourline(office.root, { env: office.env });
  const rows = (await fourline.look({ ended: 20 })).orders.map(({ id, title }) => `${id} ${title}`);
  const named = (await fourline.names('orders')).map(({ name, about }) => `${name} ${about}`);
  expect(named.sort()).toEqual(rows.sort());
  expect(named).toContain('third The third waits: "x" is 2.');
  expect(named).toContain('0001-first The first is done.');
});

test('names change nothing in a workspace, and say how orders ended', async () => {
  const office = await openOffice({ coder: card(done), asker: card('- ask: Which colour?') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts']));
  await office.write('inbox/asker/0002-second.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/third.md', order(['src/a.ts']));
  await rm(`${office.root}/state/git`, { recursive: true });
  const files = () => readdir(office.root, { recursive: true });
  const before = await files();
  const fourline = await openFourline(office.root, { env: office.env });
  const roles = await fourline.names('roles');
  const named = Object.fromEntries((await fourline.names('orders')).map(({ name, outcome }) => [name, outcome]));
  expect(await files()).toEqual(before);
  expect(roles.map(({ outcome }) => outcome)).toEqual([null, null]);
  expect(named).toEqual({ '0001-first': 'done', '0002-second': null, third: null });
});

test('roles have the descriptions of their cards, in whatever form YAML has them', async () => {
  const forms = {
    plain: 'description: Writes the shop.  # a remark',
    quoted: 'description: "Says \\"no\\"."',
    block: 'description: >\n  Reads the\n  shop.',
    long: 'description: Begins here\n  and ends there.',
    number: 'description: "7"',
    colon: "description: 'Two: parts'",
  };
  const cards = Object.entries(forms).map(([name, line]) => [name, card(done, line)] as const);
  const office = await openOffice({ none: card(done), ...Object.fromEntries(cards) });
  await office.write('roles/broken.md', '---\nwirte: [\n');
  await office.write('roles/README.md', 'No card.');
  const fourline = await openFourline(office.root, { env: office.env });
  const told = (await fourline.roles()).map(({ name, description }) => ({ name, about: description.trimEnd() }));
  const named = (await fourline.names('roles')).map(({ name, about }) => ({ name, about: about.trimEnd() }));
  expect(named).toEqual(told);
  expect(named).toContainEqual({ name: 'plain', about: 'Writes the shop.' });
});
