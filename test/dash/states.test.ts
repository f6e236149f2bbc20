// No wrong states: after each change, the API, the dashboard and `status` are held against the journal, folded here,
// and against the process table. The daemon stands still meanwhile (SIGSTOP), so that all look at one moment.
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Fault, type Fourline, type Overview } from '../../src/api.ts';
import { runStatus } from '../../src/cli/commands/status.ts';
import { openInvocation } from '../../src/cli/invocation.ts';
import { type Daemon, startDaemon } from '../kit/daemon.ts';
import { askRaw, openDash, type TestDash } from '../kit/dash.ts';
import { openDice, seed } from '../kit/dice.ts';
import { type Office, openOffice, order } from '../kit/office.ts';

/** How many changes of state are compared: a part of them with every test, all of them with `npm run test:heavy`. */
const wanted = process.env['FOURLINE_HEAVY'] === '1' ? 1000 : 60;
/** How many orders are open at once, and how often the command line itself is started instead of its function. */
const crowd = { open: 12, spawned: 20 } as const;

// An order's way is in its name: every agent of this test is this program.
const agent = `#!/bin/sh
kind=$(echo "$FOURLINE_ID" | sed 's/^[0-9]*-//; s/-.*//')
file=$(grep -o 'src/[a-z0-9-]*.txt' "$FOURLINE_ORDER" | head -1)
say() { printf -- '---\\noutcome: %s\\nnote: because\\nblocker: nobody knows\\n---\\nSo it is.\\n' "$1" > "$FOURLINE_REPORT"; }
first() { test "$FOURLINE_ATTEMPT" = 1; }
sleep 0.05
if test "$FOURLINE_ROLE" = auditor; then
  case "$(echo "$FOURLINE_ID" | cut -c4)" in [02468]) say reject ;; *) say approve ;; esac
  exit 0
fi
case "$kind" in
  halts) say halt-with-note ;;
  blocks) if first; then say requeue-with-blocker; else echo 2 > "$file"; fi ;;
  routes) if test "$FOURLINE_ROLE" = coder; then say route-to-biller; else echo 2 > "$file"; fi ;;
  strays) echo 2 > README.md ;;
  fails) exit 7 ;;
  asks) if first; then echo 'Which one?' > "$FOURLINE_ROOM/inbox/operator/which.md"; else echo 2 > "$file"; fi ;;
  stays) exec sleep 3600 ;;
  *) date +%N > "$file" ;;
esac
`;
const kinds = ['lands', 'halts', 'blocks', 'routes', 'strays', 'fails', 'asks', 'stays', 'lands', 'follows'] as const;

const cardOf = (root: string, front = ''): string =>
  `---\nagent: command\ncommand: [${root}/../agent.sh]\nwrite: |\n  repos/*/src/**\nlimits: { runs: 8, attempts: 2 }\n${front}---\nPlay your part.\n`;

async function openCrowd(): Promise<Office> {
  const office = await openOffice();
  await writeFile(`${office.root}/../agent.sh`, agent);
  await chmod(`${office.root}/../agent.sh`, 0o755);
  await office.write('fourline.yaml', 'sandbox: off\nruns: 12\n');
  await office.write('roles/coder.md', cardOf(office.root, 'send: operator\n'));
  await office.write('roles/biller.md', cardOf(office.root, 'send: operator\napprove: { paths: [repos/*/src/**] }\n'));
  await office.write('roles/checked.md', cardOf(office.root, 'send: operator\nreview: auditor\n'));
  await office.write('roles/auditor.md', cardOf(office.root));
  await office.repository('shop', { 'src/a.txt': '1\n', 'README.md': 'Shop.\n' });
  return office;
}

type Line = { readonly step: string; readonly order?: string; readonly [key: string]: unknown };
type Fact = { state: string; on: string | null; last: string; landed: boolean; undone: boolean; lines: number };

