// Why: a workspace grows with every order; beside an empty one shows whether people feel that.
// Promises: orders that settled are there with all that they leave; the hundredth order and a late one are worked in
// turn, by daemons that both run; each command is a process of its own, in turn.
// Never: works thousands of orders to get there (`bench/copies.ts`).
import { execFileSync } from 'node:child_process';
import { settleMany } from './copies.ts';
import { cardOf, type Daemon, now, type Office, openOffice, pause, threeFiles } from './kit.ts';
import { type Figure, inTurn, type Measure, tellMeasures } from './tell.ts';

const plan = { sandbox: 'off', files: 100, cards: { coder: cardOf(threeFiles) } } as const;

/** P5. */
export const historyFigure: Measure = {
  name: 'P5',
  rounds: 6,
  measure: async ({ rounds, long }) => [
    ...(await measureOrders(rounds, long ? 10_000 : 1000)),
    ...(await measureCommands(rounds, long ? 100_000 : 2000)),
  ],
};

async function measureOrders(rounds: number, late: number): Promise<Figure[]> {
  const offices = [await openOffice(plan), await openOffice(plan)] as const;
  const daemons: Daemon[] = [];
  const work = async (at: 0 | 1): Promise<number> => {
    const order = await offices[at].drop('edit');
    const time = ((await daemons[at]?.settled(order)) ?? 0) - order.at;
    await pause(400);
    return time;
  };
  try {
    for (const [at, count] of [100, late].entries()) await settleMany(offices[at] as Office, count, 'published');
    for (const office of offices) daemons.push(await office.start());
    const times = await inTurn(rounds, { early: () => work(0), late: () => work(1) });
    const what = `an order after ${late.toLocaleString('en')}, sandbox off`;
    return [{ name: 'P5', what, value: times.late, unit: 'ms', bare: times.early, beside: 'an order after 100' }];
  } finally {
    for (const daemon of daemons) await daemon.stop();
    for (const office of offices) await office.close();
  }
}

async function measureCommands(rounds: number, count: number): Promise<Figure[]> {
  const [full, empty] = [await openOffice(plan), await openOffice(plan)] as const;
  try {
    await settleMany(full, count, 'said');
    await settleMany(empty, 1, 'said');
    const run = ({ cli, root, env }: Office, args: readonly string[]): void =>
      void execFileSync(process.execPath, [cli, '-C', root, ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 2 ** 30,
      });
    const start = async (office: Office): Promise<number> => {
      const began = now();
      const daemon = await office.start();
      const time = now() - began;
      await daemon.stop();
      return time;
    };
    const figures: Figure[] = [];
    const add = (command: string, times: { readonly full: number; readonly empty: number }): void =>
      void figures.push({
        name: 'P5',
        what: `${command}, ${count.toLocaleString('en')} settled orders`,
        value: times.full,
        unit: 'ms',
        bare: times.empty,
        beside: 'one settled order',
      });
    add('start until it works', await inTurn(rounds, { full: () => start(full), empty: () => start(empty) }));
    for (const args of [['status'], ['audit'], ['log'], ['show', '0001-edit']])
      add(
        args.join(' '),
        await inTurn(rounds, { full: async () => run(full, args), empty: async () => run(empty, args) }),
      );
    return figures;
  } finally {
    await full.close();
    await empty.close();
  }
}

if (import.meta.main) await tellMeasures([historyFigure]);
