// Why: a plan of many small orders is as fast as fourline takes them through, not as its agents.
// Promises: an agent that edits one file, four runs at once, 1,000 files, sandbox on. The time goes from the first drop
// to the last end, and what the ledger publishes meanwhile counts. Beside it is the script, one after the other.
// Never: lets two orders edit one file.
import { cardOf, openOffice, openScript, ownFile, pause } from './kit.ts';
import { inTurn, type Measure, tellMeasures } from './tell.ts';

const batch = 20;

/** P7. */
export const throughputFigure: Measure = {
  name: 'P7',
  rounds: 3,
  measure: async ({ rounds }) => {
    const cards = { coder: cardOf(ownFile, 'limits: { runs: 4 }\n') };
    const office = await openOffice({ sandbox: 'required', files: 1000, cards, settings: 'runs: 4\n' });
    const daemon = await office.start();
    const script = await openScript(1000);
    const perSecond = (began: number): number => (batch * 1000) / (performance.now() - began);
    try {
      const rates = await inTurn(rounds, {
        script: async () => {
          const began = performance.now();
          for (let at = 0; at < batch; at += 1) await script.work(`date +%s%N >> src/d0/file${at}.ts`);
          return perSecond(began);
        },
        fourline: async () => {
          const began = performance.now();
          const orders = [];
          for (let at = 0; at < batch; at += 1)
            orders.push(await office.drop(`n${at}`, { files: `src/d0/file${at}.ts` }));
          await Promise.all(orders.map(daemon.settled));
          const rate = perSecond(began);
          await pause(1000);
          return rate;
        },
      });
      const what = `orders of one edited file, 4 at once, 1,000 files, sandbox on; batches of ${batch}`;
      return [{ name: 'P7', what, value: rates.fourline, unit: 'per s', bare: rates.script, beside: 'the script' }];
    } finally {
      await daemon.stop();
      await office.close();
      await script.close();
    }
  },
};

if (import.meta.main) await tellMeasures([throughputFigure]);