// Where each order stands by the journal's whole lines, without the engine's own fold.
function foldLines(office: Office): Map<string, Fact> {
  const text = readFileSync(`${office.root}/state/journal.jsonl`, 'utf8');
  const facts = new Map<string, Fact>();
  for (const line of text.split('\n').slice(0, -1)) {
    const entry = JSON.parse(line) as Line;
    const id = entry.order;
    if (id === undefined || ['refused', 'signalled', 'pushed'].includes(entry.step)) continue;
    const fact = facts.get(id) ?? { state: '', on: null, last: '', landed: false, undone: false, lines: 0 };
    facts.set(id, fact);
    fact.last = entry.step;
    fact.lines += 1;
    if (entry.step === 'landed') fact.landed = true;
    if (entry.step === 'posted' && typeof entry['undoes'] === 'string') {
      const undone = facts.get(entry['undoes']);
      if (undone !== undefined) undone.undone = true;
    }
    if (['posted', 'returned', 'routed', 'released'].includes(entry.step)) fact.state = 'posted';
    if (entry.step === 'claimed') fact.state = 'claimed';
    if (entry.step === 'parked') fact.state = 'waits';
    if (entry.step === 'settled') fact.state = `${entry['outcome']}`;
    fact.on = fact.state === 'waits' ? `${entry['on'] ?? fact.on}` : null;
  }
  return facts;
}

/** The processes of the agents of an office that live, by their orders' ids. */
function agentsOf(office: Office): Map<string, number[]> {
  const agents = new Map<string, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      if (!environment.includes(`FOURLINE_ROOM=${office.root.replace(/work$/, 'xdg')}/`)) continue;
      const id = /(?:^|\0)FOURLINE_ID=([^\0]*)/.exec(environment)?.[1] ?? '';
      if (isAlive(Number(name))) agents.set(id, [...(agents.get(id) ?? []), Number(name)]);
    } catch {
      // It has ended since the folder was listed.
    }
  }
  return agents;
}

const stateOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] ?? '';
  } catch {
    return '';
  }
};
const isAlive = (pid: number): boolean => !['', 'Z', 'X'].includes(stateOf(pid));

type Scene = {
  readonly office: Office;
  readonly fourline: Fourline;
  readonly dash: TestDash;
  /** The daemon's process; null while it is killed. */
  pid: number | null;
  /** Each order's state when it was last compared, and those that had a process then. */
  readonly seen: Map<string, string>;
  readonly hadAgent: Map<string, number>;
  /** Orders whose process this test ended, or asked fourline to end. */
  readonly ended: Set<string>;
  /** All states that there were. */
  readonly states: Set<string>;
  changes: number;
  looks: number;
  /** How many lines the journal had when it was last compared. */
  line: number;
};

// Everything that answers, at one moment: nothing may move while it is asked.
async function compare(scene: Scene): Promise<string[]> {
  const { office, fourline, dash, pid, seen } = scene;
  const facts = foldLines(office);
  const agents = agentsOf(office);
  const look = await fourline.look({ ended: 100_000 });
  const bearer = { authorization: `Bearer ${dash.token}` };
  const twin = JSON.parse((await askRaw(dash.authority, '/api/v1/status', { headers: bearer })).body) as Overview;
  scene.looks += 1;
  scene.line = look.line;
  const status =
    scene.looks % crowd.spawned === 0
      ? (JSON.parse((await office.fourline('status', '--json')).out) as Overview)
      : await statusAnswer(office);
  const wrong: string[] = [];
  const works = pid !== null && isAlive(pid);
  for (const [name, one] of Object.entries({ look, twin, status })) {
    if (one.working !== works || one.pid !== pid) wrong.push(`${name}: works ${one.working} as ${one.pid}, not ${pid}`);
    wrong.push(...wrongRows(name, one, facts, works, name === 'look'));
  }
  const rows = new Map(look.orders.map((row) => [row.id, row]));
  for (const [id, pids] of agents)
    if (facts.get(id)?.state !== 'claimed') wrong.push(`${id} is ${facts.get(id)?.state}, and process ${pids} lives`);
  for (const [id, fact] of facts) {
    const state = rows.get(id)?.state ?? '';
    // An agent that never ends by itself lives for as long as its order is said to run.
    const stays = works && state === 'running' && fact.last === 'opened' && scene.hadAgent.get(id) === fact.lines;
    if (stays && /-stays-/.test(id) && !scene.ended.has(id) && !agents.has(id))
      wrong.push(`${id} is said to run, and its process is gone`);
    if (agents.has(id)) scene.hadAgent.set(id, fact.lines);
    const now = `${state} ${fact.on ?? ''} ${state === 'posted' ? fact.lines : ''}`;
    if (seen.get(id) !== now) scene.changes += 1;
    seen.set(id, now);
    scene.states.add(`${state} ${fact.on ?? ''}`.trim());
  }
  return wrong;
}

