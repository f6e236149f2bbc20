import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cronFlaw, nextDue } from '../../../src/platform/text/cron.ts';

// The times of a day in Berlin, as a process whose time zone that is counts them: local time with its offset. A look at
// the calendar comes each minute, as a daemon's does.
function timesOn(day: string, pattern: string): string[] {
  const program = `
    import { nextDue } from ${JSON.stringify(new URL('../../../src/platform/text/cron.ts', import.meta.url).href)};
    const [from, to] = [new Date('${day}T00:00'), new Date('${day}T24:00')];
    const found = new Set();
    for (let at = from.getTime() - 1; at < to.getTime(); at += 60_000) {
      const due = nextDue(${JSON.stringify(pattern)}, new Date(at));
      if (due < to) found.add(due.getTime());
    }
    for (const due of found) console.log(new Date(due).toString().slice(16, 21) + new Date(due).toString().slice(28, 31));
  `;
  const env = { ...process.env, TZ: 'Europe/Berlin' };
  const argv = ['--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

// 2026-10-25: at 03:00 it is 02:00 again. 2026-03-29: behind 01:59 comes 03:00.
const [autumn, spring, usual] = ['2026-10-25', '2026-03-29', '2026-06-10'];

test('a time of day comes once on each day, also where its hour comes twice or not at all', () => {
  expect(timesOn(usual, '30 2 * * *')).toEqual(['02:30+02']);
  expect(timesOn(autumn, '30 2 * * *')).toEqual(['02:30+02']);
  expect(timesOn(spring, '30 2 * * *')).toEqual(['03:00+02']);
  expect(timesOn(autumn, '@daily')).toEqual(['00:00+02']);
  expect(timesOn(autumn, '0 3 * * *')).toEqual(['03:00+01']);
});

test('each of several times of day comes once; two that fall on the same minute are one', () => {
  expect(timesOn(autumn, '0 2,14 * * *')).toEqual(['02:00+02', '14:00+01']);
  expect(timesOn(spring, '0 2,14 * * *')).toEqual(['03:00+02', '14:00+02']);
  expect(timesOn(autumn, '15,45 2 * * *')).toEqual(['02:15+02', '02:45+02']);
  expect(timesOn(spring, '15,45 2 * * *')).toEqual(['03:00+02']);
  expect(timesOn(spring, '30 2-3 * * *')).toEqual(['03:00+02', '03:30+02']);
});

test('what comes every few minutes or every hour goes on through an hour that comes twice', () => {
  const quarters = timesOn(autumn, '*/15 * * * *');
  expect([quarters.length, new Set(quarters).size]).toEqual([100, 100]);
  expect(quarters.slice(8, 17).join(' ')).toBe(
    '02:00+02 02:15+02 02:30+02 02:45+02 02:00+01 02:15+01 02:30+01 02:45+01 03:00+01',
  );
  expect(timesOn(spring, '*/15 * * * *')).toHaveLength(92);
  expect(timesOn(autumn, '0 * * * *')).toHaveLength(25);
  expect(timesOn(spring, '0 * * * *')).toHaveLength(23);
});

test('a pattern that is none, or whose day never comes, says so', () => {
  const day = new Date('2026-01-01T00:00:00Z');
  expect(cronFlaw('0 6 * * 1-5', day)).toBeNull();
  expect(cronFlaw('0 0 30 2 *', day)).toBe('that day never comes');
  expect(cronFlaw('* * * * * *', day)).not.toBeNull();
  expect(nextDue('60 * * * *', day)).toEqual(expect.any(String));
});
