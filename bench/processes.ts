// Why: memory and wake-ups of a daemon stand in /proc.
// Promises: reads Linux's /proc as it stands at the moment.
// Never: measures by itself.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process or thread has ended.
    return '';
  }
}

function numberIn(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** The resident set of a process, in KiB. */
export function residentOf(pid: number): number {
  return numberIn(read(`/proc/${pid}/status`), 'VmRSS');
}

/** Everything below a process: pid and name. */
function descendantsOf(pid: number): { readonly pid: number; readonly name: string }[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), text: read(`/proc/${name}/status`) }))
    .map(({ pid, text }) => ({ pid, name: /^Name:\t(.*)$/m.exec(text)?.[1] ?? '', parent: numberIn(text, 'PPid') }));
  const found: { readonly pid: number; readonly name: string }[] = [];
  for (let open = [pid]; open.length > 0; ) {
    const next = all.filter(({ parent }) => open.includes(parent));
    found.push(...next);
    open = next.map((one) => one.pid);
  }
  return found;
}

/** The processes below `pid` that aren't called `agent`: how many, and their share of memory (PSS) in KiB. */
export function helpersOf(pid: number, agent: string): { readonly count: number; readonly share: number } {
  const helpers = descendantsOf(pid).filter(({ name }) => name !== agent);
  const share = helpers.reduce((sum, one) => sum + numberIn(read(`/proc/${one.pid}/smaps_rollup`), 'Pss'), 0);
  return { count: helpers.length, share };
}

/** How often the threads of a process woke so far, and the milliseconds that they computed. */
export function activityOf(pid: number): { readonly wakes: number; readonly milliseconds: number } {
  let [wakes, milliseconds] = [0, 0];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    wakes += numberIn(read(`/proc/${pid}/task/${task}/status`), 'voluntary_ctxt_switches');
    milliseconds += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0) / 1e6;
  }
  return { wakes, milliseconds };
}

/** A bare node that runs some code until it is ended. */
export function startNode(code: string): { readonly pid: number; readonly stop: () => Promise<void> } {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    pid: child.pid ?? 0,
    stop: () => {
      child.stdin?.end();
      return ended;
    },
  };
}
