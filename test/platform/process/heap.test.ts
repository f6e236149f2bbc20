import { expect, test } from 'vitest';
import { sourceFile, startModule } from '../../kit/program.ts';

// Makes objects of which many live for a while, which is what makes V8 give new ones ever more room; says how much that
// was at most.
const work = (each: string): string => `
import { getHeapSpaceStatistics } from 'node:v8';
import { boundHeap } from '${sourceFile('platform/process/heap.ts')}';
const kept = [];
let most = 0;
const measure = () => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size / 1024 / 1024;
for (let look = 0; look < 2000; look += 1) {
  ${each};
  for (let index = 0; index < 1000; index += 1) kept.push({ index, text: [look] });
  if (kept.length > 1_000_000) kept.length = 0;
  most = Math.max(most, measure());
}
console.log(most);
`;

test('the room for new objects stays small where it is bounded, and grows where it is not', async () => {
  expect(Number(await startModule(work('boundHeap()')).line())).toBeLessThanOrEqual(32);
  expect(Number(await startModule(work('')).line())).toBeGreaterThan(32);
});
