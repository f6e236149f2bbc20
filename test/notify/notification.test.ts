import { expect, test } from 'vitest';
import { bodyOf } from '../../src/notify/body.ts';
import { addWaiting, type Notification, plainLine, type Queued } from '../../src/notify/notification.ts';

const plain: Notification = {
  version: 1,
  id: '1-landed',
  event: 'landed',
  kind: 'commit',
  time: '2026-03-04T10:20:30.000Z',
  workspace: '/w',
  order: '0001-a',
  role: 'coder',
  title: 'x',
  sentence: 'it landed',
  command: 'fourline show 0001',
  blocks: [],
  leftOut: 0,
};

test('what waits stays in order; over the bound the oldest become one that counts them', () => {
  let waiting: readonly Queued[] = [];
  for (let line = 1; line <= 10; line += 1)
    waiting = addWaiting(waiting, { line, notification: { ...plain, id: `${line}` } }, 4);
  expect(waiting.map((one) => one.line)).toEqual([7, 8, 9, 10]);
  expect(waiting.map(({ notification }) => notification.event)).toEqual(['left-out', 'landed', 'landed', 'landed']);
  expect(waiting[0]?.notification).toMatchObject({
    leftOut: 7,
    sentence: '7 events were left out: more happened than could be told',
    order: null,
  });
});

test('a text of an agent becomes one bounded line without control characters', () => {
  expect(plainLine('a\r\n  b\u001b]0;x\u0007\u202e')).toBe('a b\\u{1b}]0;x\\u{7}\\u{202e}');
  expect(plainLine('x'.repeat(400))).toHaveLength(300);
});

test('each form of a webhook holds words as data', () => {
  const told = { ...plain, sentence: 'a <!channel> & <https://x|y>' };
  expect(JSON.parse(bodyOf(told, 'event').text)).toEqual(told);
  expect(JSON.parse(bodyOf(told, 'slack').text)).toEqual({
    text: '*landed* a &lt;!channel&gt; &amp; &lt;https://x|y&gt;\n→ fourline show 0001',
  });
  expect(bodyOf(told, 'text')).toMatchObject({
    headers: { title: 'fourline: landed' },
    text: 'a <!channel> & <https://x|y>\n→ fourline show 0001',
  });
});
