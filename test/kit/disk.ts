// Why: a full disk, a read-only one, a user without rights, a system that tells of no changes: tested with the real
// thing, where nobody else is touched.
// Promises: what is mounted stands in a mount namespace of its own, and is gone with the process that holds it; limits
// are those of one process or of a user namespace.
// Never: changes a mount, a limit or a right of the machine.

import { execFileSync, spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { readHistory } from '../../src/ledger/read-history.ts';
import { type FlatStanding, flattenStanding } from '../../src/ledger/standing.ts';
import { placesOf } from '../../src/places.ts';
import { needs } from './needs.ts';
import type { Office } from './office.ts';

const asRoot = process.getuid?.() === 0;

/** An office whose whole place lies on a small disk of its own, seen by those who enter. */
export type Disk = {
  /** Put before a command, it runs where the disk is mounted. */
  readonly enter: readonly string[];
  /** Runs a line of shell there, in the office's folder, and returns what it printed. */
  readonly shell: (line: string) => string;
  /** A path of the office as it is seen from outside. */
  readonly seen: (path: string) => string;
  readonly read: (path: string) => Promise<string>;
  readonly write: (path: string, text: string) => Promise<void>;
  readonly list: (path: string) => Promise<string[]>;
  /** Takes all the room there is on the disk, but for so many kilobytes. */
  readonly fill: (left?: number) => void;
  /** Gives the room back. */
  readonly free: () => void;
  readonly standing: (name: string) => Promise<FlatStanding>;
};

/** The plan of a disk: its size, and which folder of the office's place it carries (all of it when not said). */
export type DiskPlan = { readonly size: string; readonly folder?: string };

/** Moves an office onto a tmpfs in a mount namespace. The old content of the office stays below it, out of sight. */
export async function mountDisk(office: Office, plan: DiskPlan): Promise<Disk> {
  needs('mount');
  const place = office.root.replace(/\/work$/, '');
  const at = plan.folder === undefined ? place : `${place}/${plan.folder}`;
  const script = [
    `mkdir -p "${at}" "${place}.copy"`,
    `cp -a "${at}/." "${place}.copy/"`,
    `mount -t tmpfs -o size=${plan.size} none "${at}"`,
    `cp -a "${place}.copy/." "${at}/" && rm -rf "${place}.copy" && echo mounted`,
    'read -r end || true',
  ].join(' && ');
  const holder = spawn('unshare', [...(asRoot ? ['-m'] : ['-rm']), 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => holder.once('close', done));
  onTestFinished(async () => {
    holder.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]();
  const line: string | undefined = (await lines.next()).value;
  if (line !== 'mounted') throw new Error(`the disk could not be mounted: ${line ?? 'the holder ended'}`);
  const enter = ['nsenter', '-t', `${holder.pid}`, '-m', ...(asRoot ? [] : ['-U', '--preserve-credentials']), '--'];
  const seen = (path: string): string => `/proc/${holder.pid}/root${office.root}/${path}`;
  const shell = (text: string): string =>
    execFileSync(enter[0] ?? '', [...enter.slice(1), 'sh', '-c', `cd "${office.root}" && ${text}`], {
      encoding: 'utf8',
      env: office.env,
    });
  const filler = `${at}/filler`;
  return {
    enter,
    shell,
    seen,
    read: (path) => readFile(seen(path), 'utf8'),
    write: (path, text) => writeFile(seen(path), text),
    list: (path) => readdir(seen(path)).catch(() => []),
    fill: (left = 0) => {
      shell(`cat /dev/zero > "${filler}" 2>/dev/null; true`);
      if (left > 0) shell(`truncate -s -${left}K "${filler}"`);
    },
    free: () => void shell(`rm "${filler}"`),
    standing: (name) => standingAt(seen('.'), name),
  };
}

/** Where an order stands, by the journal alone. */
export async function standingAt(root: string, name: string): Promise<FlatStanding> {
  const { history, close } = await readHistory(placesOf(root, '', ''));
  const found = [...history.orders.values()].find((one) => one.id === name || one.id.slice(5) === name);
  close();
  if (found === undefined) throw new Error(`no order ${name}; there are ${[...history.orders.keys()].join(', ')}`);
  return flattenStanding(found);
}

/** Put before a command, the user it runs as is bound by the modes of files, as everybody but root is. */
export const asOrdinary: readonly string[] = asRoot
  ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search', '--']
  : [];

/** Put before a command, the system lets it watch so many folders and no more. */
export function watchesAtMost(count: number): readonly string[] {
  needs('user namespaces');
  const line = `echo ${count} > /proc/sys/user/max_inotify_watches && exec "$@"`;
  return ['unshare', '--user', '--map-root-user', 'sh', '-c', line, 'sh'];
}

/** Lets a process in a user namespace of its own watch so many folders from now on. */
export function letWatch(pid: number, count: number): void {
  execFileSync('nsenter', [
    ...['-t', `${pid}`, '--user', '--preserve-credentials'],
    ...['sh', '-c', `echo ${count} > /proc/sys/user/max_inotify_watches`],
  ]);
}

/** Changes how many files a running process may have open. */
export function letOpen(pid: number, count: number): void {
  execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${count}:`]);
}

/** How many files a process has open. */
export async function openFiles(pid: number): Promise<number> {
  // At rest: the ledger is published a moment after an order is settled, and files are open for that long.
  let least = Number.POSITIVE_INFINITY;
  for (let looks = 0; looks < 20; looks += 1) {
    least = Math.min(least, (await readdir(`/proc/${pid}/fd`)).length);
    await pause(50);
  }
  return least;
}