function wrongRows(name: string, look: Overview, facts: Map<string, Fact>, works: boolean, all: boolean): string[] {
  const wrong: string[] = [];
  const expected = (fact: Fact): string => (fact.state !== 'claimed' ? fact.state : works ? 'running' : 'interrupted');
  const counts = new Map<string, number>();
  for (const row of look.orders) {
    counts.set(row.id, (counts.get(row.id) ?? 0) + 1);
    const fact = facts.get(row.id);
    // A file that the daemon has not looked at yet.
    if (fact === undefined && row.since === null && ['posted', 'not taken'].includes(row.state)) continue;
    const [is, on] = [row.state, row.waits?.on ?? null];
    if (fact === undefined || is !== expected(fact) || on !== fact.on)
      wrong.push(
        `${name}: ${row.id} is ${is} ${on}, not ${fact === undefined ? 'known' : `${expected(fact)} ${fact.on}`}`,
      );
  }
  const isOpen = ({ state }: Fact): boolean => ['posted', 'claimed', 'waits'].includes(state);
  for (const [id, fact] of facts)
    if ((all || isOpen(fact)) && counts.get(id) !== 1)
      wrong.push(`${name}: ${id} (${fact.state}) is listed ${counts.get(id) ?? 0} times`);
  const claimed = [...facts].filter(([, { state }]) => state === 'claimed').map(([id]) => id);
  if ([...look.running].sort().join() !== claimed.sort().join())
    wrong.push(`${name}: ${look.running} run, not ${claimed}`);
  const settled = [...facts.values()].filter((fact) => !isOpen(fact)).length;
  if (look.settled !== settled) wrong.push(`${name}: ${look.settled} are settled, not ${settled}`);
  return wrong;
}

async function statusAnswer({ root, env }: Office): Promise<Overview> {
  const told: unknown[] = [];
  const invocation = openInvocation({ directory: root, json: true, quiet: true, color: false, env });
  await runStatus({ ...invocation, answer: (data) => void told.push(data) });
  return JSON.parse(JSON.stringify(told[0])) as Overview;
}

