// Why: files that are dropped together can name each other in `after:` before any of them has an id.
// Promises: pure. A file is posted after the files it names. If orders wait for each other, each of them is told the
// circle.
// Never: reads a file.
import { findCircles } from '../platform/text/circle.ts';
import type { Problem } from '../platform/text/problem.ts';

/** A file in an inbox: its name without `.md`, the inbox, and the names in its `after:`. */
export type Lying = { readonly stem: string; readonly role: string; readonly after: readonly string[] };

/**
 * Sorts files so that each comes after those it names. Files in a circle come last; `circles` has each with its circle.
 */
export function inPostingOrder<File extends Lying>(
  files: readonly File[],
): { readonly sorted: File[]; readonly circles: ReadonlyMap<string, string> } {
  const byStem = new Map(files.map((one) => [one.stem, one]));
  // How many names of a file are not posted yet, and which files name it.
  const open = new Map<File, number>();
  const namedBy = new Map<File, File[]>();
  for (const file of files) {
    const names = new Set(file.after.flatMap((name) => byStem.get(name) ?? []));
    names.delete(file);
    open.set(file, names.size);
    for (const one of names) namedBy.set(one, [...(namedBy.get(one) ?? []), file]);
  }
  const sorted = files.filter((file) => open.get(file) === 0);
  for (const file of sorted) {
    for (const one of namedBy.get(file) ?? []) {
      open.set(one, (open.get(one) ?? 0) - 1);
      if (open.get(one) === 0) sorted.push(one);
    }
    open.delete(file);
  }
  const rest = [...open.keys()];
  const circles = findCircles(rest.map((one) => ({ id: one.stem, after: one.after })));
  for (const one of files) if (one.after.includes(one.stem)) circles.set(one.stem, `${one.stem} → ${one.stem}`);
  return { sorted: [...sorted, ...rest], circles };
}

/** Names that lie in more than one inbox, each with its inboxes. */
export function findDoubles(files: readonly Lying[]): Map<string, string> {
  const doubles = new Map<string, string>();
  for (const [stem, same] of Map.groupBy(files, (one) => one.stem))
    if (same.length > 1) doubles.set(stem, same.map((one) => `inbox/${one.role}/${stem}.md`).join(' or '));
  return doubles;
}

/** The problem of a file that waits for itself through others. */
export function circleProblem(circle: string): Problem {
  const message = `after: they wait for each other: ${circle}`;
  return { code: 'order-after-circle', level: 'error', message, line: 1, column: 1, hint: 'neither would ever begin' };
}
