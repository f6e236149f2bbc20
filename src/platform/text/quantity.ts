// Why: each level of a plan tells it again, and loses numbers: "80 weapons with stats" becomes "implement weapons". We
// find each number with its noun in the text, so that people see its loss.
// Promises: pure; text that only looks like a quantity doesn't count: dates, versions, ids, ordinals, line numbers,
// ports, paths, text in backticks.
// Never: understands a sentence; "no more than" and "at least" are not told apart.

/** A number with what it counts. `noun` is lower case and singular, `text` as it was written. */
export type Quantity = {
  readonly number: number;
  readonly noun: string;
  readonly text: string;
  /** True for what is measured, not counted. */
  readonly unit: boolean;
};

const small = 'zero - two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'
  .concat(' seventeen eighteen nineteen twenty')
  .split(' ');
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const powers = new Map([
  ['dozen', 12],
  ['hundred', 100],
  ['thousand', 1000],
  ['million', 1_000_000],
]);

// Each form of a unit with its one name.
const quantityUnits = new Map(
  [
    ['%', 'percent', 'per-cent'],
    ['ms', 'millisecond', 'milliseconds', 'msec'],
    ['s', 'sec', 'secs', 'second', 'seconds'],
    ['min', 'mins', 'minute', 'minutes'],
    ['h', 'hr', 'hrs', 'hour', 'hours'],
    ['kb', 'kib', 'kilobyte', 'kilobytes'],
    ['mb', 'mib', 'megabyte', 'megabytes'],
    ['gb', 'gib', 'gigabyte', 'gigabytes'],
    ['px', 'pixel', 'pixels'],
    ['fps'],
    ['hz'],
    ['mm'],
    ['cm'],
    ['km'],
    ['kg'],
    ['°c'],
    ['°'],
    ['€', 'eur', 'euro', 'euros'],
    ['$', 'usd', 'dollar', 'dollars'],
  ].flatMap((forms) => forms.map((form) => [form, forms[0] ?? form] as const)),
);

const irregular = new Map([
  ['people', 'person'],
  ['children', 'child'],
  ['men', 'man'],
  ['women', 'woman'],
  ['feet', 'foot'],
  ['mice', 'mouse'],
  ['indices', 'index'],
  ['vertices', 'vertex'],
  ['matrices', 'matrix'],
  ['criteria', 'criterion'],
]);

