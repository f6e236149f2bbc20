// Why: a daemon that has nothing to do should not be felt.
// Promises: wake-ups and computing time of all threads of an idle daemon, and at the same time of a bare node that
// watches one folder.
// Never: hides the look that comes every thirty seconds: a minute (`--long`) holds two, twenty seconds one or none.
import { cardOf, openOffice, pause, threeFiles } from './kit.ts';
import { activityOf, startNode } from './processes.ts';
import { type Measure, tellMeasures } from './tell.ts';

/** P8. */
export const idleFigure: Measure = {
  name: 'P8',
  rounds: 1,
  measure: async ({ long }) => {
    const seconds = long ? 60 : 20;
    const office = await openOffice({ sandbox: 'required', files: 1000, cards: { coder: cardOf(threeFiles) } });
    const daemon = await office.start();
    const code = `require('node:fs').watch(${JSON.stringify(`${office.root}/inbox`)}); process.stdin.on('end', () => process.exit()).resume();`;
    const node = startNode(code);
    try {
      await daemon.settled(await office.drop('edit'));
      await pause(5000);
      const before = [activityOf(daemon.pid), activityOf(node.pid)];
      await pause(seconds * 1000);
      const after = [activityOf(daemon.pid), activityOf(node.pid)];
      const [own, bare] = after.map((one, at) => ({
        wakes: (one.wakes - (before[at]?.wakes ?? 0)) / seconds,
        share: (one.milliseconds - (before[at]?.milliseconds ?? 0)) / seconds / 10,
      }));
      const figure = { name: 'P8', beside: 'a bare node that watches a folder' } as const;
      // A bare node may sleep all the time: no ratio then.
      const orNull = (value = 0): number | null => (value === 0 ? null : value);
      return [
        {
          ...figure,
          what: `wake-ups of an idle daemon in ${seconds} s`,
          value: own?.wakes ?? 0,
          unit: 'per s',
          bare: orNull(bare?.wakes),
        },
        { ...figure, what: 'its share of a core', value: own?.share ?? 0, unit: '%', bare: orNull(bare?.share) },
      ];
    } finally {
      await node.stop();
      await daemon.stop();
      await office.close();
    }
  },
};

if (import.meta.main) await tellMeasures([idleFigure]);
