// Why: what one order costs, beside the script that people write today.
// Promises: both have a repository of the same files, the same agent and the same three-file edit, in turn; an order's
// time ends when its work is in the person's work tree and fourline says so.
// Never: counts what the ledger publishes a moment later (`bench/steps.ts` shows it, `bench/throughput.ts` counts it).
import { cardOf, openOffice, openScript, pause, threeFiles } from './kit.ts';
import { type Figure, inTurn, type Measure, tellMeasures } from './tell.ts';

async function measureOrders(name: string, files: number, rounds: number): Promise<Figure[]> {
  const script = await openScript(files);
  const cards = { coder: cardOf(threeFiles) };
  const offices = {
    off: await openOffice({ sandbox: 'off', files, cards }),
    on: await openOffice({ sandbox: 'required', files, cards }),
  };
  const daemons = { off: await offices.off.start(), on: await offices.on.start() };
  const first: number[] = [];
  const work = async (kind: 'off' | 'on'): Promise<number> => {
    const order = await offices[kind].drop('edit');
    const time = (await daemons[kind].settled(order)) - order.at;
    if (kind === 'on') first.push(time);
    await pause(400);
    return time;
  };
  try {
    const times = await inTurn(rounds, { script: () => script.work(), off: () => work('off'), on: () => work('on') });
    const figure = { name, unit: 'ms', bare: times.script, beside: 'the script' } as const;
    const where = `${files.toLocaleString('en')} files, median of ${rounds}`;
    return [
      { ...figure, what: `a whole order of three edited files, sandbox on; ${where}`, value: times.on },
      { ...figure, what: 'the same without a sandbox, each room a copy', value: times.off },
      {
        ...figure,
        what: 'the first order of a daemon, sandbox on: mirror and checkout are made',
        value: first[0] ?? 0,
      },
    ];
  } finally {
    for (const daemon of Object.values(daemons)) await daemon.stop();
    for (const office of Object.values(offices)) await office.close();
    await script.close();
  }
}

/** P2. */
export const orderFigure: Measure = {
  name: 'P2',
  rounds: 10,
  measure: ({ rounds }) => measureOrders('P2', 1000, rounds),
};

/** P3: few rounds, because each takes a while and making the repositories takes longer. */
export const largeFigure: Measure = {
  name: 'P3',
  rounds: 3,
  measure: ({ rounds }) => measureOrders('P3', 100_000, rounds),
};

if (import.meta.main) await tellMeasures([orderFigure, largeFigure]);
