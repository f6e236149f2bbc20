// A person works in the repository while fourline is killed, its disk fills and branches are switched: none of their
// files is ever lost.
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { openWorks, type Start } from '../kit/crash.ts';
import { openDice, runsOf, seed } from '../kit/dice.ts';
import { type Disk, mountDisk } from '../kit/disk.ts';
import { cli, type Office } from '../kit/office.ts';

function startOn(disk: Disk, office: Office, crash: string): Promise<Start> {
  const [program = '', ...enter] = disk.enter;
  const child = spawn(program, [...enter, process.execPath, cli, '-C', office.root, 'start', '--once'], {
    env: { ...office.env, FOURLINE_CRASH: crash },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((done) => child.on('exit', (code, signal) => done({ signal, code, said })));
}

test.each(Array.from({ length: runsOf(1, 12) }, (_, round) => round + 1))(
  `nothing of a person's is lost by kills, a full disk and switched branches, round %i (FOURLINE_SEED=${seed})`,
  async (round) => {
    const chance = openDice(`person ${seed} ${round}`);
    const office = await openWorks(4, { attempts: 200 });
    office.git('repos/shop', 'branch', 'topic');
    const disk = await mountDisk(office, { size: '48m' });
    const theirs = new Map<string, string>([
      ['notes.txt', `a person's notes\n`],
      ['mine.txt', `a person's file\n`],
      ['src/w1/edited.txt', `a person's edited\n`],
      ['src/w3/taken.txt', `a person's taken\n`],
    ]);
    const story: string[] = [];
    for (let step = 1; step <= runsOf(6, 40); step += 1) {
      const name = `own-${step}.txt`;
      await disk.write(`repos/shop/${name}`, `${step}\n`);
      theirs.set(name, `${step}\n`);
      const full = chance.roll(3) === 1;
      const crash = `any:${chance.roll(300)}`;
      if (full) disk.fill(chance.roll(600));
      const running = startOn(disk, office, crash);
      const switches: string[] = [];
      for (let count = chance.roll(3); count > 0; count -= 1) {
        const branch = chance.roll(2) === 1 ? 'topic' : 'main';
        switches.push(disk.shell(`git -C repos/shop switch -q ${branch} 2>/dev/null && echo ${branch} || true`).trim());
      }
      const { signal } = await running;
      if (full) disk.free();
      story.push(`${crash}${full ? ' full' : ''} ${switches.join()} ${signal ?? 'ended'}`);
      const lost = await lostOf(disk, theirs);
      expect({ story, lost }).toMatchObject({ lost: [] });
    }
    expect((await startOn(disk, office, '')).signal).toBe(null);
    expect({ story, lost: await lostOf(disk, theirs) }).toMatchObject({ lost: [] });
  },
);

async function lostOf(disk: Disk, theirs: ReadonlyMap<string, string>): Promise<string[]> {
  const lost: string[] = [];
  for (const [name, text] of theirs)
    if ((await disk.read(`repos/shop/${name}`).catch(() => null)) !== text) lost.push(name);
  return lost;
}
