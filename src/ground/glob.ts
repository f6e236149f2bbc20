// Why: patterns are written by people and by agents and matched against names that agents choose, so they keep to a small grammar whose meaning
// has no surprises and whose matching cannot be made slow.
// Promises: an entry without `*` is one path, compared for equality; in an entry with `*`, only `*` (within a segment) and `**` (whole segments)
// mean anything. Overlap of two patterns is decided exactly; containment too, within a budget of steps, and what would take more counts as not contained.
// Never: matches a path against a pattern; that is role/grant.ts, with micromatch.

/** An entry of a permission list. Literal entries hold no `*`. */
export type Glob = { readonly text: string; readonly literal: boolean };

/** What reading an entry came to. */
export type GlobReading =
  | { readonly ok: true; readonly glob: Glob }
  | { readonly ok: false; readonly reason: string; readonly hint?: string };

/** Longest pattern, in characters. The numbers here were measured: with them the worst match takes under 10 ms. */
export const globLimit = 256;

/** Reads one entry. Refuses what could mean something else than it seems to: negation, absolute and climbing paths, empty segments. */
export function parseGlob(text: string): GlobReading {
  if (text === '') return { ok: false, reason: 'it is empty' };
  if (text.length > globLimit)
    return { ok: false, reason: `it is ${text.length} characters long; at most ${globLimit}` };
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(text))
    return { ok: false, reason: 'it holds a control or invisible character' };
  if (text !== text.normalize('NFC')) return { ok: false, reason: 'it is not in Unicode normal form C' };
  if (text.startsWith('!'))
    return { ok: false, reason: '! (not) is no part of a pattern', hint: 'put it in deny: instead' };
  if (text.includes('\\')) return { ok: false, reason: 'it holds a backslash', hint: 'separate folders with /' };
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text) || text.startsWith('~'))
    return { ok: false, reason: 'it is an absolute path', hint: 'paths are relative' };
  if (text.endsWith('/')) return { ok: false, reason: 'it names a folder', hint: `${text}** for all that is in it` };
  const segments = text.split('/');
  if (segments.includes('')) return { ok: false, reason: 'it has an empty segment (//)' };
  if (segments.includes('.') || segments.includes('..'))
    return { ok: false, reason: 'it has a . or .. segment', hint: 'write the path without them' };
  if (!text.includes('*')) return { ok: true, glob: { text, literal: true } };
  if (segments.filter((segment) => segment === '**').length > 2)
    return { ok: false, reason: 'it has more than two **' };
  for (const segment of segments) {
    if (segment === '**') continue;
    if (segment.includes('**'))
      return {
        ok: false,
        reason: `in '${segment}' ** stands beside other characters`,
        hint: '** must be a whole segment: src/**/*.ts',
      };
    if ((segment.match(/\*/g) ?? []).length > 2) return { ok: false, reason: `'${segment}' has more than two *` };
  }
  return { ok: true, glob: { text, literal: false } };
}

// A pattern as a machine over characters. State i stands before token i; `any` eats one character that is no slash and may stay; `deep` eats whole
// segments. Tokens: a character, STAR, or DEEP (a `**` segment together with the slash behind it, or at the end with at least one segment).
type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'deep' }
  | { readonly kind: 'rest' };

function tokensOf(glob: string): Token[] {
  const out: Token[] = [];
  const segments = glob.split('/');
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '**') {
      out.push({ kind: last ? 'rest' : 'deep' });
      return;
    }
    for (const char of segment) out.push(char === '*' ? { kind: 'star' } : { kind: 'char', char });
    if (!last) out.push({ kind: 'char', char: '/' });
  });
  return out;
}

// Stands for every character that neither pattern names; no token's character equals it.
const other = '';

type Machine = {
  readonly start: readonly number[];
  readonly step: (state: number, char: string) => readonly number[];
  readonly accepts: (state: number) => boolean;
  /** The one character that a state waits for, or undefined: it takes any. */
  readonly wants: (state: number) => string | undefined;
};

