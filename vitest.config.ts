import { defineConfig } from 'vitest/config';
import { bundledCli } from './test/kit/bundle.ts';
import { seed } from './test/kit/dice.ts';
import { drawnReporter, undrawn } from './test/kit/drawn.ts';
import { lackingReporter } from './test/kit/lacking.ts';
import { testLimit } from './test/kit/patience.ts';

// Real git and real processes: two workers on two cores. Nothing asserts a duration; the limit ends what hangs.
// Suites that take many minutes have commands of their own: npm run test:crash and npm run test:heavy. Of most of them a part is here as well.
const long = ['crash/ways', 'crash/waits', 'crash/load', 'crash/person', 'faults/agent', 'faults/memory', 'build', 'delegation/contract'];
const all = Boolean(process.env['FOURLINE_HEAVY']) || process.env['FOURLINE_CRASHES'] === 'all';
const left = all ? [] : undrawn(process.argv.slice(2));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: all ? [] : [...long, ...left].map((name) => `test/${name}.test.ts`),
    testTimeout: testLimit,
    hookTimeout: testLimit,
    maxWorkers: 2,
    pool: 'forks',
    reporters: ['default', drawnReporter(left), lackingReporter],
    // The command line is started many hundred times; compiled once, a start takes about 60 % of the processor's time.
    // One seed for all files of a run.
    env: { FOURLINE_SEED: seed, FOURLINE_CLI: await bundledCli(), NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.compile-cache` },
  },
});
