// Why: the exact list of paths that a run may change. So the agent hears before it starts what the gate will enforce
// after it ended.
// Promises: the boundary holds only what card and Files both allow. It names the entries of Files that the card allows
// no path of.
// Never: looks at what exists; a boundary is made of patterns and names.
import type { FileEntry } from '../order/part.ts';

import { globsContain, globsOverlap, openBudget, type StepBudget } from '../platform/text/compare.ts';
import { formsOf, type Glob } from '../platform/text/glob.ts';
import { countOf } from '../platform/text/text.ts';
import { compileMatcher, type Grant, type Matcher } from './grant.ts';

/**
 * One line of a boundary: a workspace path or pattern; `only` are the card's patterns that narrow it, `except` those
 * that cut holes.
 */
export type BoundaryLine = {
  readonly pattern: string;
  readonly only: readonly string[];
  readonly except: readonly string[];
  readonly line: number;
};

/** The paths that a run may change. */
export type Boundary = {
  readonly lines: readonly BoundaryLine[];
  /** Entries of Files that the card allows no path of, with the line of the order. */
  readonly outside: readonly { readonly pattern: string; readonly line: number; readonly reason: string }[];
  readonly mail: readonly string[];
};

/**
 * A Files entry as a workspace path: entries that begin with repos/ or state/ are that already, others are in the
 * order's repository.
 */
export function workspaceGlob(text: string, repo: string | null): string {
  return /^(?:repos|state)\//.test(text) || repo === null ? text : `repos/${repo}/${text}`;
}

/**
 * An order's Files, compiled in workspace terms; matches name the entry as it was written. `file` is how the order is
 * named to people.
 */
export function compileScope(files: readonly FileEntry[], repo: string | null, file: string): Matcher {
  const lines = files.map((entry) => ({
    line: entry.line,
    glob: { text: workspaceGlob(entry.text, repo), literal: entry.glob.literal },
  }));
  const matcher = compileMatcher(file, lines);
  const written = new Map(files.map((entry) => [workspaceGlob(entry.text, repo), entry.text]));
  return {
    entries: matcher.entries,
    match: (path, stands) => {
      const found = matcher.match(path, stands);
      return found === undefined ? undefined : { ...found, pattern: written.get(found.pattern) ?? found.pattern };
    },
  };
}

/**
 * The boundary of one order under one card. `floorOf` says why this card cannot grant a path, or null; `pinned` are
 * files that others own, with why.
 */
export function drawBoundary(
  grant: Grant,
  files: readonly FileEntry[],
  repo: string | null,
  floorOf: (path: string) => string | null,
  pinned: readonly { readonly path: string; readonly sentence: string }[] = [],
): Boundary {
  const lines: BoundaryLine[] = [];
  const outside: { pattern: string; line: number; reason: string }[] = [];
  const budget = openBudget();
  for (const [entry, text] of files.flatMap((one) => formsOf(one.text).map((form) => [one, form] as const))) {
    const glob = { text: workspaceGlob(text, repo), literal: !/[*?]/.test(text) };
    const reason =
      outsideReason(grant, glob, floorOf, budget) ?? pinned.find((one) => one.path === glob.text)?.sentence ?? null;
    if (reason !== null) {
      outside.push({ pattern: glob.text, line: entry.line, reason });
      continue;
    }
    const writes = grantedBy(grant, glob, floorOf).map((one) => one.pattern);
    const only = globsContain(writes, glob.text, budget)
      ? []
      : writes.filter((one) => globsOverlap(one, glob.text, budget));
    const holes = [...grant.deny.entries.map((one) => one.pattern), ...pinned.map((one) => one.path)];
    const except = holes.filter((one) => globsOverlap(one, glob.text, budget));
    lines.push({ pattern: glob.text, only, except, line: entry.line });
  }
  return { lines, outside, mail: grant.send.map((one) => one.role) };
}

// A path the pattern matches, to ask the floor about: what is below `.github/workflows/**` is as closed as any file
// there.
function sampleOf(glob: Glob): string {
  return glob.text.replace(/\*+|\?/g, 'x');
}

// When the floor asks for literal lines, only those count.
function grantedBy(grant: Grant, glob: Glob, floorOf: (path: string) => string | null): Matcher['entries'] {
  const closed = floorOf(sampleOf(glob)) !== null;
  return closed
    ? grant.write.entries.filter((one) => one.literal && floorOf(one.pattern) === null)
    : grant.write.entries;
}

function outsideReason(
  grant: Grant,
  glob: Glob,
  floorOf: (path: string) => string | null,
  budget: StepBudget,
): string | null {
  const floor = floorOf(sampleOf(glob));
  if (!grantedBy(grant, glob, floorOf).some((one) => globsOverlap(one.pattern, glob.text, budget)))
    return floor ?? `no write: line of ${grant.file} matches`;
  const denies = grant.deny.entries;
  if (
    denies.length > 0 &&
    globsContain(
      denies.map((one) => one.pattern),
      glob.text,
      budget,
    )
  ) {
    const by = denies.find((one) => globsOverlap(one.pattern, glob.text, budget));
    return `${grant.file}:${by?.line ?? 0} denies it (${by?.pattern ?? ''})`;
  }
  return null;
}

/**
 * The entries of `inner` that reach beyond `outer`: what a child order asks for and its parent does not have. Both in
 * workspace terms. `unsure` is true when they took too long to compare: what was not compared then counts as beyond.
 */
export function filesBeyond(
  outer: readonly string[],
  inner: readonly string[],
): { readonly beyond: string[]; readonly unsure: boolean } {
  const budget = openBudget();
  const beyond = inner.filter((one) => !globsContain(outer, one, budget));
  return { beyond, unsure: budget.left < 0 };
}

/** Most steps for the Files of two orders: a plan asks it of every order that waits and every one that runs. */
const pairSteps = 50_000;

/** True when two orders' Files may name the same path, or take too long to compare. Both in workspace terms. */
export function filesOverlap(a: readonly string[], b: readonly string[]): boolean {
  const budget = openBudget(pairSteps);
  return a.some((one) => b.some((two) => globsOverlap(one, two, budget)));
}

/** Tells in a few words what a run may change: exact paths count as files. */
export function tellBoundary({ lines, outside, mail }: Boundary): string {
  if (lines.length === 0) return mail.length > 0 ? 'may write orders and a report' : 'may write a report';
  const patterns = lines.filter((line) => /[*?]/.test(line.pattern)).length;
  const parts = [
    patterns < lines.length ? countOf(lines.length - patterns, 'file') : '',
    patterns > 0 ? countOf(patterns, 'pattern') : '',
  ].filter(Boolean);
  const without = outside.length > 0 ? `; without ${outside.map((one) => one.pattern).join(', ')}` : '';
  return `boundary: ${parts.join(', ')}${without}`;
}