// States: 2i before token i, 2i+1 inside a `deep` or `rest` token's current segment.
function machineOf(glob: string): Machine {
  const tokens = tokensOf(glob);
  const end = tokens.length * 2;
  const close = (states: readonly number[]): number[] => {
    const closed: number[] = [];
    for (let state of states) {
      closed.push(state);
      for (let token = tokens[state / 2]; token?.kind === 'star' || token?.kind === 'deep'; token = tokens[state / 2]) {
        state += 2;
        closed.push(state);
      }
    }
    return closed;
  };
  const move = (state: number, char: string): number | null => {
    const index = Math.floor(state / 2);
    const token = tokens[index];
    switch (token?.kind) {
      case undefined:
        return null;
      case 'char':
        return token.char === char ? state + 2 : null;
      case 'star':
        return char === '/' ? null : state;
      case 'deep':
      case 'rest':
        if (char !== '/') return index * 2 + 1;
        return state % 2 === 1 ? index * 2 : null;
    }
  };
  return {
    start: close([0]),
    step: (state, char) => {
      const next = move(state, char);
      return next === null ? [] : close([next]);
    },
    accepts: (state) => state === end || (state === end - 1 && tokens.at(-1)?.kind === 'rest'),
    wants: (state) => {
      const token = state % 2 === 0 ? tokens[state / 2] : undefined;
      return token?.kind === 'char' ? token.char : undefined;
    },
  };
}

/** True when some path matches both patterns. Exact for this grammar. */
export function globsOverlap(a: string, b: string): boolean {
  const [one, two] = [machineOf(a), machineOf(b)];
  type Pair = { readonly a: number; readonly b: number };
  const product = (left: readonly number[], right: readonly number[]): Pair[] =>
    left.flatMap((x) => right.map((y) => ({ a: x, b: y })));
  const end = walk<Pair>({
    start: product(one.start, two.start),
    letters: (at) => lettersOf(one.wants(at.a) ?? two.wants(at.b), []),
    step: (at, char) => product(one.step(at.a, char), two.step(at.b, char)),
    found: (at) => one.accepts(at.a) && two.accepts(at.b),
    keyOf: (at) => `${at.a}|${at.b}`,
    budget: Number.POSITIVE_INFINITY,
  });
  return end === 'found';
}

// A union of patterns can need more sets of states than there is memory for (`**` before many `*` segments), and orders are written by agents.
const budget = 10_000;

/** True when every path that `inner` matches is matched by one of `outer`. Exact for this grammar, but false when finding out would take too long. */
export function globsContain(outer: readonly string[], inner: string): boolean {
  if (outer.includes(inner)) return true;
  const small = machineOf(inner);
  const union = outer.map(machineOf);
  type Place = { readonly a: number; readonly sets: ReadonlyArray<readonly number[]> };
  const spread = (states: readonly number[], sets: Place['sets']): Place[] => states.map((a) => ({ a, sets }));
  const end = walk<Place>({
    start: spread(
      small.start,
      union.map((machine) => machine.start),
    ),
    letters: (at) =>
      lettersOf(
        small.wants(at.a),
        union.flatMap((machine, index) => (at.sets[index] ?? []).map(machine.wants)),
      ),
    step: (at, char) => {
      const states = small.step(at.a, char);
      if (states.length === 0) return [];
      const sets = union.map((machine, index) => [
        ...new Set((at.sets[index] ?? []).flatMap((state) => machine.step(state, char))),
      ]);
      return spread(states, sets);
    },
    found: (at) => small.accepts(at.a) && !union.some((machine, index) => (at.sets[index] ?? []).some(machine.accepts)),
    keyOf: (at) => `${at.a}|${at.sets.map((set) => set.toSorted((x, y) => x - y).join()).join('|')}`,
    budget,
  });
  return end === 'nothing';
}

// A state that waits for one character makes all others pointless.
function lettersOf(only: string | undefined, wanted: ReadonlyArray<string | undefined>): Iterable<string> {
  return only === undefined ? new Set(['/', other, ...wanted.filter((one) => one !== undefined)]) : [only];
}

type Walk<Node> = {
  readonly start: readonly Node[];
  readonly letters: (at: Node) => Iterable<string>;
  readonly step: (at: Node, char: string) => readonly Node[];
  readonly found: (at: Node) => boolean;
  readonly keyOf: (at: Node) => string;
  readonly budget: number;
};

// Breadth-first: can a place be reached for which `found` holds, over legal paths only (no empty segment)?
function walk<Node>(plan: Walk<Node>): 'found' | 'nothing' | 'too much' {
  const seen = new Set<string>();
  const queue = plan.start.map((node) => ({ node, last: '/' }));
  for (const { node, last } of queue) {
    for (const char of plan.letters(node)) {
      if (char === '/' && last === '/') continue;
      const kind = char === '/' ? '/' : 'x';
      for (const next of plan.step(node, char)) {
        if (kind === 'x' && plan.found(next)) return 'found';
        const key = `${kind}${plan.keyOf(next)}`;
        if (seen.has(key)) continue;
        if (seen.size >= plan.budget) return 'too much';
        seen.add(key);
        queue.push({ node: next, last: kind });
      }
    }
  }
  return 'nothing';
}
