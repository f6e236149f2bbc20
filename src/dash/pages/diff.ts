// Why: people decide by the diff. It is read from git's patch and shown file by file, with line numbers.
// Promises: pure and total: a line that is no part of a patch is shown as it is. A long patch is cut, and that is said.
// Never: hides a character: the template writes out what moves or hides text.
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';

/** The most lines of one patch that a page shows. */
const diffLimit = 3000;

/** One line of a patch: its kind, and where it stands before and after. */
export type DiffLine = {
  readonly kind: 'add' | 'del' | 'same' | 'hunk' | 'note';
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
};

/** The part of a patch about one file. */
export type DiffFile = {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly DiffLine[];
};

/** Reads a patch of git, file by file. */
export function readDiff(patch: string): DiffFile[] {
  const lines = patch.endsWith('\n') ? patch.slice(0, -1).split('\n') : patch.split('\n');
  const parts: string[][] = [];
  // Lines of a hunk are counted: a line of a file that looks like a header is no header.
  let left = { before: 0, after: 0 };
  for (const line of lines) {
    const inside = left.before > 0 || left.after > 0;
    if (parts.length === 0 || (!inside && line.startsWith('diff --git '))) parts.push([]);
    parts.at(-1)?.push(line);
    left = inside ? countDown(left, line) : (hunkSizes(line) ?? left);
  }
  return parts.filter((part) => part.some((line) => line !== '')).map(readDiffFile);
}

type HunkSize = { readonly before: number; readonly after: number };

function hunkSizes(line: string): HunkSize | null {
  const match = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
  return match === null ? null : { before: Number(match[1] ?? 1), after: Number(match[2] ?? 1) };
}

function countDown({ before, after }: HunkSize, line: string): HunkSize {
  const [first] = line;
  if (first === '\\') return { before, after };
  return { before: before - (first === '+' ? 0 : 1), after: after - (first === '-' ? 0 : 1) };
}

function readDiffFile(part: readonly string[]): DiffFile {
  const begin = part.findIndex((line) => line.startsWith('@@ ') || line.startsWith('GIT binary patch'));
  const head = begin < 0 ? part : part.slice(0, begin);
  const lines = begin < 0 ? [] : readHunks(part.slice(begin));
  return {
    path: diffPath(head),
    added: lines.filter((one) => one.kind === 'add').length,
    removed: lines.filter((one) => one.kind === 'del').length,
    lines: [...headNotes(head), ...lines],
  };
}

function diffPath(head: readonly string[]): string {
  const after = head.find((line) => line.startsWith('+++ '))?.slice(4);
  const before = head.find((line) => line.startsWith('--- '))?.slice(4);
  const named = after === undefined || after === '/dev/null' ? before : after;
  const path = named ?? head[0]?.replace(/^diff --git .* "?b\//, 'b/').replace(/"$/, '') ?? '';
  return path.replace(/^"?[ab]\//, '').replace(/"?\t?$/, '');
}

function headNotes(head: readonly string[]): DiffLine[] {
  return head
    .filter((line) => /^(?:new file|deleted file|old mode|new mode|rename|copy|similarity|Binary files)/.test(line))
    .map((text) => ({ kind: 'note', before: null, after: null, text }));
}

function readHunks(lines: readonly string[]): DiffLine[] {
  if (lines[0]?.startsWith('GIT binary patch'))
    return [{ kind: 'note', before: null, after: null, text: 'A file that is no text.' }];
  let at = { before: 0, after: 0 };
  return lines.map((line): DiffLine => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk !== null) {
      at = { before: Number(hunk[1]), after: Number(hunk[2]) };
      return { kind: 'hunk', before: null, after: null, text: line };
    }
    const text = line.slice(1);
    if (line.startsWith('+')) return { kind: 'add', before: null, after: at.after++, text };
    if (line.startsWith('-')) return { kind: 'del', before: at.before++, after: null, text };
    if (line.startsWith('\\')) return { kind: 'note', before: null, after: null, text: line.slice(2) };
    return { kind: 'same', before: at.before++, after: at.after++, text };
  });
}

const diffSigns = { add: '+', del: '−', same: '', hunk: '', note: '' } as const;

/** A patch as tables, one a file. `whole` is where the patch can be had as it is. */
export function diffTables(patch: string, whole: string): Html {
  let room = diffLimit;
  const files = readDiff(patch).map((file) => {
    const lines = file.lines.slice(0, Math.max(0, room));
    room -= file.lines.length;
    return { ...file, lines, cut: file.lines.length - lines.length };
  });
  return html`<p class="small soft">${countOf(files.length, 'file')} · <a href="${whole}" download>the patch itself</a></p>
${files.map((file) => diffTable(file, file.cut))}`;
}

function diffTable(file: DiffFile, cut: number): Html {
  return html`<div class="diff"><h3><span class="wrap">${file.path}</span><span><span class="plus">+${file.added}</span> <span class="minus">−${file.removed}</span></span></h3>
<div class="scroll" tabindex="0" role="group" aria-label="Changes of ${file.path}"><table><tbody>${file.lines.map(diffRow)}</tbody></table></div>${when(cut > 0, () => html`<p class="small soft">${cut} lines more are in the patch itself.</p>`)}</div>`;
}

function diffRow({ kind, before, after, text }: DiffLine): Html {
  const word = kind === 'add' ? 'added ' : kind === 'del' ? 'removed ' : '';
  return html`<tr class="${kind}"><td class="at">${before}</td><td class="at">${after}</td><td class="at">${diffSigns[kind]}<span class="hidden">${word}</span></td><td class="text">${text}</td></tr>`;
}
