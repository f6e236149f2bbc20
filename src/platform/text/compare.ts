// Why: two orders may run at the same time, a child may be narrower than its parent, a card may allow all of an order.
// Each is a question about two patterns.
// Promises: exact for the grammar of glob.ts within a budget of steps that is counted, not timed. Past the budget two
// patterns count as overlapping, and as not contained, which is the careful side of both. Nothing here recurses.
// Never: matches a path against a pattern; that is role/grant.ts.
import { formsOf } from './glob.ts';

/** The budget that is left for a comparison, in steps. One step takes well under a microsecond. */
export type StepBudget = { left: number };

/**
 * Most steps that one question may take; the careful answer is given beyond. Measured: the slowest question takes about
 * 100 ms.
 */
export const compareSteps = 400_000;

/** A fresh budget for one question. */
export function openBudget(steps: number = compareSteps): StepBudget {
  return { left: steps };
}

/** True when some path matches both patterns, or when finding out would take too long. */
export function globsOverlap(a: string, b: string, budget: StepBudget = openBudget()): boolean {
  if (a === b) return true;
  const others = formsOf(b).map(segmentsOf);
  return formsOf(a).some((form) => {
    const segments = segmentsOf(form);
    return others.some((other) => pathsMeet(segments, other, budget));
  });
}

// A `**` at the end takes at least one segment: then it is `*` and any number of them.
function segmentsOf(form: string): readonly string[] {
  const segments = form.split('/');
  return segments.at(-1) === '**' ? [...segments.slice(0, -1), '*', '**'] : segments;
}

function pathsMeet(a: readonly string[], b: readonly string[], budget: StepBudget): boolean {
  const known = new Map<string, boolean>();
  const meet = (x: string, y: string): boolean => {
    if (x === y || x === '*' || y === '*') return true;
    if (!/[*?]/.test(x) && !/[*?]/.test(y)) return false;
    const key = `${x}/${y}`;
    const found =
      known.get(key) ?? wordsMeet([...x], [...y], '*', (one, two) => one === two || one === '?' || two === '?', budget);
    known.set(key, found);
    return found;
  };
  const [lastOfA = '', lastOfB = ''] = [a.at(-1), b.at(-1)];
  if (lastOfA !== '**' && lastOfB !== '**' && !meet(lastOfA, lastOfB)) return false;
  return wordsMeet(a, b, '**', meet, budget);
}

// Two words with wild tokens that stand for any number of others: is there a word that both describe? Row by row, from
// the front, as far as both agree.
function wordsMeet(
  a: readonly string[],
  b: readonly string[],
  wild: string,
  meet: (x: string, y: string) => boolean,
  budget: StepBudget,
): boolean {
  let row = new Set([0]);
  for (let i = 0; i <= a.length; i += 1) {
    const next = new Set<number>();
    for (const j of row) {
      budget.left -= 1;
      if (budget.left < 0) return true;
      const [x, y] = [a[i], b[j]];
      if (x === undefined && y === undefined) return true;
      if (x === wild || y === wild) {
        // Either wild token may end here, or take what the other has next.
        if (x === wild || (x !== undefined && y === wild)) next.add(j);
        if (y === wild || (y !== undefined && x === wild)) row.add(j + 1);
      } else if (x !== undefined && y !== undefined && meet(x, y)) next.add(j + 1);
    }
    row = next;
  }
  return false;
}

// A form as a machine over characters. State i stands before token i. `star` eats any number of characters that are no
// slash, `one` eats one of them, `deep` eats whole segments: a `**` segment together with the slash behind it; `rest`
// is a `**` at the end, with at least one segment.
type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'star' }
  | { readonly kind: 'deep' }
  | { readonly kind: 'rest' };

function compareTokens(form: string): Token[] {
  const out: Token[] = [];
  const segments = form.split('/');
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '**') {
      out.push({ kind: last ? 'rest' : 'deep' });
      return;
    }
    for (const char of segment)
      out.push(char === '*' ? { kind: 'star' } : char === '?' ? { kind: 'one' } : { kind: 'char', char });
    if (!last) out.push({ kind: 'char', char: '/' });
  });
  return out;
}

// Stands for every character that no pattern names; no token's character equals it.
const other = '';

type CompareMachine = {
  readonly start: readonly number[];
  readonly step: (state: number, char: string) => readonly number[];
  readonly accepts: (state: number) => boolean;
  /** The one character that a state waits for, or undefined: it takes any. */
  readonly wants: (state: number) => string | undefined;
};

// States: 2i before token i, 2i+1 inside a `deep` or `rest` token's current segment.
function machineOf(form: string): CompareMachine {
  const tokens = compareTokens(form);
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
      case 'one':
        return char === '/' ? null : state + 2;
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

/**
 * True when every path that `inner` matches is matched by one of `outer`; false also when finding out would take too
 * long.
 */
export function globsContain(outer: readonly string[], inner: string, budget: StepBudget = openBudget()): boolean {
  if (outer.includes(inner)) return true;
  return formsOf(inner).every((form) => {
    // Patterns that share no path with it are no help, and cost much.
    const near = outer.flatMap(formsOf).filter((one) => one === form || globsOverlap(one, form, budget));
    return near.includes(form) || (near.length > 0 && unionContains(near, form, budget));
  });
}

// One state of the small machine with the states that each of the others may be in.
type ComparePlace = { readonly at: number; readonly sets: ReadonlyArray<readonly number[]> };

// Breadth first: is a place reached where the small machine accepts and none of the others does? Only over legal paths:
// no segment is empty.
function unionContains(outer: readonly string[], inner: string, budget: StepBudget): boolean {
  const small = machineOf(inner);
  const union = outer.map(machineOf);
  const seen = new Set<string>();
  const queue: { place: ComparePlace; last: string }[] = [];
  const sets = union.map((machine) => machine.start);
  for (const at of small.start) queue.push({ place: { at, sets }, last: '/' });
  for (const { place, last } of queue) {
    const wanted = union.flatMap((machine, index) => (place.sets[index] ?? []).map(machine.wants));
    for (const char of lettersOf(small.wants(place.at), wanted)) {
      if (char === '/' && last === '/') continue;
      const states = small.step(place.at, char);
      if (states.length === 0) continue;
      budget.left -= 4 * (wanted.length + 1);
      if (budget.left < 0) return false;
      const next = union.map((machine, index) => [
        ...new Set((place.sets[index] ?? []).flatMap((state) => machine.step(state, char))),
      ]);
      const kind = char === '/' ? '/' : 'x';
      const covered = union.some((machine, index) => (next[index] ?? []).some(machine.accepts));
      for (const at of states) {
        if (kind === 'x' && small.accepts(at) && !covered) return false;
        const key = `${kind}${at}|${next.map((set) => set.toSorted((x, y) => x - y).join()).join('|')}`;
        if (seen.has(key)) continue;
        seen.add(key);
        queue.push({ place: { at, sets: next }, last: kind });
      }
    }
  }
  return true;
}

// A state that waits for one character makes all others pointless.
function lettersOf(only: string | undefined, wanted: ReadonlyArray<string | undefined>): Iterable<string> {
  return only === undefined ? new Set(['/', other, ...wanted.filter((one) => one !== undefined)]) : [only];
}
