import { defineConfig } from 'vitest/config';
import { minutes } from '../kit/patience.ts';

// The real programs, one after the other on a small machine: they take time to start.
// biome-ignore lint/style/noDefaultExport: vitest wants one
export default defineConfig({
  test: {
    include: ['test/agents/*.e2e.ts'],
    testTimeout: minutes(4),
    hookTimeout: minutes(1),
    maxWorkers: 2,
    pool: 'forks',
  },
});
