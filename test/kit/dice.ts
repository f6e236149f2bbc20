// Why: what goes wrong at a random moment must go wrong again when somebody looks.
// Promises: the same seed and name give the same rolls; the seed, or what was chosen by it, stands in the test's name.
// Never: takes anything from clock or system but the first seed.
import { createHash, randomInt } from 'node:crypto';

/** The seed of this run: FOURLINE_SEED, else a new one. */
export const seed: string = process.env['FOURLINE_SEED'] || String(randomInt(1_000_000));

/** How much is tried: a little with everything else, all of it with FOURLINE_CRASHES=all. */
export function runsOf<Amount>(few: Amount, all: Amount): Amount {
  return process.env['FOURLINE_CRASHES'] === 'all' ? all : few;
}

/**
 * Some of those that could be tried, by the seed: a part of them (rounded up) with everything else, all of them with
 * FOURLINE_CRASHES=all or FOURLINE_HEAVY.
 */
export function someOf<Item>(items: readonly Item[], part = 6): Item[] {
  if (process.env['FOURLINE_HEAVY']) return [...items];
  return openDice(`some ${seed} ${items.length}`)
    .shuffle(items)
    .slice(0, runsOf(Math.ceil(items.length / part), items.length));
}

/** Dice of a name. */
export type Dice = {
  /** A whole number from 1 to `sides`. */
  readonly roll: (sides: number) => number;
  readonly shuffle: <Item>(items: readonly Item[]) => Item[];
};

/** Opens dice. */
export function openDice(name: string): Dice {
  let count = 0;
  const roll = (sides: number): number => {
    count += 1;
    return (createHash('sha256').update(`${name} ${count}`).digest().readUInt32BE() % sides) + 1;
  };
  return {
    roll,
    shuffle: (items) => {
      const left = [...items];
      const out: (typeof items)[number][] = [];
      while (left.length > 0) out.push(...left.splice(roll(left.length) - 1, 1));
      return out;
    },
  };
}
