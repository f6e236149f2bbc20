// When a usage limit resets, in the words of the agent CLIs.
import { expect, test } from 'vitest';
import { resetIn } from '../../../src/platform/net/reset.ts';

const now = new Date('2026-07-05T12:00:00Z');

test.each([
  ['Claude AI usage limit reached|1783256400', '2026-07-05T13:00:00Z'],
  ["You've hit your limit · resets 8pm (UTC)", '2026-07-05T20:00:00Z'],
  ["You've hit your session limit · resets 12:50am (America/Los_Angeles)", '2026-07-06T07:50:00Z'],
  ["You're out of extra usage · resets 5pm (Europe/Berlin)", '2026-07-05T15:00:00Z'],
  ["You've hit your weekly limit · resets Jul 9 at 5pm (Asia/Dhaka)", '2026-07-09T11:00:00Z'],
  ['{"rate_limit_info":{"status":"rejected","resetsAt":1783256400}}', '2026-07-05T13:00:00Z'],
  ["You've hit your usage limit. Upgrade to Pro, or try again in 5 days 22 hours 11 minutes.", '2026-07-11T10:11:00Z'],
  ["You've hit your usage limit, or try again at Jul 6th, 2026 8:19 PM (UTC).", '2026-07-06T20:19:00Z'],
  ['{"type":"usage_limit_reached","resets_at":1783256400,"resets_in_seconds":3600}', '2026-07-05T13:00:00Z'],
  ['{"type":"usage_limit_reached","resets_in_seconds":600}', '2026-07-05T12:10:00Z'],
  ['You have exhausted your capacity on this model. Your quota will reset after 1h23m45s.', '2026-07-05T13:23:45Z'],
  ['Usage limit reached for gemini-3-flash. Access resets at 10:57 PM GMT-3.', '2026-07-06T01:57:00Z'],
  ['Please retry in 54.5s.', '2026-07-05T12:00:54.500Z'],
  ['"retryDelay": "34s"', '2026-07-05T12:00:34Z'],
  ['Free usage exceeded, subscribe to Go. retrying in 6h16m - attempt #1', '2026-07-05T18:16:00Z'],
  ['Too Many Requests: quota exceeded [retrying in ~1 week attempt #1]', '2026-07-12T12:00:00Z'],
  ['429 with retry-after: 120', '2026-07-05T12:02:00Z'],
])('%s', (words, time) => {
  expect(resetIn(words, now)?.toISOString()).toBe(new Date(time).toISOString());
});

test.each([
  'Claude AI usage limit reached|1683256400',
  "You've hit your limit · resets 11:30am (UTC)",
  'You have exhausted your daily quota on this model.',
  'Credit balance is too low',
  'try again later',
  'resets 3 settings',
])('says no time to come: %s', (words) => {
  expect(resetIn(words, now)).toBe(null);
});

test('a time without a zone is the time of this machine', () => {
  const time = resetIn("You've hit your usage limit, try again at 3:45 PM.", now);
  expect([time?.getHours(), time?.getMinutes()]).toEqual([15, 45]);
});
