import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crashPoints } from '../../src/platform/files/crash.ts';
import { start } from '../kit/crash.ts';
import { someOf } from '../kit/dice.ts';
import { card, openOffice, order } from '../kit/office.ts';

const acts = '- shell: echo 2 > src/a.ts; mkdir -p ../../state; echo 1 > ../../state/n.json';
const passed = crashPoints.filter((name) =>
  /^(?:undo\.|settle\.|land\.(?:decided|taken|intended|copied|moved|files|followed|recorded)|deliver\.(?:prepared|state|stated))/.test(
    name,
  ),
);

test.each(someOf(passed, 8))('an undo command that dies at %s is finished by the next start', async (point) => {
  const office = await openOffice({ coder: card(acts, 'write: |\n  repos/*/src/**\n  state/*.json') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts', 'state/n.json']));
  await office.work();
  office.env['FOURLINE_CRASH'] = point;
  expect((await office.fourline('undo', '1')).code).toBe(-1);
  delete office.env['FOURLINE_CRASH'];
  const next = await start(office);
  expect(next).toMatchObject({ signal: null, code: 0 });
  expect(next.said).not.toMatch(/could not be|fault/);
  expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
  expect(existsSync(`${office.root}/state/n.json`)).toBe(false);
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('operator\ncoder\ndana');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(await office.standing('undo-x')).toMatchObject({ outcome: 'done', position: 'settled' });
  expect(await office.list('state/requests')).toEqual([]);
  expect(await office.list('state/active')).toEqual([]);
  const audit = await office.fourline('audit', '--verify');
  expect({ code: audit.code, out: audit.out }).toMatchObject({ code: 0 });
});
