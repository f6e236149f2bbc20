// Why: some work must not happen twice at once: it is done in turns.
// Promises: work with one key is done one after the other, in the order in which it was asked for; a failure doesn't
// stop what comes after it.
// Never: excludes another process.

/** Does work when all earlier work with the same key has ended. Gives or throws what the work does. */
export type InTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** Opens turns that no work waits for yet. */
export function openTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work);
    last.set(
      key,
      mine.catch(() => undefined),
    );
    return mine;
  };
}
