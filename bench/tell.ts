// Why: a figure is a number beside the same number of something bare, and all of them are told alike.
// Promises: work to be compared is done in turn, in one process, and the median counts; a figure that can't be measured
// here is told with its reason, and the rest goes on.
// Never: asserts; absolute times mean little on a shared machine.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { medianOf } from './median.ts';

/** One figure. `bare` is the same quantity of what `beside` names; null where nothing bare does the like. */
export type Figure = {
  readonly name: string;
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'per s' | 'KiB' | '%';
  readonly bare: number | null;
  readonly beside: string;
};

/** How much is measured: rounds of each, and the long way where there is one. */
export type Extent = { readonly rounds: number; readonly long: boolean };

/** Something that is measured, with how many rounds it takes if nobody says. */
export type Measure = {
  readonly name: string;
  readonly rounds: number;
  readonly measure: (extent: Extent) => Promise<readonly Figure[]>;
};

/**
 * Does each work in turn: once to fill caches, then `rounds` times. Gives the median of each, in milliseconds or of the
 * numbers that the work answers.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < rounds; round += 1)
    for (const name of names) {
      const began = performance.now();
      const own = await works[name]();
      if (round >= 0) values[name].push(typeof own === 'number' ? own : performance.now() - began);
    }
  return Object.fromEntries(names.map((name) => [name, medianOf(values[name])])) as Record<Name, number>;
}

/** Measures and tells, as the command line says: `--json`, `--long`, `--rounds <n>`, and names such as `P1`. */
export async function tellMeasures(measures: readonly Measure[]): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      rounds: { type: 'string' },
    },
    allowPositionals: true,
  });
  const all: Figure[] = [];
  const load = loadavg()[0] ?? 0;
  if (!values.json) process.stdout.write(`${head}\n`);
  for (const { name, rounds, measure } of measures) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const extent = { rounds: Number(values.rounds ?? rounds), long: values.long };
    const figures = await measure(extent).catch((error: unknown) => {
      process.stderr.write(`${name} can't be measured: ${String(error)}\n`);
      process.exitCode = 1;
      return [];
    });
    all.push(...figures);
    if (!values.json) for (const figure of figures) process.stdout.write(`${lineOf(figure)}\n`);
  }
  const rows = all.map((one) => ({ ...one, ratio: one.bare === null ? null : one.value / one.bare }));
  if (values.json) process.stdout.write(`${JSON.stringify({ load, figures: rows }, null, 2)}\n`);
  else
    process.stdout.write(`load of the machine: ${load.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after\n`);
}

const head = `${'figure'.padEnd(8)}${'value'.padStart(12)}${'bare'.padStart(12)}${'ratio'.padStart(9)}  what, beside what`;

function lineOf({ name, what, value, unit, bare, beside }: Figure): string {
  const show = (number: number): string => `${number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0)} ${unit}`.trim();
  const ratio = bare === null ? '' : (value / bare).toFixed(2);
  const words = bare === null ? what : `${what} / ${beside}`;
  return `${name.padEnd(8)}${show(value).padStart(12)}${(bare === null ? '' : show(bare)).padStart(12)}${ratio.padStart(9)}  ${words}`;
}
