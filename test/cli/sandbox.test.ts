// Where no sandbox stands, that is the first thing that is said.
import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, openOffice } from '../kit/office.ts';

const first = /^NO SANDBOX: bubblewrap cannot open a sandbox here: .*\nAgents run as you: .*\n/;

test('start and demo say in their first lines that no sandbox stands', async () => {
  const office = await openOffice({ coder: card('- exit: 0') });
  // A bubblewrap that does not work, before the one that does.
  await office.write('../bin/bwrap', '#!/bin/sh\nexit 1\n');
  await chmod(`${office.root}/../bin/bwrap`, 0o755);
  office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
  expect((await office.fourline('start', '--once')).err).toMatch(first);
  const demo = await office.fourline('demo');
  expect(demo.code).toBe(0);
  expect(demo.out).toMatch(first);
});

test('sandbox: off is said in the same words', async () => {
  const office = await openOffice({ coder: card('- exit: 0') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  expect((await office.fourline('start', '--once')).err).toMatch(/^NO SANDBOX: fourline\.yaml says sandbox: off\n/);
});
