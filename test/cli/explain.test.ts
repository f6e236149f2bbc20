import { expect, test } from 'vitest';
import { explainCode, Fault } from '../../src/api.ts';
import { codesOfSource, reasonsOfSource, waitsOfSource } from '../docs/codes.ts';
import { openOffice } from '../kit/office.ts';

test('each code, each reason of the gate and each thing to wait for is explained', () => {
  const codes = [...codesOfSource().keys()].filter((code) => !code.endsWith('*'));
  for (const name of [...codes, ...reasonsOfSource(), ...waitsOfSource()])
    for (const one of explainCode(name))
      expect([one.means.length > 5, one.do.length > 2, one.code]).toEqual([true, true, name]);
});

test('a code is explained as it stands in a message; a misspelt one is named with what it may mean', async () => {
  const office = await openOffice();
  expect((await office.fourline('explain', 'error[order-empty]')).out).toBe(
    'order-empty  (code of a message: The text)\n  means  the file is empty\n  do     write the four lines\n',
  );
  const wrong = await office.fourline('explain', 'oder-empty');
  expect([wrong.code, wrong.out]).toEqual([2, '']);
  expect(wrong.err).toContain('did you mean order-empty?');
  const [own] = JSON.parse((await office.fourline('explain', 'usage', '--json')).out);
  expect(own).toMatchObject({ code: 'usage', kind: 'message' });
  expect(() => explainCode('proof')).toThrow(Fault);
});
