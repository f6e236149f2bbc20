// Why: patterns are written by people and by agents and matched against names that agents choose, so they keep to a small grammar whose meaning
// has no surprises and whose matching cannot be made slow.
// Promises: an entry without `*` is one path, compared for equality; in an entry with `*`, only `*` (within a segment) and `**` (whole segments)
// mean anything. Overlap and containment of two patterns are decided exactly, not guessed.
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
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
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

// Which characters matter to two patterns: those they name, the slash, and one that stands for every other.
const other = '\uE000';

type Machine = {
  readonly start: ReadonlySet<number>;
  readonly step: (states: ReadonlySet<number>, char: string) => Set<number>;
  readonly accepts: (states: ReadonlySet<number>) => boolean;
};

// States: 2i before token i, 2i+1 inside a `deep` or `rest` token's current segment.
function machineOf(glob: string): Machine {
  const tokens = tokensOf(glob);
  const end = tokens.length * 2;
  const close = (states: Set<number>): Set<number> => {
    const queue = [...states];
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      const token = state % 2 === 0 ? tokens[state / 2] : undefined;
      const next = token?.kind === 'star' || token?.kind === 'deep' ? state + 2 : undefined;
      if (next !== undefined && !states.has(next)) {
        states.add(next);
        queue.push(next);
      }
    }
    return states;
  };
  const moves = (state: number, char: string): number[] => {
    const index = Math.floor(state / 2);
    const token = tokens[index];
    if (token === undefined) return [];
    const inside = state % 2 === 1;
    switch (token.kind) {
      case 'char':
        return token.char === char ? [state + 2] : [];
      case 'star':
        return char === '/' ? [] : [state];
      case 'deep':
        if (char !== '/') return [index * 2 + 1];
        return inside ? [index * 2] : [];
      case 'rest':
        if (char !== '/') return [index * 2 + 1];
        return inside ? [index * 2] : [];
    }
  };
  const accepts = (states: ReadonlySet<number>): boolean =>
    [...states].some((state) => state === end || (state === end - 1 && tokens.at(-1)?.kind === 'rest'));
  return {
    start: close(new Set([0])),
    step: (states, char) => close(new Set([...states].flatMap((state) => moves(state, char)))),
    accepts,
  };
}

function lettersOf(...globs: readonly string[]): string[] {
  return [...new Set([...globs.join('/').replaceAll('*', ''), '/', other])];
}

// A valid path has no empty segment, so walks that would make one are cut.
function legalNext(previous: string, char: string): boolean {
  return char !== '/' || (previous !== '/' && previous !== '');
}

/** True when some path matches both patterns. Exact for this grammar. */
export function globsOverlap(a: string, b: string): boolean {
  const [one, two] = [machineOf(a), machineOf(b)];
  return reach(
    one.start,
    two.start,
    lettersOf(a, b),
    one.step,
    two.step,
    (x, y) => one.accepts(x) && two.accepts(y),
    (x, y) => x.size > 0 && y.size > 0,
  );
}

/** True when every path that `inner` matches is matched by one of `outer`. Exact for this grammar. */
export function globsContain(outer: readonly string[], inner: string): boolean {
  const machines = outer.map(machineOf);
  const small = machineOf(inner);
  const union: Machine = {
    start: new Set(
      machines.flatMap((machine, index) => [...machine.start].map((state) => state * machines.length + index)),
    ),
    step: (states, char) => {
      const out = new Set<number>();
      machines.forEach((machine, index) => {
        const own = new Set(
          [...states]
            .filter((state) => state % machines.length === index)
            .map((state) => Math.floor(state / machines.length)),
        );
        for (const state of machine.step(own, char)) out.add(state * machines.length + index);
      });
      return out;
    },
    accepts: (states) =>
      machines.some((machine, index) =>
        machine.accepts(
          new Set(
            [...states]
              .filter((state) => state % machines.length === index)
              .map((state) => Math.floor(state / machines.length)),
          ),
        ),
      ),
  };
  const escaped = reach(
    small.start,
    union.start,
    lettersOf(inner, ...outer),
    small.step,
    union.step,
    (x, y) => small.accepts(x) && !union.accepts(y),
    (x) => x.size > 0,
  );
  return !escaped;
}

type States = ReadonlySet<number>;

// Breadth-first search through pairs of state sets: can a pair be reached for which `found` holds, over legal paths only?
function reach(
  startA: States,
  startB: States,
  letters: readonly string[],
  stepA: (states: States, char: string) => States,
  stepB: (states: States, char: string) => States,
  found: (a: States, b: States) => boolean,
  alive: (a: States, b: States) => boolean,
): boolean {
  const seen = new Set<string>();
  let front: Array<{ a: States; b: States; last: string }> = [{ a: startA, b: startB, last: '' }];
  while (front.length > 0) {
    const next: typeof front = [];
    for (const { a, b, last } of front) {
      for (const char of letters) {
        if (!legalNext(last, char)) continue;
        const pair = { a: stepA(a, char), b: stepB(b, char), last: char === '/' ? '/' : 'x' };
        if (!alive(pair.a, pair.b)) continue;
        if (pair.last !== '/' && found(pair.a, pair.b)) return true;
        const key = `${[...pair.a].sort().join()}|${[...pair.b].sort().join()}|${pair.last}`;
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(pair);
      }
    }
    front = next;
  }
  return false;
}
