// Attacks on the way a run ends: on the wall's own process, on the terminal fourline was started from, on a fourline
// that dies.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { markedProcesses, markOf } from '../../src/platform/process/ending.ts';
import { buildHouse, type House } from '../kit/house.ts';
import { needs } from '../kit/needs.ts';
import { order } from '../kit/office.ts';
import { type LayerName, layers, withoutProbes } from './layers/layers.ts';
import type { Leg } from './row.ts';
import { legs, openStage, type Stage } from './stage.ts';

/** A row that needs a start of its own. `tried` says whether it got through. */
type Ending = {
  readonly name: string;
  readonly layers: readonly LayerName[];
  readonly line: string;
  readonly tried: (stage: Stage, house: House) => Promise<boolean>;
};

const endings: readonly Ending[] = [
  {
    name: 'end the wall by a signal to its own group',
    layers: ['a session of its own'],
    line: 'kill -KILL 0',
    tried: async (stage, house) => {
      await stage.fourline(house, 'start', '--once');
      return /"ending":"ended by SIGKILL"/.test(readFileSync(`${stage.place}/work/state/journal.jsonl`, 'utf8'));
    },
  },
  {
    name: 'type into the terminal that fourline was started from',
    layers: ['a session of its own', 'a group of its own'],
    line: 'echo TYPED > /dev/tty; echo 2 > src/a.ts',
    tried: async (stage, house) => {
      const words = [house.node, house.cli, '-C', `${stage.place}/work`, 'start', '--once'].map((word) => `'${word}'`);
      const options = { ...stage.as, env: stage.env, cwd: stage.place, encoding: 'utf8' } as const;
      needs('script');
      const { stdout } = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], options);
      if (!stdout.includes(' working ')) throw new Error(`fourline did not work:\n${stdout}`);
      return stdout.includes('TYPED');
    },
  },
  {
    name: 'live on when fourline is killed',
    layers: ['it dies with fourline'],
    line: 'cd "$FOURLINE_ROOM"; touch up; until [ -e go ]; do sleep 0.05; done; touch alive; sleep 600',
    tried: async (stage, house) => {
      const argv = [house.cli, '-C', `${stage.place}/work`, 'start', '--once'];
      const child = spawn(house.node, argv, { ...stage.as, env: stage.env, cwd: stage.place, stdio: 'ignore' });
      const ended = once(child, 'close');
      onTestFinished(() => void child.kill('SIGKILL'));
      const room = await untilFound(stage);
      child.kill('SIGKILL');
      await ended;
      writeFileSync(`${room}/go`, '');
      // Either it says that it lives, or nothing of its sandbox is left.
      const left = (): Promise<number[]> => markedProcesses(markOf(dirname(room)));
      while (!existsSync(`${room}/alive`) && (await left()).length > 0) await pause(20);
      for (const pid of await left()) spawnSync('kill', ['-KILL', `${pid}`]);
      return existsSync(`${room}/alive`);
    },
  },
];

async function untilFound(stage: Stage): Promise<string> {
  const rooms = `${stage.place}/xdg/fourline/rooms`;
  for (;;) {
    const found = (existsSync(rooms) ? readdirSync(rooms) : [])
      .flatMap((key) => readdirSync(`${rooms}/${key}`).map((run) => `${rooms}/${key}/${run}/room`))
      .find((room) => existsSync(`${room}/up`));
    if (found !== undefined) return found;
    await pause(20);
  }
}

async function tryEnding(house: House, leg: Leg, ending: Ending): Promise<boolean> {
  const stage = openStage(leg);
  stage.write('out/attack.sh', `${ending.line}\n`);
  stage.write(
    'work/roles/coder.md',
    `---\nagent: command\ncommand: [sh, ${stage.place}/out/attack.sh]\nwrite: |\n  repos/*/src/**\nlimits: { attempts: 1 }\n---\nMischief.\n`,
  );
  stage.write('work/fourline.yaml', 'sandbox: required\n');
  stage.write('work/inbox/coder/x.md', order(['src/a.ts']));
  stage.repository('shop', { 'src/a.ts': '1\n' });
  stage.handOver();
  return ending.tried(stage, house);
}

for (const leg of legs)
  for (const ending of endings) {
    const off = ending.layers.flatMap((name) => layers[name]);
    test(`${ending.name}: not as ${leg.name}, and without ${ending.layers.join(' + ')} it is`, async () => {
      expect(await tryEnding(buildHouse(), leg, ending)).toBe(false);
      expect(await tryEnding(buildHouse([withoutProbes, ...off]), leg, ending)).toBe(true);
    });
  }
