// A daemon that works for days: its memory stays flat, and nothing of what it opened, started or made is left behind.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { openOffice } from '../kit/office.ts';
import { sourceFile } from '../kit/program.ts';

const heavy = process.env['FOURLINE_HEAVY'] === '1';
const total = heavy ? 5000 : 120;
const first = heavy ? 500 : 60;
const batch = heavy ? 100 : 30;

// Works batch after batch in one daemon, and says after each what it holds, with the garbage taken out.
const worker = (root: string): string => `
import { writeFile, readdir } from 'node:fs/promises';
import { hostOf } from '${sourceFile('platform/process/host.ts')}';
import { openSession } from '${sourceFile('daemon/session.ts')}';
import { loopUntilStopped } from '${sourceFile('daemon/daemon.ts')}';
const text = '**Objective:** Nothing is done.\\n\\n**Acceptance:**\\n- nothing changes\\n- and nobody asks\\n- for anything\\n\\n**Files:** state/nothing.json\\n\\n**Branching:** halt-with-note\\n';
let made = 0;
let settled = () => undefined;
let history;
const hear = () => void (history?.orders.size === made && history.open.size === 0 && settled());
const session = await openSession('${root}', hear, hostOf());
history = session.ledger.history;
const [drain, never] = [new AbortController(), new AbortController()];
const daemon = loopUntilStopped(session, { once: false, drain: drain.signal, halt: never.signal });
let since = performance.now();
while (made < ${total}) {
  const all = new Promise((resolve) => (settled = resolve));
  made += ${batch};
  for (let index = made - ${batch}; index < made; index += 1) await writeFile('${root}/inbox/idle/n' + (index + 1) + '.md', text);
  await all;
  await session.ledger.publish();
  const pace = (performance.now() - since) / ${batch};
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  const done = [...history.orders.values()].filter((one) => one.end.outcome === 'done').length;
  console.log(JSON.stringify({ settled: done, rss, heapUsed, pace, descriptors: (await readdir('/proc/self/fd')).length }));
  since = performance.now();
}
drain.abort();
await daemon;
await session.close();
`;

test(
  `a soak of ${total} orders holds no more at its end than after the first ${first}, and leaves nothing behind`,
  async () => {
    const office = await openOffice({
      idle: `---\nagent: command\ncommand: [sh, -c, "printf -- '---\\\\noutcome: done\\\\n---\\\\nNothing to do.\\\\n' > $FOURLINE_REPORT"]\nlimits: { runs: 4 }\nwrite: |\n  state/nothing.json\n---\nNothing.\n`,
    });
    await office.write('fourline.yaml', 'sandbox: off\n');
    const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', worker(office.root)], {
      env: office.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const seen: { settled: number; rss: number; heapUsed: number; pace: number; descriptors: number }[] = [];
    for await (const line of createInterface({ input: child.stdout })) seen.push(JSON.parse(line));
    const early = seen.find((one) => one.settled >= first);
    const last = seen.at(-1);
    expect(last?.settled).toBe(total);
    expect(last?.descriptors).toBeLessThanOrEqual((early?.descriptors ?? 0) + 2);
    if (heavy) {
      const told = [early, last].map((one) =>
        one === undefined
          ? ''
          : `after ${one.settled} orders ${Math.round(one.rss / 1e6)} MB, of which ${Math.round(one.heapUsed / 1e6)} MB alive; ${Math.round(one.pace)} ms an order`,
      );
      console.log(told.join('\n'));
      expect((last?.rss ?? 0) / (early?.rss ?? 1)).toBeLessThanOrEqual(1.2);
      expect((last?.heapUsed ?? 0) / (early?.heapUsed ?? 1)).toBeLessThanOrEqual(1.5);
    }
    expect(await office.list('inbox/idle')).toEqual([]);
    expect(await office.list('state/active')).toEqual([]);
    const rooms = `${office.root}/../xdg/fourline/rooms`;
    for (const key of existsSync(rooms) ? readdirSync(rooms) : []) expect(readdirSync(`${rooms}/${key}`)).toEqual([]);
    const names = await readdir(office.root, { recursive: true });
    expect(names.filter((name) => /\.tmp$|\.lock$|-journal$/.test(name))).toEqual([]);
  },
  heavy ? 3_600_000 : 120_000,
);
