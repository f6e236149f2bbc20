// Why: agents wait for their models most of the time; what fourline holds for each of them meanwhile bounds how many
// there can be.
// Promises: the resident set of a daemon with so many sleeping runs, less that before them, for each run; beside a bare
// node that holds the same number of sleeping children. Its helpers within the sandboxes are told apart.
// Never: counts the agent's own memory.
import { cardOf, openOffice, ownFile, pause, until } from './kit.ts';
import { medianOf } from './median.ts';
import { helpersOf, residentOf, startNode } from './processes.ts';
import { type Measure, tellMeasures } from './tell.ts';

const limits = (runs: number): string => `limits: { runs: ${runs} }\n`;

/** P6. */
export const sleepingFigure: Measure = {
  name: 'P6',
  rounds: 1,
  measure: async ({ rounds, long }) => {
    const runs = long ? 200 : 20;
    const all = { fourline: [] as number[], helpers: [] as number[], count: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      all.bare.push(await measureBare(runs));
      const found = await measureRuns(runs);
      all.fourline.push(found.daemon);
      all.helpers.push(found.helpers.share);
      all.count.push(found.helpers.count);
    }
    const figure = { name: 'P6', unit: 'KiB', bare: medianOf(all.bare), beside: "a bare node's child" } as const;
    const count = medianOf(all.count).toFixed(1);
    return [
      {
        ...figure,
        what: `the daemon's memory for each of ${runs} sleeping runs, sandbox on`,
        value: medianOf(all.fourline),
      },
      { ...figure, what: `the ${count} processes that hold each sandbox`, value: medianOf(all.helpers) },
    ];
  },
};

async function measureBare(count: number): Promise<number> {
  const code = `process.setMaxListeners(0); process.stdin.on('end', () => process.exit()).resume();
    setTimeout(() => {
      for (let at = 0; at < ${count}; at += 1) {
        const child = require('node:child_process').spawn('sleep', ['600']);
        process.on('exit', () => child.kill());
      }
    }, 2000);`;
  const node = startNode(code);
  await pause(1500);
  const before = residentOf(node.pid);
  await pause(4500);
  const after = residentOf(node.pid);
  await node.stop();
  return (after - before) / count;
}

async function measureRuns(runs: number): Promise<{ daemon: number; helpers: { count: number; share: number } }> {
  const cards = {
    coder: cardOf(ownFile, limits(4)),
    sleeper: cardOf('exec sleep 3600', limits(runs)),
  };
  const office = await openOffice({
    sandbox: 'required',
    files: 1000,
    cards,
    settings: `runs: ${Math.min(256, runs + 4)}\n`,
  });
  try {
    const daemon = await office.start();
    // The first runs load code and leave memory to be collected. Sleeping runs come after that.
    const first = [];
    for (let at = 0; at < 20; at += 1) first.push(await office.drop(`n${at}`, { files: `src/d0/file${at}.ts` }));
    await Promise.all(first.map(daemon.settled));
    await pause(3000);
    const [before, helpersBefore] = [residentOf(daemon.pid), helpersOf(daemon.pid, 'sleep')];
    for (let at = 0; at < runs; at += 1)
      await office.drop('sleep', { role: 'sleeper', files: `src/d1/file${100 + at}.ts` });
    await until(async () => {
      await pause(200);
      const lines = await office.journal();
      return lines.filter(({ step }) => step === 'opened').length === runs + first.length ? true : null;
    });
    await pause(5000);
    const [after, helpers] = [residentOf(daemon.pid), helpersOf(daemon.pid, 'sleep')];
    await daemon.stop();
    const each = (value: number): number => value / runs;
    return {
      daemon: each(after - before),
      helpers: { count: each(helpers.count - helpersBefore.count), share: each(helpers.share - helpersBefore.share) },
    };
  } finally {
    await office.close();
  }
}

if (import.meta.main) await tellMeasures([sleepingFigure]);
