// Why: a person writes when something is to happen as cron does (`0 6 * * 1-5`). croner lives here alone.
// Promises: pure; the five fields of cron, or a name such as @daily, by the clock of this machine's time zone. As with
// cron, times of day come once where their hour comes twice, and behind an hour that is left out.
// Never: waits, or calls anybody.
import { Cron } from 'croner';
import { isReason, messageOf, type Reason } from './fault.ts';

/** The next minute after `after` that a pattern names; null where none comes. Gives a text where it is no pattern. */
export function nextDue(pattern: string, after: Date): Date | null | Reason {
  try {
    // Without the rule only a single time of day is one, and `0 2,14 * * *` comes three times on one day of the year.
    return new Cron(pattern, { mode: '5-part', paused: true, fixedTimeRule: 'no-wildcard' }).nextRun(after);
  } catch (error) {
    return messageOf(error).replace(/^\w+: /, '');
  }
}

/** Says why a text is no time that comes; null when it is one. */
export function cronFlaw(pattern: string, after: Date): string | null {
  const due = nextDue(pattern, after);
  if (due === null) return 'that day never comes';
  return isReason(due) ? due : null;
}
