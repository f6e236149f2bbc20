// Why: how long it takes from an order becoming visible to its agent running, beside the least that any watcher could
// need: one inotify event and one spawn.
// Promises: the daemon itself runs, without a sandbox, so that the agent can leave its time outside; the same tiny
// agent in both.
// Never: counts the wait for a file to stand still as work: both ways of dropping an order are told.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { stillTime } from '../src/order/scan.ts';
import { cardOf, type Dropped, now, openOffice, pause, until } from './kit.ts';
import { inTurn, type Measure, tellMeasures } from './tell.ts';

// It writes the nanosecond it began.
const agent = 'date +%s%N > "$BEGAN/part" && mv "$BEGAN/part" "$BEGAN/now"';

/** P1. */
export const startFigure: Measure = {
  name: 'P1',
  rounds: 15,
  measure: async ({ rounds }) => {
    const began = await mkdtemp(`${tmpdir()}/fourline-bench-`);
    const env = { ...process.env, BEGAN: began };
    const office = await openOffice({
      sandbox: 'off',
      files: 40,
      cards: { coder: cardOf(agent, 'env: BEGAN\n') },
      env,
    });
    const daemon = await office.start();
    await mkdir(`${began}/inbox`);
    const watcher = watch(`${began}/inbox`, (_, name) => {
      if (name?.endsWith('.md') === true) spawn('sh', ['-c', agent], { stdio: 'ignore', env });
    });
    const passed = async (at: number): Promise<number> => {
      const text = await until(() => readFile(`${began}/now`, 'utf8').catch(() => null));
      await rm(`${began}/now`);
      return Number(text) / 1e6 - at;
    };
    const drop = async (dropping: Promise<Dropped>): Promise<number> => {
      const order = await dropping;
      const time = await passed(order.at);
      await daemon.settled(order);
      // Its commits in the ledger belong to no other's time.
      await pause(400);
      return time;
    };
    let count = 0;
    try {
      const times = await inTurn(rounds, {
        bare: async () => {
          count += 1;
          await writeFile(`${began}/b.md`, 'b');
          const at = now();
          await rename(`${began}/b.md`, `${began}/inbox/b${count}.md`);
          return passed(at);
        },
        said: () => drop(office.drop('said')),
        unsaid: () => drop(office.drop(`x${count}`, { said: false })),
      });
      const beside = 'inotify and spawn';
      const figure = { name: 'P1', unit: 'ms', bare: times.bare, beside } as const;
      return [
        { ...figure, what: `order renamed in by hand (stands still for ${stillTime} ms) → agent`, value: times.unsaid },
        { ...figure, what: 'the same by `fourline order`, which says that it comes whole', value: times.said },
      ];
    } finally {
      watcher.close();
      await daemon.stop();
      await office.close();
      await rm(began, { recursive: true, force: true });
    }
  },
};

if (import.meta.main) await tellMeasures([startFigure]);
