// Why: names, reports and orders are written by agents and shown to people; a name may hold an escape sequence.
// Promises: what escapeText returns moves no cursor, sets no colour and ends no line; it is readable for ordinary text.
// Never: used to decide anything; it is for showing only.

// Matches all characters that show nothing, but for two: those that only choose between the text and the picture of a
// sign. People write these two.
const invisible = /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** One line, safe to show: control, bidirectional and invisible characters become `\u{…}`; a tab becomes a space. */
export function escapeText(text: string): string {
  return text.replaceAll('\t', ' ').replace(invisible, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Several lines, safe to show: as escapeText, but line ends stay. */
export function escapeLines(text: string): string {
  return text.replaceAll('\r\n', '\n').split('\n').map(escapeText).join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with one
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/**
 * Lines as they are left on a terminal: without colours and other sequences, and of a line that was written over and
 * over (a progress bar) its last state.
 */
export function plainLines(text: string): string[] {
  return text
    .replace(sequences, '')
    .split(/\r*\n/)
    .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1).replace(/\r$/, ''));
}

/** True of a line that begins as JSON does: it is for a program, whole or cut off. */
export function isJsonLine(line: string): boolean {
  return /^\s*(?:\{\s*["}]|\[\s*[{["\]])/.test(line);
}

/** A number in short: `950`, `12k`, `1.2M`. */
export function shortCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${Number((count / 1000).toPrecision(count < 10_000 ? 2 : 3))}k`;
  return `${Number((count / 1e6).toPrecision(3))}M`;
}

/** The words that say on which branch something is, behind others; empty where there is no branch. */
export function onBranch(branch: string | null): string {
  return branch === null ? '' : ` on ${escapeText(branch)}`;
}

/**
 * JSON, safe to show: what escapeText would escape is written as JSON's own `\uXXXX`, so that it reads back as it was.
 */
export function escapeJson(json: string): string {
  return json.replace(invisible, (char) => (char === '\n' ? char : unitsOf(char).join('')));
}

function unitsOf(char: string): string[] {
  return Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`);
}

/**
 * Escapes lines on their way to a terminal: as escapeLines, but tabs stay. Text that is escaped already stays the same.
 */
export function escapeScreen(text: string): string {
  return text.split('\t').map(escapeLines).join('\t');
}

/** Lines that somebody else wrote, marked as theirs: escaped, each behind `> `. */
export function quoteLines(text: string): string[] {
  return escapeLines(text.trim())
    .split('\n')
    .map((line) => `> ${line}`.trimEnd());
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `1 file`, `3 files`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A size in bytes in words, by thousands: `512 B`, `3.4 MB`, `8 GB`. */
export function showSize(bytes: number): string {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${['B', 'kB', 'MB', 'GB', 'TB'][power] ?? 'B'}`;
}

/** Reads a number, or a number with k, m or g for thousands behind it (`400k`); undefined for anything else. */
export function readSize(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const match = /^(\d+(?:\.\d+)?)([kmg])$/i.exec(typeof value === 'string' ? value : '');
  if (match === null) return undefined;
  return Number(match[1]) * ({ k: 1e3, m: 1e6, g: 1e9 }[match[2]?.toLowerCase() ?? ''] ?? 1);
}

/** The first line of a text that says something, at most `limit` characters of it. */
export function firstLine(text: string, limit = 100): string {
  const line = escapeText(
    text
      .split('\n')
      .find((one) => one.trim() !== '')
      ?.trim() ?? '',
  );
  if (line.length <= limit) return line;
  // A character of two units is not cut in half: half of one is no text, and reads back as another.
  const cut = /[\ud800-\udbff]/.test(line[limit - 2] ?? '') ? limit - 2 : limit - 1;
  return `${line.slice(0, cut)}…`;
}

// Signs that take two columns of a terminal: East Asian wide and fullwidth ones, and pictures (Unicode's TR 11).
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;

function signColumns(sign: string): number {
  return wide.test(sign) ? 2 : /^\p{M}/u.test(sign) ? 0 : 1;
}

/** How many columns of a terminal a line takes. */
export function columnsOf(line: string): number {
  let columns = 0;
  for (const sign of line) columns += signColumns(sign);
  return columns;
}

/** A text with blanks behind it, so that it takes so many columns of a terminal. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(columns - columnsOf(text), 0));
}

/** A line as far as it fits into so many columns of a terminal, with … where it is cut. */
export function cutColumns(line: string, columns: number): string {
  let at = 0;
  let end = '';
  let fits = '';
  for (const sign of line) {
    at += signColumns(sign);
    if (at > columns) return columns < 1 ? '' : `${fits}…`;
    end += sign;
    if (at < columns) fits = end;
  }
  return line;
}

/** The closest of `names` to `word` within two edits, for "did you mean"; undefined when none is close. */
export function closestOf(word: string, names: readonly string[]): string | undefined {
  const scored = names.map((name) => ({ name, distance: editDistance(word, name) }));
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best !== undefined && best.distance <= 2 ? best.name : undefined;
}

// Levenshtein's distance, by the two-row dynamic programme.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A text in which each address ends behind its host. */
export function hideAddresses(text: string): string {
  return text.replace(/(https?:\/\/)(?:[^\s/'"@]*@)?([^\s/'"?#]+)[^\s'"]*/gi, '$1$2/…');
}
