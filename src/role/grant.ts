// Why: a role's permission and an order's scope, compiled once so that judging is a look-up. micromatch lives here alone.
// Promises: a literal entry is compared for equality; in a pattern only `*` and `**` mean anything, everything else is escaped before micromatch sees it;
// `dir/**` does not match `dir`; each answer names the line that gave it.
// Never: knows of the floor; that is the gate's.
import micromatch from 'micromatch';
import type { Glob } from '../ground/glob.ts';
import type { Role } from './role.ts';

/** The place a decision comes from: `roles/coder.md:7  repos/<any>/src/**`. */
export type Source = { readonly file: string; readonly line: number; readonly pattern: string };

/** A list of patterns, ready to be asked. */
export type Matcher = {
  /** The first entry that matches a path, or undefined. Paths are relative and normal. */
  readonly match: (path: string) => (Source & { readonly literal: boolean }) | undefined;
  readonly entries: readonly (Source & { readonly literal: boolean })[];
};

/** A role's permission, compiled. */
export type Grant = {
  readonly role: string;
  readonly file: string;
  readonly write: Matcher;
  readonly deny: Matcher;
  readonly send: readonly { readonly role: string; readonly line: number }[];
};

// Frozen: dotfiles count, braces and extended globs and negation are off, a final slash matters.
const options = Object.freeze({
  dot: true,
  nobrace: true,
  noextglob: true,
  nonegate: true,
  noquantifiers: true,
  nocase: false,
  strictSlashes: true,
} as const);

function escapeGlob(text: string): string {
  return text.replace(/[^A-Za-z0-9_/*\u0080-\u{10FFFF}-]/gu, (char) => `\\${char}`);
}

function testerOf(glob: Glob): (path: string) => boolean {
  if (glob.literal) return (path) => path === glob.text;
  const expression = micromatch.makeRe(escapeGlob(glob.text), options as micromatch.Options);
  return (path) => expression.test(path);
}

/** Compiles entries of one file. */
export function compileMatcher(
  file: string,
  lines: readonly { readonly glob: Glob; readonly line: number }[],
): Matcher {
  const tests = lines.map(({ glob, line }) => ({
    source: { file, line, pattern: glob.text, literal: glob.literal },
    test: testerOf(glob),
  }));
  return {
    entries: tests.map((one) => one.source),
    match: (path) => tests.find((one) => one.test(path))?.source,
  };
}

/** Compiles a card. `file` is how it is named to people (`roles/coder.md`). */
export function compileGrant(role: Role, file: string): Grant {
  return {
    role: role.name,
    file,
    write: compileMatcher(file, role.write),
    deny: compileMatcher(file, role.deny),
    send: role.send,
  };
}
