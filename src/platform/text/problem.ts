// Why: orders, cards and settings are written by hand, so what is wrong with them must point at a line and say what to
// do.
// Promises: one shape for all of them, printed the same way everywhere; what is printed holds no control characters.
// Never: thrown; a reader returns its problems.
import { escapeText, hideAddresses } from './text.ts';

/** One thing wrong (or, as `warning`, doubtful) in a hand-written text. `line` and `column` count from 1. */
export type Problem = {
  readonly code: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** The words under the caret. */
  readonly note?: string | undefined;
  readonly hint?: string | undefined;
  /** Lines for a file that the hint speaks of. */
  readonly lines?: readonly string[] | undefined;
};

/**
 * Prints a problem with its file, the source line and a caret. `source` is the whole text the problem is about. An
 * address in a line of settings may hold a password: it is shown up to its host.
 */
export function printProblem(problem: Problem, file: string, source: string): string {
  const written = source.split('\n')[problem.line - 1] ?? '';
  const line = escapeText(file.endsWith('.yaml') ? hideAddresses(written) : written).slice(0, 160);
  const note = problem.note === undefined ? '' : ` ${escapeText(problem.note)}`;
  const gutter = String(problem.line);
  const blank = ' '.repeat(gutter.length);
  const out = [
    `${problem.level}[${problem.code}]: ${escapeText(problem.message)}`,
    `  ${escapeText(file)}:${problem.line}:${problem.column}`,
  ];
  if (line !== '' || problem.note !== undefined) {
    out.push(`  ${gutter} │ ${line}`);
    out.push(`  ${blank} │ ${' '.repeat(Math.min(problem.column - 1, line.length))}^${note}`);
  }
  if (problem.hint !== undefined) out.push(`  help: ${escapeText(problem.hint)}`);
  for (const one of problem.lines ?? []) out.push(`    ${escapeText(one)}`);
  return out.join('\n');
}

/** True when at least one of them is an error. */
export function hasError(problems: readonly Problem[]): boolean {
  return problems.some((one) => one.level === 'error');
}
