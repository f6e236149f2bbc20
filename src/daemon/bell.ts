// Why: the daemon sleeps until somebody knocks, and a knock that comes while it works must not be lost.
// Promises: a knock ends a sleep at once, and stays until it is answered.
// Never: says who knocked.

/** `knock` asks for a look; `wake` only ends a sleep. */
export type Bell = {
  readonly knock: () => void;
  readonly wake: () => void;
  /** True when somebody knocked since the last answer. */
  readonly knocked: () => boolean;
  readonly answer: () => void;
  /** Returns after these milliseconds, or at a knock. */
  readonly sleep: (milliseconds: number) => Promise<void>;
};

/** A bell at which somebody has just knocked: the first look comes at once. */
export function openBell(): Bell {
  let rung = true;
  let wake: () => void = () => undefined;
  return {
    knock: () => {
      rung = true;
      wake();
    },
    wake: () => wake(),
    knocked: () => rung,
    answer: () => {
      rung = false;
    },
    sleep: async (milliseconds) => {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds);
        wake = resolve;
      });
      clearTimeout(timer);
    },
  };
}
