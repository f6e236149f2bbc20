// Why: a report has words of an agent and of its program, and of why the order ended. They may be as long as the agent
// likes.
// Promises: pure. All words are quoted, escaped and bounded; the streams of a program are named.
// Never: cuts in silence.
import { countOf, quoteLines } from '../platform/text/text.ts';

/**
 * Limits of what a report shows: lines of a list, bytes of a list, of a note and of a summary. A report is mail, and
 * fourline reads up to 256 KiB of mail.
 */
export const reportLimits = { lines: 100, list: 12 * 1024, note: 4 * 1024, summary: 48 * 1024 } as const;

/** A text as far as a report shows it, cut at the end of a line if there is one; null when the whole text is shown. */
export function cutText(text: string, bytes: number): string | null {
  const quoted = quoteLines(text).join('\n');
  if (Buffer.byteLength(quoted) <= bytes) return null;
  let left = bytes;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    left -= Buffer.byteLength(quoteLines(line).join('\n')) + 1;
    if (left < 0) break;
    lines.push(line);
  }
  return lines.length > 0
    ? lines.join('\n')
    : Buffer.from(text)
        .subarray(0, Math.floor(bytes / 8))
        .toString()
        .replace(/\uFFFD+$/, '');
}

// The last lines of a stream, named.
function streamLines(stream: 'output' | 'error', text: string): string[] {
  return text === '' ? [] : ['', `The last of its standard ${stream}:`, '', ...quoteLines(text)];
}

/** The parts of a report that are words. */
type ReportWords = {
  readonly outcome: string;
  readonly note: string;
  readonly summary: string;
  readonly printed: string;
  readonly complaint: string;
};

/** The words as lines: why it ended, the summary, and of a run that came to nothing the end of both streams. */
export function wordLines(parts: ReportWords): string[] {
  const note = cutText(parts.note, reportLimits.note);
  const summary = cutText(parts.summary, reportLimits.summary);
  const shown = summary ?? parts.summary;
  const { printed, complaint } = parts.outcome === 'done' ? { printed: '', complaint: '' } : parts;
  // The summary of a program without a report is its output.
  const echoes = printed !== '' && parts.summary.trimEnd().endsWith(printed);
  return [
    ...(parts.note === '' ? [] : ['', ...quoteLines(note ?? parts.note)]),
    ...(note === null ? [] : ['', `(the rest of ${countOf(parts.note.length, 'character')} is left out)`]),
    ...(echoes ? streamLines('output', shown) : shown === '' ? [] : ['', ...quoteLines(shown)]),
    ...(summary === null
      ? []
      : ['', `(all ${countOf(parts.summary.length, 'character')} are in its record: summary.md)`]),
    ...(echoes ? [] : streamLines('output', printed)),
    ...streamLines('error', complaint),
  ];
}
