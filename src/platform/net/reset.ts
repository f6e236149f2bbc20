// Why: agent CLIs say in words when a usage limit resets; work waits until then.
// Promises: pure. The forms below are those of Claude Code, Codex, opencode, the Gemini CLI and their servers, as their
// users quote them. Words without a time give null.
// Never: asks a clock; the caller says what time it is.

const units: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const epoch = /(?:limit reached\||resets?[_-]?at\W{1,4})(\d{10})(?:\d{3})?\b/i;
const seconds =
  /(?:resets?[_-]in[_-]seconds|reset-after-seconds|retry[_-]after(?:[_-]seconds)?|retryDelay)\W{1,5}(\d{1,8})/i;
const span =
  /(?:(?:try again|resets?|retry|retrying|available)\s+(?:again\s+)?(?:in|after))\s+~?((?:\d+(?:\.\d+)?\s*[a-z]+[,\s]*(?:and\s+)?){1,6})/i;
const clock =
  /(?:resets?|try again)\s+(?:at\s+|on\s+)?(?:([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?(?:,|\s+at)?\s+)?(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?\s*(?:\(([\w/+-]{1,40})\)|(?:UTC|GMT)([+-]\d{1,2})?)?/i;

/**
 * When a limit resets, by the words it was told in; null where they don't say, or say a time that is over. `now` is the
 * time of the words.
 */
export function resetIn(words: string, now: Date): Date | null {
  const after = (count: number): Date => new Date(now.getTime() + count * 1000);
  const at = epoch.exec(words)?.[1];
  if (at !== undefined) return later(new Date(Number(at) * 1000), now);
  const count = seconds.exec(words)?.[1];
  if (count !== undefined) return after(Number(count));
  const spoken = span.exec(words)?.[1];
  const length = spoken === undefined ? 0 : lengthOf(spoken);
  if (length > 0) return after(length);
  const found = clock.exec(words);
  return found === null ? null : later(resetTime(found, now), now);
}

function later(time: Date | null, now: Date): Date | null {
  return time !== null && time.getTime() > now.getTime() ? time : null;
}

// `5 days 22 hours 11 minutes`, `1h23m45s`.
function lengthOf(text: string): number {
  let sum = 0;
  for (const [, count = '', word = ''] of text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g))
    sum += Number(count) * (units[word === 'ms' ? word : word.charAt(0)] ?? 0);
  return sum;
}

// A time of day in a zone: that of the words, else this machine's, whose zone an agent is given. Without a date the
// next one.
function resetTime(found: RegExpExecArray, now: Date): Date | null {
  const [, month = '', day = '', year = '', hour = '', minute = '0', half = '', zone = '', offset] = found;
  if (half === '' && found[5] === undefined) return null;
  const hours = half === '' ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const universal = zone === '' && /(?:UTC|GMT)(?:[+-]\d{1,2})?$/i.test(found[0]);
  const shift = (time: Date): number =>
    universal ? Number(offset ?? 0) * 3_600_000 : zoneShift(zone === '' ? undefined : zone, time);
  const today = new Date(now.getTime() + shift(now));
  const index = month === '' ? today.getUTCMonth() : months.indexOf(month.toLowerCase());
  if (index < 0) return null;
  const date = month === '' ? today.getUTCDate() : Number(day);
  const local = Date.UTC(year === '' ? today.getUTCFullYear() : Number(year), index, date, hours, Number(minute));
  const time = new Date(local - shift(new Date(local)));
  // A time of day that passed over an hour ago means tomorrow. A time that has just passed means a reset that is about
  // to come.
  const over = now.getTime() - time.getTime();
  return month === '' && over > 3_600_000 ? new Date(time.getTime() + 86_400_000) : time;
}

// How far a zone's wall clock is ahead of UTC at a time, in milliseconds.
function zoneShift(zone: string | undefined, time: Date): number {
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      ...(zone === undefined ? {} : { timeZone: zone }),
      hourCycle: 'h23',
      ...({ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const),
    }).formatToParts(time);
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
    return wall - Math.floor(time.getTime() / 60_000) * 60_000;
  } catch {
    return 0;
  }
}
