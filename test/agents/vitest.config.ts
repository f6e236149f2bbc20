import { defineConfig } from 'vitest/config';

// The real programs, one after the other on a small machine: they take time to start.
// biome-ignore lint/style/noDefaultExport: vitest wants one
export default defineConfig({
  test: {
    include: ['test/agents/*.e2e.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});
