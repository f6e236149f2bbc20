// Why: the promise is about what is left when fourline dies. A real `fourline start` dies here at a named point, is
// started again, and then everything is counted.
// Promises: the workspace has a person's edits, two repositories and roles that mail each other; `flawsOf` says in
// sentences what the promise is broken by.
// Never: looks at what fourline says of itself alone: commits, files and processes are counted from outside.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { runAudit } from '../../src/cli/commands/audit.ts';
import { runStatus } from '../../src/cli/commands/status.ts';
import { openInvocation } from '../../src/cli/invocation.ts';
import { unheard } from '../../src/event.ts';
import { parseOrder } from '../../src/order/order.ts';
import { lookAt } from '../../src/workspace/look.ts';
import { cli, type Office, openOffice, order } from './office.ts';

/** How a start ended. */
export type Start = { readonly signal: NodeJS.Signals | null; readonly code: number | null; readonly said: string };

/** Starts `fourline start --once` and waits for its end; with `crash` it dies there. */
export function start(office: Office, crash?: string): Promise<Start> {
  const child = spawn(process.execPath, [cli, '-C', office.root, 'start', '--once'], {
    env: { ...office.env, FOURLINE_CRASH: crash ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // `exit`, not `close`: an agent that outlives the crash holds the pipe.
  return new Promise((done) => child.on('exit', (code, signal) => done({ signal, code, said })));
}

/**
 * The acts of an order's run: it changes, adds and deletes files, meets two files of a person's, gets one refusal,
 * mails, and writes state.
 */
const coder = `
n=\${FOURLINE_ID#*-}
mkdir -p src/$n docs "$FOURLINE_ROOM/state"
for name in old new edited taken; do echo "$n" > src/$n/$name.txt; done
rm -f src/$n/gone.txt
echo "$n" > docs/$n.txt
echo "$n" > "$FOURLINE_ROOM/state/plan-$n.txt"
sed "s/NAME/$n/g" "$LETTER" > "$FOURLINE_ROOM/inbox/auditor/look-$n.md"
`;
const auditor = `printf -- '---\\noutcome: done\\n---\\nlooked\\n' > "$FOURLINE_REPORT"\n`;

/** A role that runs a shell script. */
export function cardOf(script: string, front: string): string {
  return `---\nagent: command\ncommand: [sh, ${script}]\nenv: LETTER\n${front.trim()}\n---\nA role.\n`;
}

/** An order that goes well when left alone. */
export function goodOrder(name: string, repo: string): string {
  return order([`src/${name}/**`, `state/plan-${name}.txt`], {
    accept: [`\`grep -q ${name} src/${name}/new.txt\` passes`, 'the rest stays', 'the file ends in a newline'],
    front: `repo: ${repo}`,
  });
}

/** A workspace with `count` such orders waiting: w1 in shop, w2 in mill, w3 in shop … */
export async function openWorks(
  count: number,
  options: { attempts?: number; sandboxing?: boolean; waits?: boolean } = {},
): Promise<Office> {
  const office = await openOffice();
  const scripts = office.root.replace(/\/work$/, '/scripts');
  await mkdir(scripts);
  await office.write('../scripts/coder.sh', coder);
  await office.write('../scripts/auditor.sh', auditor);
  await office.write('../scripts/letter.md', order(['src/NAME/**'], { objective: 'Look at NAME.' }));
  office.env['LETTER'] = `${scripts}/letter.md`;
  const limits = `limits: { runs: 4, attempts: ${options.attempts ?? 3} }`;
  const writes = `write: |\n  repos/*/src/**\n  state/plan-*.txt\nsend: auditor\n${limits}`;
  await office.write(
    'fourline.yaml',
    `runs: 6\nsandbox: ${options.sandboxing === true ? 'required' : 'off'}\nreadable: [${scripts}]\n`,
  );
  await office.write('roles/coder.md', cardOf(`${scripts}/coder.sh`, writes));
  await office.write('roles/smith.md', cardOf(`${scripts}/coder.sh`, writes));
  await office.write('roles/auditor.md', cardOf(`${scripts}/auditor.sh`, limits));
  if (options.waits === true) await letWait(office, scripts);
  for (const role of ['coder', 'smith', 'auditor']) await mkdir(`${office.root}/inbox/${role}`);
  const names = Array.from({ length: count }, (_, index) => `w${index + 1}`);
  for (const repo of count > 1 ? ['shop', 'mill'] : ['shop']) {
    const mine = names.filter((name) => repoOf(name) === repo);
    const files = mine.flatMap((name) =>
      ['old', 'gone', 'edited'].map((file) => [`src/${name}/${file}.txt`, 'before\n']),
    );
    await office.repository(repo, { 'notes.txt': 'before\n', ...Object.fromEntries(files) });
    await office.write(`repos/${repo}/notes.txt`, `a person's notes\n`);
    await office.write(`repos/${repo}/mine.txt`, `a person's file\n`);
    for (const name of mine)
      for (const file of ['edited', 'taken'])
        await office.write(`repos/${repo}/src/${name}/${file}.txt`, `a person's ${file}\n`);
  }
  await office.write('inbox/coder/0000-old.report.md', 'an old report\n');
  for (const [index, name] of names.entries())
    await office.write(`inbox/${index % 3 === 1 ? 'smith' : 'coder'}/${name}.md`, goodOrder(name, repoOf(name)));
  return office;
}

// The coder's landings wait for the auditor, and the smith's orders for what they sent.
async function letWait(office: Office, scripts: string): Promise<void> {
  await give(office, 'coder', 'review: auditor');
  await give(office, 'smith', 'wake: batch');
  await office.write('../scripts/smith.sh', coder);
  await office.write('roles/smith.md', (await office.read('roles/smith.md')).replace('coder.sh', 'smith.sh'));
  await before(
    office,
    'auditor',
    `[ ! -e $FOURLINE_ROOM/mail/changes.patch ] || { ${says('outcome: approve')}; exit 0; }`,
  );
  await before(office, 'smith', `if ls $FOURLINE_ROOM/mail | grep -q look; then ${says('outcome: done')}; exit 0; fi`);
  await office.write(
    'fourline.yaml',
    (await office.read('fourline.yaml')).replace(/readable:.*/, `readable: [${scripts}]`),
  );
}

/** A shell line that leaves a report. */
export function says(head: string): string {
  return `printf -- '---\\n${head}\\n---\\nso it is\\n' > "$FOURLINE_REPORT"`;
}

/** Puts a line before what a role's script does. */
export async function before(office: Office, role: string, line: string): Promise<void> {
  await office.write(`../scripts/${role}.sh`, `${line}\n${await office.read(`../scripts/${role}.sh`)}`);
}

/** Gives a card one more line. */
export async function give(office: Office, role: string, front: string): Promise<void> {
  await office.write(`roles/${role}.md`, (await office.read(`roles/${role}.md`)).replace(/^---\n/, `---\n${front}\n`));
}

/** The repository an order of that name is about. */
export function repoOf(name: string): string {
  return Number(name.slice(1)) % 2 === 0 ? 'mill' : 'shop';
}

/**
 * Everything that breaks the promise, as sentences. `names` are the orders that were put into inboxes; `outcomes` how
 * they may end.
 */
export async function flawsOf(
  office: Office,
  names: readonly string[],
  outcomes: readonly string[] = ['done'],
): Promise<string[]> {
  const flaws: string[] = [];
  const say = (holds: boolean, sentence: string): void => void (holds || flaws.push(sentence));
  const { history, steps, damaged, close } = await lookAt(office.root, unheard, office.host());
  const entries = await steps.all();
  await close();
  say(damaged.length === 0, `the journal has damaged lines: ${JSON.stringify(damaged)}`);
  say(history.open.size === 0, `orders are still open: ${[...history.open].join(', ')}`);
  say(history.announced.size === 0, `mail was announced and not delivered: ${[...history.announced].join(', ')}`);
  const records = await recordsOf(office);
  const standings = [...history.orders.values()];
  for (const one of standings) {
    const found = records.filter((path) => path.endsWith(`/${one.id}`));
    say(found.length === 1, `${one.id} has ${found.length} records`);
    const ends = entries.filter((entry) => entry.step === 'settled' && entry.order === one.id);
    say(ends.length === 1, `${one.id} has ${ends.length} settled lines`);
    const text = await readFile(`${office.root}/state/orders/${one.month ?? ''}/${one.id}/report.md`, 'utf8').catch(
      () => '',
    );
    say(
      text.includes(`outcome: ${one.end.outcome ?? ''}\n`),
      `the report of ${one.id} does not say ${one.end.outcome ?? ''}`,
    );
    const order = await office.read(`state/orders/${one.month ?? ''}/${one.id}/order.md`).catch(() => '');
    const withdrawn = one.end.note.startsWith('withdrawn') || text.includes('\nwithdrawn: ');
    say(withdrawn || parseOrder(order).ok, `the record of ${one.id} holds no order`);
  }
  say(records.length === standings.length, `there are ${records.length} records of ${standings.length} orders`);
  say(
    (await office.list('state/active')).length === 0,
    `state/active holds ${(await office.list('state/active')).join(', ')}`,
  );
  for (const name of names) {
    const mine = standings.filter((one) => one.id.slice(5) === name);
    const [one] = mine;
    say(mine.length === 1, `${name} became ${mine.length} orders`);
    if (one === undefined) continue;
    say(outcomes.includes(one.end.outcome ?? ''), `${one.id} ended ${one.end.outcome ?? ''}: ${one.end.note}`);
    const done = one.end.outcome === 'done';
    const repo = repoOf(name);
    const commits = countOf(
      office.git(`repos/${repo}`, 'log', '--format=%(trailers:key=Fourline-Order,valueonly)'),
      one.id,
    );
    say(commits === (done ? 1 : 0), `${one.id} is ${one.end.outcome ?? ''} and has ${commits} commits`);
    say(one.landing.landed.length === commits, `the journal says ${one.id} landed ${one.landing.landed.length} times`);
    const children = standings.filter((child) => child.bonds.parent === one.id && child.bonds.reviews === null);
    say(children.length === (done ? 1 : 0), `${one.id} is ${one.end.outcome ?? ''} and sent ${children.length} orders`);
    for (const child of children)
      say(
        outcomes.includes(child.end.outcome ?? ''),
        `${child.id} ended ${child.end.outcome ?? ''}: ${child.end.note}`,
      );
    const plan = await office.read(`state/plan-${name}.txt`).catch(() => null);
    say(plan === (done ? `${name}\n` : null), `state/plan-${name}.txt is ${JSON.stringify(plan)}`);
    const record = await office.list(`state/orders/${one.month ?? ''}/${one.id}`);
    if (done) {
      const folder = `state/orders/${one.month ?? ''}/${one.id}`;
      const runs = (await office.list(`${folder}/runs`)).map((run) => `${folder}/runs/${run}`);
      const patches = [folder, ...runs].map((at) => office.read(`${at}/refused.patch`).catch(() => ''));
      const patch = (await Promise.all(patches)).join('');
      say(patch.includes(`docs/${name}.txt`), `what ${one.id} was refused is not kept`);
    } else if (entries.some((entry) => entry.step === 'judged' && entry.order === one.id)) {
      say(record.includes('unlanded.patch'), `what ${one.id} may land is not kept: ${record.join(', ')}`);
      say(record.includes('outbox'), `what ${one.id} may send is not kept: ${record.join(', ')}`);
    }
    const asked = office.git(`repos/${repo}`, 'status', '--porcelain', '--', `src/${name}`).split('\n').sort();
    const changed = done
      ? 'M src/NAME/edited.txt, M src/NAME/taken.txt'
      : ' M src/NAME/edited.txt,?? src/NAME/taken.txt';
    say(same(asked.join(','), changed.replaceAll('NAME', name)), `the work tree of ${one.id}: ${asked.join(',')}`);
    for (const file of ['edited', 'taken'])
      say(
        (await office.read(`repos/${repo}/src/${name}/${file}.txt`)) === `a person's ${file}\n`,
        `${name}/${file}.txt is not the person's any more`,
      );
  }
  for (const repo of await office.list('repos')) {
    say((await office.read(`repos/${repo}/notes.txt`)) === "a person's notes\n", `${repo}/notes.txt changed`);
    say((await office.read(`repos/${repo}/mine.txt`)) === "a person's file\n", `${repo}/mine.txt changed`);
    const status = office
      .git(`repos/${repo}`, 'status', '--porcelain')
      .split('\n')
      .filter((line) => !line.includes(' src/'));
    say(status.sort().join() === ' M notes.txt,?? mine.txt', `the work tree of ${repo}: ${status.join()}`);
  }
  const reports = [...(await office.list('inbox/coder')), ...(await office.list('inbox/smith'))].filter(
    (name) => !name.endsWith('.report.md'),
  );
  say(
    reports.every((name) => /^beyond\.md/.test(name)),
    `inboxes hold ${reports.join(', ')}`,
  );
  const told = standings
    .filter((one) => one.bonds.reviews === null)
    .map((one) => `inbox/${one.asked.from}/${one.id}.report.md`);
  const lying = (await filesBelow(office.root, 'inbox')).filter((path) => path.endsWith('.report.md'));
  const taken = (await filesBelow(office.root, 'state/orders')).filter((path) => /\/mail\/.*\.report\.md$/.test(path));
  for (const path of told) {
    const name = path.split('/').at(-1) ?? '';
    const copies =
      lying.filter((one) => one.endsWith(`/${name}`)).length + taken.filter((one) => one.endsWith(`/${name}`)).length;
    say(copies === 1, `the report ${path} is there ${copies} times`);
  }
  say(
    lying.length + taken.length === told.length + 1,
    `there are ${lying.length + taken.length} reports of ${told.length} orders`,
  );
  flaws.push(...(await litterIn(office)), ...ledgerFlaws(office, entries.length));
  for (const pid of processesOf(office))
    flaws.push(
      `process ${pid} is left: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 200)}`,
    );
  flaws.push(...(await toldFlaws(office)));
  return flaws;
}

function same(found: string, wanted: string): boolean {
  return found.replace(/^ /, '').replace(/, /g, ',') === wanted.replace(/^ /, '').replace(/, /g, ',');
}

function countOf(lines: string, line: string): number {
  return lines.split('\n').filter((one) => one === line).length;
}

async function recordsOf(office: Office): Promise<string[]> {
  const out: string[] = [];
  for (const month of await office.list('state/orders'))
    for (const id of await office.list(`state/orders/${month}`)) out.push(`${month}/${id}`);
  return out;
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(`${root}/${folder}`, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1));
}

// Half-written files, locks, rooms and refs that nobody needs any more.
async function litterIn(office: Office): Promise<string[]> {
  const all = await filesBelow(office.root, '');
  const litter = all.filter((path) =>
    /\.tmp$|\.lock$|tmp_(?:pack|idx|obj)|fast_import_crash|-journal$|running\.json$|\.index$|state\/requests\/./.test(
      path,
    ),
  );
  litter.push(...all.filter((path) => /\/pack-\w+\.pack$/.test(path) && !all.includes(path.replace(/pack$/, 'idx'))));
  const place = office.root.replace(/\/work$/, '');
  for (const key of await readdir(`${place}/xdg/fourline/rooms`).catch(() => []))
    for (const room of await readdir(`${place}/xdg/fourline/rooms/${key}`)) litter.push(`the room ${room}`);
  for (const mirror of await office.list('state/git'))
    litter.push(
      ...office
        .git(`state/git/${mirror}`, 'for-each-ref', '--format=%(refname)', 'refs/fourline')
        .split('\n')
        .filter(Boolean),
    );
  for (const name of await office.list('inbox/coder'))
    if (name.endsWith('.problem.txt') && name !== 'beyond.md.problem.txt') litter.push(name);
  return litter.map((one) => `${one} is left`);
}

function ledgerFlaws(office: Office, entries: number): string[] {
  const numbers = office
    .git('state/ledger.git', 'log', '--reverse', '--format=%(trailers:key=Fourline-Entry,valueonly,separator=)', 'main')
    .split('\n');
  const wanted = Array.from({ length: entries }, (_, index) => String(index + 1));
  return numbers.join() === wanted.join() ? [] : [`the ledger has ${numbers.length} commits of ${entries} entries`];
}

// Gives the flaws that status and audit tell a person.
async function toldFlaws(office: Office): Promise<string[]> {
  let answer: unknown;
  const invocation = {
    ...openInvocation({ directory: office.root, json: true, quiet: true, color: false, env: office.env }),
    answer: (data: unknown) => (answer = data),
  };
  const audit = await runAudit(invocation, undefined);
  const flaws = audit === 0 ? [] : [`audit ends with ${audit}: ${JSON.stringify(answer)}`];
  await runStatus(invocation);
  const told = answer as { working: boolean; running: string[]; orders: { state: string }[] };
  if (told.working || told.running.length > 0 || told.orders.some((one) => /posted|interrupted/.test(one.state)))
    flaws.push(`status says ${JSON.stringify(told)}`);
  return flaws;
}

/** Processes that have to do with an office: its path is in their arguments or their environment. */
export function processesOf(office: Office): string[] {
  const place = office.root.replace(/\/work$/, '');
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const told = `${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
      return told.includes(place) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  });
}
