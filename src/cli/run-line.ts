// Why: a person who watches `start` sees at a glance what each agent does, since when, and what it has cost.
// Promises: pure. One row a run, the oldest first, none wider than the terminal; texts are escaped. If a terminal has
// too few rows, the last one says how many runs are missing. Where there is no terminal, it says when a line is due.
// Never: writes to a terminal.
import { progressFigures, progressTool, type RunProgress } from '../api.ts';
import { columnsOf, cutColumns, escapeText, firstLine, padColumns } from '../platform/text/text.ts';

/** A run that goes on: whose it is, and how far. */
export type LiveRun = { readonly role: string; readonly order: string; readonly progress: RunProgress };

/** The size of a terminal, and the time, in milliseconds since 1970. */
export type LiveSize = { readonly width: number; readonly height: number; readonly now: number };

/** The least time between two lines about one run where there is no terminal, in milliseconds. */
export const linePause = 60_000;

/** Most columns for the name of a role and of an order: those of the lines that `start` prints. */
const nameColumns = { role: 11, order: 22 } as const;

/** The rows that show all runs. Two rows of the terminal stay for other lines, if there are as many. */
export function liveRows(runs: readonly LiveRun[], { width, height, now }: LiveSize): string[] {
  const most = Math.max(1, height - 2);
  const shown = runs.length > most ? runs.slice(0, most - 1) : runs;
  const missing = runs.length - shown.length;
  const columnOf = (name: keyof typeof nameColumns): number =>
    Math.min(nameColumns[name], Math.max(0, ...shown.map((run) => columnsOf(run[name]))));
  const [role, order] = [columnOf('role'), columnOf('order')];
  const rows = shown.map((run) => {
    const names = `${padColumns(escapeText(run.role), role)} ${padColumns(escapeText(run.order), order)}`;
    const head = `${runTime(now - Date.parse(run.progress.began)).padStart(8)} ${names}  `;
    return `${head}${doingWords(run.progress, width - columnsOf(head))}`.trimEnd();
  });
  // In the last column a terminal may go to the next row by itself.
  return [...rows, ...(missing === 0 ? [] : [`and ${missing} more`])].map((row) => cutColumns(row, width - 1));
}

// The tool and the figures come whole where they fit; the last words have the rest, in a wide terminal 24 columns.
function doingWords(progress: RunProgress, width: number): string {
  const figures = progressFigures(progress);
  const left = width - figures.length - 4;
  const tool = cutColumns(progressTool(progress), Math.max(20, progress.said === null ? left : left - 24));
  const said = progress.said === null ? '' : firstLine(progress.said, 500);
  return [tool, figures, said].filter(Boolean).join(' · ') || 'nothing heard yet';
}

/** A time that goes on, in minutes and seconds: `0:07`, `12:30`, `1:02:30`. */
export function runTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/**
 * True when a run is worth a line where there is no terminal: a minute after it began, and then each minute in which
 * something is new. `last` is when its last line was said, in milliseconds since 1970; null before the first.
 */
export function isLineDue(progress: RunProgress, last: number | null, now: number): boolean {
  return !progress.ended && now - (last ?? Date.parse(progress.began)) >= linePause;
}
