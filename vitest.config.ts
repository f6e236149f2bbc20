import { defineConfig } from 'vitest/config';
import { lackingReporter } from './test/kit/lacking.ts';
import { testLimit } from './test/kit/patience.ts';

// Real git and real processes: two workers on two cores. Nothing asserts a duration; the limit ends what hangs.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: testLimit,
    hookTimeout: testLimit,
    maxWorkers: 2,
    pool: 'forks',
    reporters: ['default', lackingReporter],
    // The command line is started many hundred times; compiled once, a start takes about 60 % of the processor's time.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.compile-cache` },
  },
});
