// Why: a role's permission and an order's scope, compiled once so that judging is a look-up. micromatch lives here
// alone.
// Promises: a literal entry is compared for equality; in a pattern only `*`, `?`, `**` and `{a,b}` mean anything.
// Choices are written out here, and everything else is escaped before micromatch sees it. micromatch sees one segment
// at a time, so no pattern is slow. `dir/**` does not match `dir`; each answer names its line.
// Never: knows of the floor; that is the gate's.
import micromatch from 'micromatch';
import { formsOf, type Glob } from '../platform/text/glob.ts';

/** The place a decision comes from: `roles/coder.md:7  repos/<any>/src/**`. */
export type Source = { readonly file: string; readonly line: number; readonly pattern: string };

/** A list of patterns, ready to be asked. */
export type Matcher = {
  /**
   * Finds the first entry that matches a path; undefined when no entry does. Paths are relative and normal. For a path
   * that `stands` already, an entry with the very same spelling decides first: such an entry means that name, and not a
   * choice.
   */
  readonly match: (path: string, stands?: boolean) => (Source & { readonly literal: boolean }) | undefined;
  readonly entries: readonly (Source & { readonly literal: boolean })[];
};

type GrantLines = readonly { readonly glob: Glob; readonly line: number }[];

/** A role's permission as its card says it. */
export type Permission = {
  readonly name: string;
  readonly write: GrantLines;
  readonly deny: GrantLines;
  readonly read: GrantLines;
  readonly send: readonly { readonly role: string; readonly line: number }[];
};

/** A role's permission, compiled. */
export type Grant = {
  readonly role: string;
  readonly file: string;
  readonly write: Matcher;
  readonly deny: Matcher;
  /** State files it may read and not change. */
  readonly read: Matcher;
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

// Stands for `?` where micromatch would count halves of a character; no pattern can hold it.
const anyOne = '\u0001';
const oneCharacter = '(?:[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]|[^/\\uD800-\\uDFFF])';

function escapeGlob(text: string): string {
  return text.replace(/[^A-Za-z0-9_/*?\u0080-\u{10FFFF}-]/gu, (char) => `\\${char}`).replaceAll('?', anyOne);
}

/** One form of a pattern: the number of its entry, and its parts; null where a path must be the text itself. */
type Form = { readonly entry: number; readonly parts: Parts | null };

// Forms by their beginnings. `depths` says how many segments those have that are folders, and `whole` whether some
// are whole paths.
type FormHeads = {
  readonly heads: ReadonlyMap<string, readonly Form[]>;
  readonly depths: ReadonlySet<number>;
  readonly whole: boolean;
};

// The forms of all entries, by the beginning that a path must have. A path is asked about those alone whose beginning
// it has: their number does not grow with the card.
function formsByHead(globs: readonly Glob[]): FormHeads {
  const heads = new Map<string, Form[]>();
  const add = (head: string, form: Form): void => void heads.set(head, [...(heads.get(head) ?? []), form]);
  for (const [entry, glob] of globs.entries()) {
    if (glob.literal) add(glob.text, { entry, parts: null });
    else for (const form of formsOf(glob.text)) add(fixedHead(form), { entry, parts: grantParts(form) });
  }
  const isFolder = (head: string): boolean => head === '' || head.endsWith('/');
  const folders = [...heads.keys()].filter(isFolder);
  return {
    heads,
    depths: new Set(folders.map((head) => head.split('/').length - 1)),
    whole: folders.length < heads.size,
  };
}

// The first entry that a path matches.
function firstMatch({ heads, depths, whole }: FormHeads, path: string): number {
  let best = Number.POSITIVE_INFINITY;
  let segments: readonly string[] | undefined;
  const ask = (head: string): void => {
    const forms = heads.get(head);
    if (forms === undefined) return;
    segments ??= path.split('/');
    for (const { entry, parts } of forms) {
      if (entry >= best) continue;
      if (parts === null ? head === path : matchSegments(parts, segments)) best = entry;
    }
  };
  if (depths.has(0)) ask('');
  // Only beginnings of as many segments as those of an entry.
  for (let cut = path.indexOf('/'), depth = 1; cut >= 0; cut = path.indexOf('/', cut + 1), depth += 1)
    if (depths.has(depth)) ask(path.slice(0, cut + 1));
  if (whole && !path.endsWith('/')) ask(path);
  return best;
}

// The beginning that a path must have: the whole segments before the first wildcard.
function fixedHead(form: string): string {
  const wild = form.search(/[*?]/);
  return wild < 0 ? form : form.slice(0, form.lastIndexOf('/', wild) + 1);
}

type SegmentTester = (segment: string) => boolean;
type Parts = ReadonlyArray<'**' | SegmentTester>;

function grantParts(form: string): Parts {
  return form.split('/').map((segment) => (segment === '**' ? '**' : segmentTesterOf(segment)));
}

function segmentTesterOf(pattern: string): SegmentTester {
  if (!/[*?]/.test(pattern)) return (segment) => segment === pattern;
  const { source } = micromatch.makeRe(escapeGlob(pattern), options as micromatch.Options);
  const expression = new RegExp(source.replaceAll(`\\${anyOne}`, anyOne).replaceAll(anyOne, oneCharacter));
  return (segment) => expression.test(segment);
}

// One expression over a whole path multiplies the ways in which each segment can match: `*a*` five times over is
// minutes. Segment by segment they add up. `at` are the places in the pattern that the path so far leads to.
function matchSegments(parts: Parts, segments: readonly string[]): boolean {
  if (segments.includes('')) return false;
  const last = parts.length - 1;
  let at = new Set([0]);
  for (const segment of segments) {
    const next = new Set<number>();
    for (const place of at) {
      const part = parts[place];
      if (part === '**') {
        if (place < last) at.add(place + 1);
        else next.add(parts.length);
        next.add(place);
      } else if (part?.(segment) === true) next.add(place + 1);
    }
    at = next;
  }
  return at.has(parts.length);
}

/** Compiles entries of one file. */
export function compileMatcher(
  file: string,
  lines: readonly { readonly glob: Glob; readonly line: number }[],
): Matcher {
  const entries = lines.map(({ glob, line }) => ({ file, line, pattern: glob.text, literal: glob.literal }));
  const heads = formsByHead(lines.map(({ glob }) => glob));
  const spelled = new Map(entries.toReversed().map((one) => [one.pattern, one]));
  return {
    entries,
    match: (path, stands = false) => {
      if (entries.length === 0) return undefined;
      return (stands ? spelled.get(path) : undefined) ?? entries[firstMatch(heads, path)];
    },
  };
}

/** Compiles a card. `file` is how it is named to people (`roles/coder.md`). */
export function compileGrant(role: Permission, file: string): Grant {
  return {
    role: role.name,
    file,
    write: compileMatcher(file, role.write),
    deny: compileMatcher(file, role.deny),
    read: compileMatcher(file, role.read),
    send: role.send,
  };
}
