// Why: what a program writes to a terminal is judged by what a person sees on it.
// Promises: knows the sequences that fourline writes: line ends, the way up, clearing, wrapping, colours, titles. Rows
// that have left the screen stay readable.
// Never: is a whole terminal; a sequence that it doesn't know is an error.

// A title, another sequence, or one sign.
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one
const pieces = /\u001b(?:(\][^\u0007]*\u0007)|\[([?\d;]*)([A-Za-z]))|[\s\S]/gu;

/** The rows that a terminal of that size shows in the end, with all that scrolled away above. */
export function renderScreen(
  text: string,
  { width, height }: { readonly width: number; readonly height: number },
): string[] {
  const rows: string[][] = [[]];
  let [top, row, column, wraps] = [0, 0, 0, true];
  const down = (): void => {
    row += 1;
    if (row >= top + height) top += 1;
    while (rows.length <= row) rows.push([]);
  };
  const put = (sign: string): void => {
    if (column >= width && wraps) {
      column = 0;
      down();
    }
    const line = rows[row] ?? [];
    while (line.length < column) line.push(' ');
    line[Math.min(column, width - 1)] = sign;
    column = Math.min(column + 1, width);
  };
  const obey = (words: string, name: string): void => {
    const number = Number(words) || 1;
    if (name === 'A') row = Math.max(top, row - number);
    else if (name === 'J') {
      rows[row]?.splice(column);
      rows.splice(row + 1);
    } else if (name === 'K') rows[row]?.splice(column);
    else if (words === '?7') wraps = name === 'h';
    else if (name !== 'm' && name !== 't') throw new Error(`an unknown sequence: ${words}${name}`);
  };
  for (const [all, title, words = '', name = ''] of text.matchAll(pieces)) {
    if (title !== undefined) continue;
    if (name !== '') obey(words, name);
    else if (all === '\r') column = 0;
    else if (all === '\n') down();
    else put(all);
  }
  return rows.map((line) => line.join('').trimEnd());
}
