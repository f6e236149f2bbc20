import { expect, test } from 'vitest';
import { card, openOffice } from '../kit/office.ts';

const cases: [string, string[], number, object][] = [
  [
    'an unknown order',
    ['show', 'nothing'],
    2,
    { code: 'order-unknown', message: "there is no order 'nothing'", where: null, hint: /fourline status/ },
  ],
  ['an unknown role', ['audit', 'codr'], 2, { code: 'role-unknown', hint: 'the roles are coder' }],
  [
    'an unknown command',
    ['staus'],
    2,
    { code: 'usage', message: "unknown command 'staus'", where: null, hint: /Did you mean status[\s\S]*--help/ },
  ],
  ['an unknown option', ['status', '--all'], 2, { code: 'usage', message: "unknown option '--all'" }],
  ['an argument too few', ['show'], 2, { code: 'usage', message: "missing required argument 'order'" }],
  ['an argument that is no number', ['log', '-n', 'x'], 2, { code: 'usage', message: /a whole number/ }],
  ['no command', [], 2, { code: 'usage', message: 'there is no command' }],
];

test.each(cases)('with --json %s is answered on standard output', async (_, args, code, error) => {
  const office = await openOffice({ coder: card('- say: hello') });
  const wanted = Object.fromEntries(
    Object.entries(error).map(([key, value]) => [key, value instanceof RegExp ? expect.stringMatching(value) : value]),
  );
  for (const all of [
    [...args, '--json'],
    ['--json', ...args],
  ]) {
    const ended = await office.fourline(...all);
    expect({ code: ended.code, err: ended.err }).toEqual({ code, err: '' });
    const answer = JSON.parse(ended.out);
    expect(Object.keys(answer)).toEqual(['error']);
    expect(Object.keys(answer.error)).toEqual(['code', 'message', 'where', 'hint']);
    expect(answer.error).toMatchObject(wanted);
  }
});

test('without --json standard output stays empty', async () => {
  const office = await openOffice({ coder: card('- say: hello') });
  const ended = await office.fourline('staus');
  expect(ended).toMatchObject({ code: 2, out: '' });
  expect(ended.err).toContain("error: unknown command 'staus'");
});
