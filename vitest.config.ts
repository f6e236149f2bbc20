import { defineConfig } from 'vitest/config';

// Real git and real processes: two workers on two cores, and time enough for a slow machine. Nothing asserts a duration.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});