// Compares while the daemon stands still.
async function compareFrozen(scene: Scene): Promise<string[]> {
  const { pid } = scene;
  if (pid === null) return compare(scene);
  process.kill(pid, 'SIGSTOP');
  while (stateOf(pid) !== 'T') await new Promise((done) => setImmediate(done));
  try {
    return await compare(scene);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** A person who acts by chance on orders as they stand. */
function openPerson({ office, fourline, ended }: Scene, dice: ReturnType<typeof openDice>) {
  const words = new Set<Promise<unknown>>();
  let count = 0;
  let before = '';
  // Files that the daemon has not taken yet.
  const dropped = new Set<string>();
  let paused = false;
  // Too late is no fault: the order went on meanwhile.
  const say = (word: Promise<unknown>): void => {
    const heard: Promise<unknown> = word
      .catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error;
      })
      .finally(() => words.delete(heard));
    words.add(heard);
  };
  const drop = async (): Promise<void> => {
    count += 1;
    const kind = kinds[dice.roll(kinds.length) - 1] ?? 'lands';
    const role = kind === 'lands' ? (['coder', 'biller', 'checked'][dice.roll(3) - 1] ?? 'coder') : 'coder';
    const front = kind === 'follows' && before !== '' ? { front: `after: [${before}]` } : {};
    const branching = 'halt-with-note, route-to-biller, requeue-with-blocker';
    const text = order([`src/${kind}-${count}.txt`], {
      objective: `The file of ${kind} ${count} is there.`,
      branching,
      ...front,
    });
    before = `${kind}-${count}`;
    dropped.add(before);
    await office.write(`inbox/${role}/${before}.md`, text);
  };
  const act = async (facts: ReadonlyMap<string, Fact>): Promise<void> => {
    const open = [...facts].filter(([, { state }]) => ['posted', 'claimed', 'waits'].includes(state));
    for (const id of facts.keys()) dropped.delete(id.slice(5));
    for (let left = crowd.open - open.length - dropped.size; left > 0; left -= 1) await drop();
    for (const [id, { state, on }] of open) {
      if (on === 'answer') say(fourline.say(id, { kind: 'answer', text: 'That one.' }));
      if (on === 'blocker') say(fourline.say(id, { kind: 'retry', text: '' }));
      if (on === 'approval')
        say(fourline.say(id, { kind: dice.roll(3) === 1 ? 'reject' : 'approve', text: 'It must be so.' }));
      const stays = /-stays-/.test(id) && state === 'claimed' && dice.roll(4) === 1;
      if (stays || (state === 'posted' && dice.roll(40) === 1)) {
        ended.add(id);
        if (stays && dice.roll(2) === 1) for (const pid of agentsOf(office).get(id) ?? []) killProcess(pid);
        else say(fourline.say(id, { kind: 'cancel' }));
      }
    }
    const settled = dice.shuffle([...facts].filter(([, { state }]) => ['done', 'failed', 'halted'].includes(state)));
    const again = settled.find(([, { state }]) => state !== 'done');
    if (again !== undefined && dice.roll(6) === 1) say(fourline.say(again[0], { kind: 'retry', text: 'Once more.' }));
    const undone = settled.find(([, { landed, undone }]) => landed && !undone);
    if (undone !== undefined && dice.roll(8) === 1) say(fourline.say(undone[0], { kind: 'undo' }));
    if (dice.roll(8) === 1) {
      paused = !paused;
      say(paused ? fourline.pause('biller') : fourline.resume('biller'));
    }
  };
  const quiet = async (): Promise<void> => void (await Promise.all([...words]));
  return { act, quiet };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

test(`of ${wanted} changes of orders' states, none is told wrong by the API, the dashboard or status (seed ${seed})`, async () => {
  const office = await openCrowd();
  const dash = await openDash(office);
  const { fourline } = dash;
  let daemon: Daemon = await startDaemon(office);
  const maps = {
    seen: new Map<string, string>(),
    hadAgent: new Map<string, number>(),
    ended: new Set<string>(),
    states: new Set<string>(),
  };
  const scene: Scene = { office, fourline, dash, pid: daemon.pid, ...maps, changes: 0, looks: 0, line: 0 };
  onTestFinished(() => {
    if (isAlive(daemon.pid)) process.kill(daemon.pid, 'SIGCONT');
  });
  const dice = openDice(`states ${seed}`);
  const person = openPerson(scene, dice);
  const steps = fourline.follow();
  const wrong: string[] = [];
  let kills = 0;
  while (scene.changes < wanted) {
    await person.act(foldLines(office));
    for (let step = await steps.next(); step.value.line <= scene.line; ) step = await steps.next();
    wrong.push(...(await compareFrozen(scene)));
    if (scene.changes < ((kills + 1) * wanted) / 6) continue;
    kills += 1;
    await person.quiet();
    daemon.kill('SIGKILL');
    await daemon.ended;
    scene.pid = null;
    wrong.push(...(await compare(scene)));
    daemon = await startDaemon(office);
    scene.pid = daemon.pid;
    scene.hadAgent.clear();
  }
  await person.quiet();
  await steps.return?.();
  await daemon.stop();
  scene.pid = null;
  wrong.push(...(await compare(scene)));
  expect([...new Set(wrong)]).toEqual([]);
  // Few changes need not come to everything.
  if (wanted < 1000) return;
  const outcomes = ['done', 'halted', 'failed', 'refused'];
  const waits = ['answer', 'blocker', 'approval', 'review'].map((on) => `waits ${on}`);
  for (const state of ['running', 'interrupted', 'posted', ...outcomes, ...waits])
    expect(scene.states).toContain(state);
});
