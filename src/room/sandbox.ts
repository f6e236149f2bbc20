// Why: the gate holds what lands; the walls hold what a run can do at all. This says what a bubblewrap cell looks like, and nothing else does.
// Promises: pure. Writable in a cell are the room, its private HOME and its TMPDIR; the rest is read-only or absent; own user, pid, ipc, uts, cgroup and (unless
// the card opens it) network namespaces, and no more user namespaces in it; no capabilities; calls of the kernel by list; an ordinary uid whoever started it; it dies
// with its parent. Nothing in it shows a path of the host by its command line.
// Never: asks what the host has; the caller looked.
import type { Machine } from '../ground/call.ts';
import { wallFeeds, wallStatus } from '../ground/descriptors.ts';
import type { Seatbelt } from '../ground/seatbelt.ts';
import { buildFilter } from './filter.ts';

/** What stands around agents: bubblewrap with the program's path and version, macOS's Seatbelt by its package, or nothing with the reason. */
export type Walls =
  | {
      readonly kind: 'bubblewrap';
      readonly program: string;
      readonly version: string;
      readonly system: readonly SystemPart[];
      /** Which calls its filter speaks of. */
      readonly machine: Machine;
      /** This bubblewrap can end further user namespaces (0.8 and newer). Behind an older one the filter alone refuses them. */
      readonly endsNesting: boolean;
    }
  | { readonly kind: 'seatbelt'; readonly wrap: Seatbelt }
  | { readonly kind: 'none'; readonly reason: string };

/** A part of the host's system that a cell sees read-only: a bound path, or a link made anew. */
export type SystemPart =
  | { readonly kind: 'bind'; readonly path: string; readonly from: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** Something of the host's that one cell may read, at a path of its own. */
export type Readable = { readonly from: string; readonly to: string };

/** One cell. `room`, `home`, `temporary` and `accounts` are host folders; `start` is a path inside. */
export type Cell = {
  readonly room: string;
  readonly home: string;
  readonly temporary: string;
  /** Holds `passwd` and `group` with nobody but the agent in them. */
  readonly accounts: string;
  readonly start: string;
  readonly network: boolean;
  readonly readable: readonly Readable[];
  /** What setups installed, over the room and HOME. */
  readonly layers?: readonly { readonly from: string; readonly to: string; readonly writable: boolean }[];
};

/** How a cell is opened: the argument vector, and what the wall then reads on its descriptors from `wallFeeds` on. */
export type Wall = { readonly argv: readonly [string, ...string[]]; readonly feeds: readonly Uint8Array[] };

/** Where things are inside every cell. */
export const inside = {
  room: '/room',
  home: '/home/agent',
  temporary: '/tmp',
  objects: '/fourline/objects',
  runtime: '/fourline/runtime',
  program: '/fourline/program',
  given: '/fourline/given',
  door: '/fourline/door',
  gateway: '/fourline/gateway',
  bridge: '/fourline/bridge.mts',
  gate: '/fourline/gate',
  hook: '/fourline/hook.mts',
  certificates: '/fourline/certificates.pem',
} as const;

/** The uid and gid that a run has inside, whoever started fourline. */
export const insideUser = 1000;

/** Walls in words, for lines, doctor and ledger. */
export function showWalls(walls: Walls): string {
  switch (walls.kind) {
    case 'bubblewrap':
      return `bubblewrap ${walls.version}`;
    case 'seatbelt':
      return 'seatbelt (not proven: no test of this project runs on macOS)';
    case 'none':
      return `none: ${walls.reason}`;
  }
}

/** What a person is told first where no sandbox stands, line by line; empty where one does. */
export function noSandbox(walls: Walls): readonly string[] {
  if (walls.kind !== 'none') return [];
  return [
    `NO SANDBOX: ${walls.reason}`,
    'Agents run as you: they can read and change what you can. Only the gate decides what lands.',
  ];
}

/** How `argv` (paths as inside) is run in a cell. The wall's own command line can be read inside, so its arguments come by a descriptor. */
export function wallIn(walls: Extract<Walls, { kind: 'bubblewrap' }>, cell: Cell, argv: readonly string[]): Wall {
  const own = [
    '--unshare-user',
    ...(walls.endsNesting ? ['--disable-userns'] : []),
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(cell.network ? [] : ['--unshare-net']),
  ];
  const who = [
    '--uid',
    `${insideUser}`,
    '--gid',
    `${insideUser}`,
    '--hostname',
    'room',
    '--cap-drop',
    'ALL',
    '--die-with-parent',
    '--new-session',
  ];
  const system = walls.system.flatMap((part) =>
    part.kind === 'link' ? ['--symlink', part.target, part.path] : ['--ro-bind', part.from, part.path],
  );
  const kernel = ['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', '--dev', '/dev'];
  const accounts = ['passwd', 'group'].flatMap((name) => ['--ro-bind', `${cell.accounts}/${name}`, `/etc/${name}`]);
  const writable = [
    '--bind',
    cell.temporary,
    inside.temporary,
    '--bind',
    cell.home,
    inside.home,
    '--bind',
    cell.room,
    inside.room,
  ];
  const layers = (cell.layers ?? []).flatMap((one) => [one.writable ? '--bind' : '--ro-bind', one.from, one.to]);
  const readable = cell.readable.flatMap((one) => ['--ro-bind', one.from, one.to]);
  const options = [
    ...['--json-status-fd', `${wallStatus}`],
    ...['--seccomp', `${wallFeeds + 1}`],
    ...own,
    ...who,
    ...system,
    ...accounts,
    ...writable,
    ...layers,
    ...readable,
    ...kernel,
    '--remount-ro',
    '/',
    '--chdir',
    cell.start,
  ];
  return {
    argv: [walls.program, '--args', `${wallFeeds}`, '--', ...argv],
    feeds: [Buffer.from(options.map((one) => `${one}\0`).join('')), buildFilter(walls.machine)],
  };
}

/** The files that say who lives in a cell. */
export const accountFiles: Readonly<Record<'passwd' | 'group', string>> = {
  passwd: `agent:x:${insideUser}:${insideUser}:agent:${inside.home}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  group: `agent:x:${insideUser}:\nnogroup:x:65534:\n`,
};