// Words whose number is a name and not a count.
const labels = new Set(
  'version versions v line lines port ports issue issues pr ticket step section chapter page figure table phase release node python java php go rfc sha http https utf iso status code exit error attempt no nr number id option bug commit es'.split(
    ' ',
  ),
);
const quantityMonths = new Set(
  'january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);
const yearWords = new Set(['in', 'since', 'until', 'by', 'from', 'year', 'of', ...quantityMonths]);
const stops = new Set(
  'a about above after all also an and any are as at be been before below between but by can could did do does each either else every exactly for from had has have he if in into is it its least less like may means might more most must neither nor not now of off on once only onto or out over own per shall she should since so than that the their them then there these they this those through to too under until up upon was we were what when where whether which while who will with within without would yet you your'.split(
    ' ',
  ),
);

/** All quantities of a text, each once. */
export function findQuantities(text: string): Quantity[] {
  const words = wordsOf(text);
  const out = new Map<string, Quantity>();
  // Where the last number that was a name ended: "lines 3 and 4".
  let named = -1;
  for (let at = 0; at < words.length; at += 1) {
    const read = readNumber(words, at);
    if (read === null) continue;
    const before = at > 0 && words[at - 1]?.ends === false ? plain(words[at - 1]?.text ?? '') : '';
    const further = named === at - 1 && ['and', 'or', 'to'].includes(before);
    if (further || isName(before, read, words[at]?.text ?? '')) named = read.end;
    const noun = named === read.end ? null : (nounBehind(words, read) ?? nounBefore(words, at));
    if (noun !== null) {
      const said = words.slice(noun.from ?? at, noun.from === undefined ? noun.end : read.end);
      const text = said.map((one) => `${one.text}${one.names ? ':' : ''}`).join(' ');
      const quantity = { number: read.number, noun: noun.noun, unit: noun.unit, text };
      out.set(`${quantity.number} ${quantity.noun}`, out.get(`${quantity.number} ${quantity.noun}`) ?? quantity);
    }
    at = Math.max(at, read.end - 1);
  }
  return [...out.values()];
}

/**
 * The quantities that none of several texts carries on. A text carries one by the same number with the same noun;
 * several do together by numbers that reach it, where it counts something.
 */
export function missingIn(wanted: readonly Quantity[], texts: readonly (readonly Quantity[])[]): Quantity[] {
  return wanted.filter(({ number, noun, unit }) => {
    const said = texts.map((text) => text.filter((one) => one.noun === noun).map((one) => one.number));
    if (said.some((numbers) => numbers.includes(number))) return false;
    return unit || said.reduce((sum, numbers) => sum + Math.max(0, ...numbers), 0) < number;
  });
}

// `ends` says that a clause ends behind the word; `names` that a value follows: "weapons: 80".
type QuantityWord = { readonly text: string; readonly ends: boolean; readonly names: boolean };

function wordsOf(text: string): QuantityWord[] {
  const prose = text
    .replace(/^(```|~~~)[\s\S]*?(?:^\1.*$|$(?![\s\S]))/gm, ' ; ')
    .replace(/`[^`]*`/g, ' ; ')
    .replace(/https?:\/\/\S+/g, ' ; ')
    .replace(/^[ \t]*#+[ \t]*(?:\d+(?:\.\d+)*(?:\.[ \t]+|[ \t]+(?=\p{Lu}))|\d+(?:\.\d+)+[ \t]+)?/gmu, ' ; ')
    .replace(/^[ \t]*(?:[-*+>]|\d+[.)])[ \t]+/gm, ' ; ')
    .replace(/\n[ \t]*\n/g, ' ; ')
    .replace(/[|[\](){}"“”]/g, ' ; ')
    .replace(/[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}/g, (mark, at: number, all: string) =>
      /\d_\d/.test(all.slice(at - 1, at + mark.length + 1)) ? mark : '',
    )
    .replace(/(\d)[ \u00a0\u202f]?%/g, '$1 %')
    .replace(/([$€])[ \u00a0]?(\d[\d.,]*\d|\d)/g, '$2 $1');
  return prose.split(/[\s\u00a0]+/).flatMap((raw) => {
    // No word of anybody's; and no expression below is slow on what is short.
    if (raw.length > 80) return [{ text: '', ends: true, names: false }];
    const word = raw.replace(/[.,;:!?]+$/, '');
    const tail = raw.slice(word.length);
    if (word === '') return tail === '' ? [] : [{ text: '', ends: true, names: tail === ':' }];
    // A comma parts adjectives as well; behind a number it ends what it counts.
    return [{ text: word, ends: tail !== '' && (tail !== ',' || /\d/.test(word)), names: tail === ':' }];
  });
}

function plain(word: string): string {
  return word.toLowerCase().replace(/^['’]+|['’]+$/g, '');
}

type NumberRead = { readonly number: number; readonly end: number; readonly unit: string | null };

function readNumber(words: readonly QuantityWord[], at: number): NumberRead | null {
  const word = plain(words[at]?.text ?? '');
  const digits = /^[~≥≤<>=+]*(?:\d[\d.,]*(?:-|–|\.\.))?(\d{1,3}(?:[,_]\d{3})+|\d+)(\.\d+)?([a-z%°€$]*)\+?$/.exec(word);
  if (digits !== null) {
    if (/\d-0\d|^0\d{3}/.test(word)) return null;
    const [, whole = '', fraction = '', suffix = ''] = digits;
    const value = Number(whole.replace(/[,_]/g, '') + fraction);
    if (suffix === 'k' || suffix === 'm')
      return { number: value * (suffix === 'k' ? 1000 : 1e6), end: at + 1, unit: null };
    const unit = quantityUnits.get(suffix) ?? null;
    if (suffix !== '' && unit === null) return null;
    const power = words[at]?.ends === false ? powers.get(plain(words[at + 1]?.text ?? '')) : undefined;
    return power === undefined
      ? { number: value, end: at + 1, unit }
      : { number: value * power, end: at + 2, unit: null };
  }
  return readWords(words, at);
}

// "two hundred", "twenty-five", "three thousand five hundred". `one` alone is hardly ever meant as a number.
function readWords(words: readonly QuantityWord[], at: number): NumberRead | null {
  let [sum, part, end] = [0, 0, at];
  for (; end < words.length; end += 1) {
    const word = plain(words[end]?.text ?? '');
    const value = numeralOf(word);
    const power = powers.get(word.replace(/s$/, '')) === undefined ? undefined : powers.get(word);
    if (value === null && power === undefined) break;
    if (power === undefined) part += value ?? 0;
    else if (power > 100) {
      sum += Math.max(part, 1) * power;
      part = 0;
    } else part = Math.max(part, 1) * power;
    if (words[end]?.ends === true) {
      end += 1;
      break;
    }
  }
  return end === at ? null : { number: sum + part, end, unit: null };
}

function numeralOf(word: string): number | null {
  const [ten = '', one] = word.split('-');
  if (one === undefined && small.includes(word) && word !== '-') return small.indexOf(word);
  const first = tens.indexOf(ten);
  if (first < 0) return null;
  const last = one === undefined ? 0 : one === 'one' ? 1 : small.indexOf(one);
  return last < 0 || last > 9 ? null : (first + 2) * 10 + last;
}

// "line 12", "port 8080", "in 2024": a name with a number in it.
function isName(before: string, read: NumberRead, word: string): boolean {
  if (labels.has(before) || before.startsWith('#')) return true;
  return /^(?:19|20)\d\d$/.test(word) && read.unit === null && yearWords.has(before);
}

const leads = [['or', 'more'], ['or', 'less'], ['or', 'fewer'], ['of', 'the'], ['of', 'its'], ['of', 'these'], ['of']];

// The counted thing, and the words it takes: up to `end`, or from `from` when it stands before its number.
type Noun = { readonly noun: string; readonly unit: boolean; readonly end: number; readonly from?: number };

// Reads the noun of "weapons: 80", "number of weapons = 80", "weapon count: 80", as tables and lists write it. A noun
// that isn't plural is a setting: "timeout: 30".
function nounBefore(words: readonly QuantityWord[], at: number): Noun | null {
  const sign = words[at - 1];
  const apart = sign !== undefined && (sign.text === '=' || (sign.text === '' && sign.names));
  const last = apart ? at - 2 : at - 1;
  if (!apart && words[last]?.names !== true) return null;
  const word = plain(words[last]?.text ?? '');
  const counts = /^(?:count|total|number|amount)$/.test(word);
  const counted = counts ? plain(words[last - 1]?.text ?? '') : word;
  if (!/^\p{L}[\p{L}'’-]*$/u.test(counted) || stops.has(counted) || labels.has(counted) || quantityUnits.has(counted))
    return null;
  if (!counts && !isPlural(counted)) return null;
  return { noun: singularOf(counted), unit: false, end: at + 1, from: counts ? last - 1 : last };
}

// Finds the counted thing: the first of three words that looks plural, else the first word.
function nounBehind(words: readonly QuantityWord[], read: NumberRead): Noun | null {
  if (read.unit !== null) return { noun: read.unit, unit: true, end: read.end };
  if (words[read.end - 1]?.ends === true) return null;
  const skip = leads.find((lead) => lead.every((one, index) => plain(words[read.end + index]?.text ?? '') === one));
  const first = read.end + (skip?.length ?? 0);
  let fallback: Noun | null = null;
  for (let at = first; at < first + 3; at += 1) {
    const word = plain(words[at]?.text ?? '');
    const unit = quantityUnits.get(word);
    if (unit !== undefined) return fallback ?? { noun: unit, unit: true, end: at + 1 };
    if (!/^\p{L}[\p{L}'’-]*$/u.test(word) || stops.has(word) || quantityMonths.has(word)) break;
    if (isPlural(word)) return { noun: singularOf(word), unit: false, end: at + 1 };
    fallback ??= { noun: singularOf(word), unit: false, end: at + 1 };
    if (words[at]?.ends === true) break;
  }
  return fallback;
}

function isPlural(word: string): boolean {
  return irregular.has(word) || /[^su]s$|[^aeiou]us$/.test(word.replace(/(?:us|is|ss)$/, ''));
}

function singularOf(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (/(?:ss|us|is)$/.test(word)) return word;
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.replace(/s$/, '');
}
