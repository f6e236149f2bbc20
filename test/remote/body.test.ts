import { expect, test } from 'vitest';
import { blotAddresses } from '../../src/platform/git/remote.ts';
import { pullBody, pullTitle } from '../../src/remote/body.ts';
import { numberIn, readPulls } from '../../src/remote/gh.ts';

const told = { id: '0001-a', role: 'coder', title: 'A', order: 'x', summary: '', allowed: [], refused: [], checks: [] };

// Lines of a text that stand in no fence.
function outside(text: string): string {
  let mark = '';
  return text
    .split('\n')
    .filter((line) => {
      const found = /^(`{3,})/.exec(line)?.[1] ?? '';
      if (mark === '' && found !== '') mark = found;
      else if (mark !== '' && line === mark) mark = '';
      else return mark === '';
      return false;
    })
    .join('\n');
}

test.each(['order', 'summary'] as const)('nothing of %s gets out of its fence', (field) => {
  for (const text of [
    '@team closes #1',
    '```\n@team closes #1\n```',
    '````\n@team\n````\ncloses #1',
    '`````text\n@team closes #1',
  ])
    expect(outside(pullBody({ ...told, [field]: text }))).not.toMatch(/@team|closes/);
});

test('paths, sentences and commands stand in fences, counted', () => {
  const refused = ['a', 'b'].map((path) => ({ path, sentence: '@team says no' }));
  const checks = [
    { command: 'true', status: 0 },
    { command: '@team', status: 1 },
  ];
  const body = pullBody({ ...told, allowed: ['@team'], refused, checks });
  expect(outside(body)).not.toContain('@team');
  expect(body).toContain('1 change allowed, 2 refused.');
  expect(body).toContain('2 changes refused: @team says no');
  expect(body).toContain('1 of 2 passed.');
});

test('a body is no longer than GitHub takes, and a title is one line', () => {
  const long = 'x'.repeat(100_000);
  const many = Array.from({ length: 5000 }, (_, at) => `${at} ${'y'.repeat(200)}`);
  const checks = many.map((command) => ({ command, status: 1 }));
  const body = pullBody({ ...told, order: long, summary: long, allowed: many, checks });
  expect(body.length).toBeLessThan(65_536);
  expect(pullTitle({ ...told, title: 'One\ntwo' })).toBe('One');
  expect(pullTitle({ ...told, title: '' })).toBe('0001-a');
});

test.each([
  ['[]', []],
  ['{"number":1,"url":"u","state":"MERGED"}', [{ number: 1, url: 'u', state: 'merged', commit: null }]],
  [
    '[{"number":1,"url":"u","state":"OPEN","headRefOid":"abc"}]',
    [{ number: 1, url: 'u', state: 'open', commit: 'abc' }],
  ],
  ['[{"number":1,"url":"u","state":"OPEN","isCrossRepository":true}]', []],
  ['[{"number":"1","url":"u","state":"OPEN"}]', null],
  ['[{"number":1,"url":"u","state":"DRAFT"}]', null],
  ['[null]', null],
  ['To get started', null],
])('gh’s %s is read', (text, pulls) => {
  expect(readPulls(text)).toEqual(pulls);
});

test('the number is in the address that is printed last', () => {
  expect(numberIn('https://github.com/dana/shop/pull/12\n')).toBe(12);
  expect(numberIn('Warning: 1 uncommitted change')).toBe(null);
});

test.each([
  ['fatal: unable to access https://dana:p@ss@example.com/x', 'fatal: unable to access https://…@example.com/x'],
  ['http://token@host:1/x and ssh://git@host/y', 'http://…@host:1/x and ssh://…@host/y'],
  ['git@github.com: Permission denied', 'git@github.com: Permission denied'],
])('%s says no credential', (text, blotted) => {
  expect(blotAddresses(text)).toBe(blotted);
});
