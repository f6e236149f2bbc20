// Why: agents write a repository's ignore rules too, and regular expressions made of them can take for ever. This file
// reads them as git does, and counts the steps of each comparison.
// Promises: the meaning of gitignore(5), byte for byte; takes no step without counting it; nothing recurses.
// Never: reads a file.

/** The budget that is left for matching, in steps. */
export type Steps = { left: number };

type IgnoreLineToken =
  | { readonly kind: 'byte'; readonly byte: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly holds: (byte: string) => boolean };
type Segment = readonly IgnoreLineToken[] | '**';

/** One rule of an ignore file. */
export type IgnoreLine = {
  readonly negative: boolean;
  readonly folderOnly: boolean;
  /** Asks for a path below the file's folder, as bytes. Beyond the steps it answers no. */
  readonly matches: (path: string, steps: Steps) => boolean;
};

/** A text as git compares it: one character a byte. */
export function bytesOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: plain ASCII needs no second look
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1');
}

/** Reads an ignore file's text into its rules, in their order. */
export function readIgnoreLines(text: string): IgnoreLine[] {
  return bytesOf(text.replace(/^\uFEFF/, ''))
    .split('\n')
    .flatMap((line) => readLine(line.replace(/\r$/, '')) ?? []);
}

function readLine(raw: string): IgnoreLine | null {
  if (raw.startsWith('#')) return null;
  let end = raw.length;
  while (raw[end - 1] === ' ' && !isEscaped(raw, end - 1)) end -= 1;
  const negative = raw.startsWith('!');
  const bare = raw.slice(negative ? 1 : 0, end);
  const folderOnly = bare.endsWith('/');
  const pattern = folderOnly ? bare.slice(0, -1) : bare;
  if (pattern === '') return null;
  const segments = readSegments(pattern.startsWith('/') ? pattern.slice(1) : pattern);
  if (segments === null) return null;
  if (!pattern.includes('/')) {
    // Without a slash it is about the last name, wherever that stands, and ** is no more than *.
    const name = segments[0] === '**' ? ([{ kind: 'star' }] as const) : (segments[0] ?? []);
    const plain = plainOf(name);
    return {
      negative,
      folderOnly,
      matches: (path, steps) => {
        const last = path.slice(path.lastIndexOf('/') + 1);
        steps.left -= 1;
        return plain === null ? fitsLine(name, last, steps) : last === plain;
      },
    };
  }
  return { negative, folderOnly, matches: (path, steps) => walks(segments, path.split('/'), steps) };
}

function isEscaped(text: string, at: number): boolean {
  let marks = 0;
  while (text[at - 1 - marks] === '\\') marks += 1;
  return marks % 2 === 1;
}

function plainOf(tokens: readonly IgnoreLineToken[]): string | null {
  let out = '';
  for (const token of tokens) {
    if (token.kind !== 'byte') return null;
    out += token.byte;
  }
  return out;
}

// Null for what git takes for no pattern at all: an escape without a character, a set without an end.
function readSegments(pattern: string): Segment[] | null {
  const out: Segment[] = [];
  let segment: IgnoreLineToken[] = [];
  let from = 0;
  const close = (end: number): void => {
    out.push(pattern.slice(from, end) === '**' ? '**' : segment);
    segment = [];
    from = end + 1;
  };
  for (let at = 0; at < pattern.length; at += 1) {
    const byte = pattern[at] ?? '';
    if (byte === '/') close(at);
    else if (byte === '*') {
      if (segment.at(-1)?.kind !== 'star') segment.push({ kind: 'star' });
    } else if (byte === '?') segment.push({ kind: 'one' });
    else if (byte === '\\') {
      at += 1;
      const next = pattern[at];
      if (next === undefined) return null;
      segment.push({ kind: 'byte', byte: next });
    } else if (byte === '[') {
      const set = readSet(pattern, at);
      if (set === null) return null;
      segment.push({ kind: 'set', holds: set.holds });
      at = set.end;
    } else segment.push({ kind: 'byte', byte });
  }
  close(pattern.length);
  return out;
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

// `[a-c!]`, `[!a]`, `[[:digit:]]`; its first character may be ].
function readSet(
  pattern: string,
  open: number,
): { readonly holds: (byte: string) => boolean; readonly end: number } | null {
  let at = open + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at += 1;
  const parts: ((byte: string) => boolean)[] = [];
  for (let first = true; first || pattern[at] !== ']'; first = false) {
    const named = /^\[:([a-z]*):\]/.exec(pattern.slice(at, at + 12));
    if (named !== null) {
      const expression = classes[named[1] ?? ''];
      if (expression === undefined) return null;
      parts.push((byte) => expression.test(byte));
      at += named[0].length;
      continue;
    }
    if (pattern[at] === '\\') at += 1;
    const low = pattern[at];
    if (low === undefined) return null;
    at += 1;
    if (pattern[at] === '-' && pattern[at + 1] !== ']' && pattern[at + 1] !== undefined) {
      at += pattern[at + 1] === '\\' ? 2 : 1;
      const high = pattern[at];
      if (high === undefined) return null;
      at += 1;
      parts.push((byte) => byte >= low && byte <= high);
    } else parts.push((byte) => byte === low);
    if (at >= pattern.length) return null;
  }
  return { holds: (byte) => byte !== '/' && parts.some((one) => one(byte)) !== negated, end: at };
}

// A name against tokens: the last star takes one more when what follows it does not fit.
function fitsLine(tokens: readonly IgnoreLineToken[], name: string, steps: Steps): boolean {
  let [at, token, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    steps.left -= 1;
    if (steps.left < 0) return false;
    const now = tokens[token];
    if (now?.kind === 'star') {
      star = token;
      mark = at;
      token += 1;
    } else if (now !== undefined && takes(now, name[at] ?? '')) {
      at += 1;
      token += 1;
    } else if (star >= 0) {
      mark += 1;
      at = mark;
      token = star + 1;
    } else return false;
  }
  while (tokens[token]?.kind === 'star') token += 1;
  return token === tokens.length;
}

function takes(token: IgnoreLineToken, byte: string): boolean {
  if (token.kind === 'byte') return token.byte === byte;
  return token.kind === 'one' || (token.kind === 'set' && token.holds(byte));
}

// The same one level up: ** stands for any number of names, at the end for at least one.
function walks(segments: readonly Segment[], names: readonly string[], steps: Steps): boolean {
  let [at, segment, wild, mark] = [0, 0, -1, 0];
  while (at < names.length) {
    steps.left -= 1;
    if (steps.left < 0) return false;
    const now = segments[segment];
    if (now === '**') {
      if (segment === segments.length - 1) return true;
      wild = segment;
      mark = at;
      segment += 1;
    } else if (now !== undefined && fitsLine(now, names[at] ?? '', steps)) {
      at += 1;
      segment += 1;
    } else if (wild >= 0) {
      mark += 1;
      at = mark;
      segment = wild + 1;
    } else return false;
  }
  return segment === segments.length;
}
