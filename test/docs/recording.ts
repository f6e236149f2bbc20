// Why: the README shows a day's loop as a terminal shows it. `npm run recording` makes that picture, docs/demo.svg,
// from a run of the demo.
// Promises: every line is one that the demo printed in a terminal, at the time when it printed it, up to the end of its
// second question. Readable on a light page and on a dark one; whoever wants no motion sees the end at once.
// Never: shipped; adds or leaves out a line in between.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { top } from './document.ts';

/** A row of the terminal: its text with colours, and milliseconds since the first one. */
export type RecordedRow = { readonly text: string; readonly at: number };

const columns = 112;
/** The line behind which the picture ends: the answer of `fourline audit`. */
const lastRow = /^next: fourline log /;

/** Runs the demo in a terminal; gives the rows up to the last one of the picture. Needs script(1). */
export async function recordDemo(program = `${top}/src/cli.ts`): Promise<RecordedRow[]> {
  const words = `stty cols ${columns}; '${process.execPath}' '${program}' demo`;
  const child = spawn('script', ['-qefc', words, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', TMPDIR: '/tmp', NO_COLOR: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const rows: RecordedRow[] = [];
  let rest = '';
  let began: number | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    began ??= performance.now();
    const lines = `${rest}${chunk}`.split(/\r*\n/);
    rest = lines.pop() ?? '';
    for (const text of lines) rows.push({ text, at: performance.now() - (began ?? 0) });
  });
  const status = await new Promise<number | null>((done) => void child.once('close', done));
  const end = rows.findIndex(({ text }) => lastRow.test(text));
  if (status !== 0 || end < 0) throw new Error(`the demo ended with ${status}`);
  return rows.slice(0, end + 1);
}

type Styled = { readonly style: string; readonly text: string };

const styles: Readonly<Record<string, string>> = { '2': 'dim', '31': 'bad', '32': 'good', '1': 'bold', '0': '' };

// A row as pieces of one style each, wrapped as the terminal wraps it.
function piecesOf(text: string): Styled[][] {
  const lines: Styled[][] = [[]];
  let [style, column] = [text.startsWith('$ ') ? 'typed' : '', 0];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one
  for (const [all, code] of text.matchAll(/\u001b\[(\d*)m|[^\u001b]/gu)) {
    if (code !== undefined) {
      style = styles[code] ?? '';
      continue;
    }
    if (column === columns) [column] = [lines.push([]) * 0];
    const line = lines.at(-1) ?? [];
    const last = line.at(-1);
    if (last?.style === style) line[line.length - 1] = { style, text: `${last.text}${all}` };
    else line.push({ style, text: all });
    column += 1;
  }
  return lines;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

// Pixels of a character, a line, and the margin.
const [wide, high, margin] = [7.8, 19, 16];

const look = `
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #e6edf3;
    white-space: pre; animation: come 1ms both }
  .dim { fill: #9aa4af } .good { fill: #4ac26b } .bad { fill: #ff8078 } .typed { fill: #79c0ff; font-weight: bold }
  @keyframes come { from { opacity: 0 } to { opacity: 1 } }
  @media (prefers-reduced-motion: reduce) { text { animation: none } }`;

/** The rows as a picture that shows each at its time. */
export function drawRows(rows: readonly RecordedRow[]): string {
  const lines = rows.flatMap(({ text, at }) => piecesOf(text).map((pieces) => ({ pieces, at })));
  const drawn = lines.map(({ pieces, at }, index) => {
    const spans = pieces.map(({ style, text }) =>
      style === '' ? `<tspan>${xml(text)}</tspan>` : `<tspan class="${style}">${xml(text)}</tspan>`,
    );
    const length = pieces.reduce((sum, { text }) => sum + [...text].length, 0) * wide;
    const place = `x="${margin}" y="${margin + (index + 0.75) * high}" textLength="${length.toFixed(1)}"`;
    return length === 0 ? '' : `<text ${place} style="animation-delay:${Math.round(at)}ms">${spans.join('')}</text>`;
  });
  const [width, height] = [2 * margin + columns * wide, 2 * margin + lines.length * high].map(Math.ceil);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">`,
    '<title>A recording of npm run demo: an order comes in, two roles work, one change lands, a stray edit is refused</title>',
    `<style>${look}\n</style>`,
    `<rect width="${width}" height="${height}" rx="10" fill="#161b22"/>`,
    ...drawn.filter(Boolean),
    '</svg>',
    '',
  ].join('\n');
}

/** The words of such a picture, row by row. */
export function wordsOfPicture(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, spans = '']) =>
    spans
      .replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  );
}

if (import.meta.main) writeFileSync(`${top}/docs/demo.svg`, drawRows(await recordDemo()));
