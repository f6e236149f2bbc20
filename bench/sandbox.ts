// Why: what the sandbox adds to a run, and what a repository's installed packages add: an agent that is `true`, without
// a sandbox, with one, and with one and a layer of 5,000 files.
// Promises: a run's time is that of the journal, from its start until its room is sealed; all in turn, beside a bare
// spawn of `true` and one within the least that bubblewrap makes.
// Never: counts the rest of the order.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Daemon, type Office, openOffice, pause } from './kit.ts';
import { inTurn, type Measure, tellMeasures } from './tell.ts';

const card = '---\nagent: command\ncommand: ["true"]\nwrite: |\n  repos/*/src/**\n---\nNothing.\n';
const setup =
  'repos: { shop: { setup: "mkdir -p packages && cd packages && seq 5000 | xargs touch", key: [.gitignore] } }\n';

/** P4. */
export const sandboxFigure: Measure = {
  name: 'P4',
  rounds: 10,
  measure: async ({ rounds }) => {
    const plan = { files: 40, cards: { coder: card } };
    const offices = [
      await openOffice({ ...plan, sandbox: 'off' }),
      await openOffice({ ...plan, sandbox: 'required' }),
      await openOffice({ ...plan, sandbox: 'required', settings: setup }),
    ] as const;
    const daemons: Daemon[] = [];
    try {
      for (const office of offices) daemons.push(await office.start());
      const work = (at: number): Promise<number> => runTime(offices[at] as Office, daemons[at] as Daemon);
      const times = await inTurn(rounds, {
        bare: () => spawned('true'),
        least: () => spawned('bwrap', '--ro-bind', '/', '/', '--unshare-all', 'true'),
        off: () => work(0),
        on: () => work(1),
        layered: () => work(2),
      });
      const figure = { name: 'P4', unit: 'ms' } as const;
      const beside = 'a bare spawn of true';
      return [
        { ...figure, what: 'a run of true, sandbox on', value: times.on, bare: times.bare, beside },
        { ...figure, what: 'a run of true, sandbox off', value: times.off, bare: times.bare, beside },
        {
          ...figure,
          what: 'added by the sandbox',
          value: times.on - times.off,
          bare: times.least - times.bare,
          beside: 'added by the least bubblewrap',
        },
        {
          ...figure,
          what: 'a run of true over a layer of 5,000 files',
          value: times.layered,
          bare: times.on,
          beside: 'the sandbox alone',
        },
      ];
    } finally {
      for (const daemon of daemons) await daemon.stop();
      for (const office of offices) await office.close();
    }
  },
};

async function spawned(program: string, ...args: string[]): Promise<void> {
  await once(spawn(program, args, { stdio: 'ignore' }), 'close');
}

async function runTime(office: Office, daemon: Daemon): Promise<number> {
  const order = await office.drop('nothing');
  await daemon.settled(order);
  await pause(400);
  return (await office.journal()).findLast(({ step }) => step === 'ran')?.milliseconds ?? 0;
}

if (import.meta.main) await tellMeasures([sandboxFigure]);
