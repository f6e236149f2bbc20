// Why: a process that works for days must not grow for days. V8 doubles the room for new objects, up to 128 MB, each
// time enough of them have outlived a collection. It mostly keeps that room, however little is alive.
// Promises: when it is called again and again, that room stays within a doubling of its bound.
// Never: collects garbage, or bounds what is alive.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

// As large as loading the program makes it: nothing is slower for it.
const bound = 16 * 1024 * 1024;

/**
 * Sets whether the room for new objects may grow from here. A running V8 takes no bound, only the factor of its growth;
 * a factor of 1 stops the growth.
 */
export function boundHeap(): void {
  const size = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')?.space_size ?? 0;
  setFlagsFromString(`--semi-space-growth-factor=${size < bound ? 2 : 1}`);
}
