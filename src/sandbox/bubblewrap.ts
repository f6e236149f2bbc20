// Why: the gate holds what lands; the sandbox holds what a run can do at all. Only this file says what a bubblewrap
// sandbox looks like.
// Promises: pure. A sandbox can write to the room, its private HOME and its TMPDIR. The rest is read-only or absent. It
// has its own user, pid, ipc, uts, cgroup and (unless the card opens it) network namespaces. It can make no more user
// namespaces. It has no capabilities, kernel calls by list, and an ordinary uid whoever started it. It dies with its
// parent. Its command line, seen from inside, shows no path of the host.
// Never: asks what the host has; the caller looked.
import type { Machine } from '../platform/process/call.ts';
import { buildTable, environment, type KernelCall } from '../platform/process/call-table.ts';
import { wallFeeds, wallStatus } from '../platform/process/descriptors.ts';
import { type Owners, ownerOf } from '../platform/process/run-user.ts';
import type { Seatbelt } from '../platform/process/seatbelt.ts';
import type { Reason } from '../platform/text/fault.ts';
import { becomeUser, bindPath, enterMounts, enterUsers, type ProcessIdentity, putInto } from './enter.ts';
import { buildFilter } from './filter.ts';
import { mountOverlays, type Overlay } from './overlay.ts';

/**
 * The sandbox around agents: bubblewrap with the program's path and version, macOS's Seatbelt by its package, or none
 * with the reason.
 */
export type Sandboxing =
  | {
      readonly kind: 'bubblewrap';
      readonly program: string;
      readonly version: string;
      readonly system: readonly SystemPart[];
      /** The machine whose calls its filter lists. */
      readonly machine: Machine;
      /** The program that makes the kernel calls before bubblewrap starts. */
      readonly caller: string;
      /** The user that fourline is. */
      readonly identity: ProcessIdentity;
      /** Why runs get no session keyring of their own; null if they do. */
      readonly sharedKeyring: Reason | null;
      /**
       * True if this bubblewrap can forbid further user namespaces (0.8 and newer). With an older version only the
       * filter refuses them.
       */
      readonly endsNesting: boolean;
      /** Entries of /proc that a run doesn't need; they are covered. */
      readonly covered: readonly { readonly path: string; readonly folder: boolean }[];
      /** A run's share of the files a user may watch (inotify); null if it cannot be set. */
      readonly watching: { readonly instances: number; readonly watches: number } | null;
      /** Uids for runs; null if fourline is an ordinary user: then runs share its uid. */
      readonly owners: Owners | null;
    }
  | { readonly kind: 'seatbelt'; readonly wrap: Seatbelt }
  | { readonly kind: 'none'; readonly reason: string };

/** Sandboxing of bubblewrap. */
export type Bubblewrap = Extract<Sandboxing, { kind: 'bubblewrap' }>;

/** A part of the host's system that a sandbox sees read-only: a bound path, or a link made anew. */
export type SystemPart =
  | { readonly kind: 'bind'; readonly path: string; readonly from: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** A file or folder of the host that one sandbox may read, at a path of its own. */
export type Readable = { readonly from: string; readonly to: string };

/** One sandbox. `room`, `home`, `temporary` and `accounts` are host folders; `start` is a path inside. */
export type SandboxPlan = {
  readonly room: string;
  readonly home: string;
  readonly temporary: string;
  /** Holds `passwd` and `group`, which list nobody but the agent. */
  readonly accounts: string;
  readonly start: string;
  readonly network: boolean;
  readonly readable: readonly Readable[];
  /** The uid it has outside; null for fourline's own. */
  readonly user: number | null;
  /**
   * Layers that setups installed, over the room and HOME. `upper` takes what the run writes there; null if it may only
   * read.
   */
  readonly layers: readonly (Readable & { readonly upper: string | null })[];
  /** Overlays to mount before it starts; `layers` name the merged folders. */
  readonly overlays: readonly Overlay[];
};

/**
 * How a sandbox is opened: the argument vector, and the bytes the wall reads on its descriptors from `wallFeeds` on.
 */
export type Wall = { readonly argv: readonly [string, ...string[]]; readonly feeds: readonly Uint8Array[] };

/** The paths inside every sandbox. */
export const inside = {
  room: '/room',
  home: '/home/agent',
  temporary: '/tmp',
  objects: '/fourline/objects',
  runtime: '/fourline/runtime',
  program: '/fourline/program',
  given: '/fourline/given',
  servers: '/fourline/servers',
  egress: '/fourline/egress',
  gateway: '/fourline/gateway',
  bridge: '/fourline/bridge',
  gate: '/fourline/gate',
  hook: '/fourline/hook',
  certificates: '/fourline/certificates.pem',
} as const;

/** The uid and gid that a run has inside, whoever started fourline. */
export const insideUser = 1000;

/** The uid outside of the run whose folders lie at `place`; null if the run has fourline's own. */
export function userOf(sandboxing: Sandboxing, place: string): number | null {
  return sandboxing.kind === 'bubblewrap' && sandboxing.owners !== null ? ownerOf(sandboxing.owners, place) : null;
}

/**
 * The file of certificate authorities that a sandbox sees, for programs that would search a folder of them; null if
 * there is no such file.
 */
export function authoritiesIn(sandboxing: Sandboxing): string | null {
  if (sandboxing.kind !== 'bubblewrap') return null;
  return (
    sandboxing.system.find(({ path }) => /^\/etc\/(?:ssl|pki|ca-certificates)\/.*\.(?:crt|pem)$/.test(path))?.path ??
    null
  );
}

/** Sandboxing in words, for lines, doctor and ledger. */
export function showSandboxing(sandboxing: Sandboxing): string {
  switch (sandboxing.kind) {
    case 'bubblewrap':
      return `bubblewrap ${sandboxing.version}`;
    case 'seatbelt':
      return 'seatbelt (not proven: no test of this project runs on macOS)';
    case 'none':
      return `none: ${sandboxing.reason}`;
  }
}

/** The first lines a person reads if there is no sandbox; empty if there is one. */
export function noSandbox(sandboxing: Sandboxing): readonly string[] {
  if (sandboxing.kind !== 'none') return [];
  return [
    `NO SANDBOX: ${sandboxing.reason}`,
    'Agents run as you: they can read and change what you can. Only the gate decides what lands.',
  ];
}

/**
 * How `argv` (paths as inside) is run in a sandbox. Programs inside can read the wall's own command line, so the wall
 * gets its arguments through a descriptor, and so does what starts it.
 */
export function enclose(sandboxing: Bubblewrap, sandbox: SandboxPlan, argv: readonly string[]): Wall {
  const stage = stageOf(sandbox, sandboxing.program);
  const options = [
    ...['--json-status-fd', `${wallStatus}`, '--seccomp', `${wallFeeds + 1}`],
    ...isolation(sandboxing, sandbox.network),
    ...systemParts(sandboxing),
    ...runParts(sandbox, stage),
    ...kernelParts(sandboxing),
    ...['--remount-ro', '/', '--chdir', sandbox.start],
  ];
  const wall = [sandboxing.program, '--args', `${wallFeeds}`, '--', ...argv];
  const calls: KernelCall[] = [
    // Where the kernel refuses it, the run goes on.
    { call: 'keyctl', args: [joinSession, 0], failure: [] },
    ...(sandbox.user === null ? inNamespace(sandboxing, sandbox) : takeUser(sandboxing, sandbox, sandbox.user, stage)),
    { call: 'execve', args: [sandboxing.program, wall, environment], what: `start ${sandboxing.program}` },
  ];
  return {
    argv: [sandboxing.caller, `${wallFeeds + 2}`],
    feeds: [
      Buffer.from(options.map((option) => `${option}\0`).join('')),
      buildFilter(sandboxing.machine),
      buildTable(sandboxing.machine, calls),
    ],
  };
}

// KEYCTL_JOIN_SESSION_KEYRING with no name: a new, empty one (keyctl(2)).
const joinSession = 1;

// Its own namespaces, no capability, an ordinary uid; it ends with its parent.
function isolation({ endsNesting }: Bubblewrap, network: boolean): string[] {
  return [
    '--unshare-user',
    ...(endsNesting ? ['--disable-userns'] : []),
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(network ? [] : ['--unshare-net']),
    ...['--uid', `${insideUser}`, '--gid', `${insideUser}`],
    ...['--hostname', 'room'],
    ...['--cap-drop', 'ALL'],
    '--die-with-parent',
    '--new-session',
  ];
}

// The host's system, read-only.
function systemParts({ system }: Bubblewrap): string[] {
  return system.flatMap((part) =>
    part.kind === 'link' ? ['--symlink', part.target, part.path] : ['--ro-bind', part.from, part.path],
  );
}

// The folders that the run writes, and the files that it may also read.
function runParts(sandbox: SandboxPlan, { at }: Stage): string[] {
  return [
    ...['passwd', 'group'].flatMap((name) => ['--ro-bind', at(`${sandbox.accounts}/${name}`), `/etc/${name}`]),
    ...['--bind', at(sandbox.temporary), inside.temporary],
    ...['--bind', at(sandbox.home), inside.home],
    ...['--bind', at(sandbox.room), inside.room],
    ...sandbox.layers.flatMap(({ from, to, upper }) => [upper === null ? '--ro-bind' : '--bind', at(from), to]),
    ...sandbox.readable.flatMap(({ from, to }) => ['--ro-bind', at(from), to]),
  ];
}

// The kernel's own file systems, without the entries that a run doesn't need.
function kernelParts({ covered }: Bubblewrap): string[] {
  const covers = covered.flatMap(({ path, folder }) =>
    folder ? ['--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path],
  );
  return ['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', ...covers, '--dev', '/dev'];
}

// An ordinary uid cannot reach files in closed folders. So root binds them where it can, in a mount namespace in which
// only this run's wall is started. The wall stays fourline's own child and is ended with it (the kernel lets no root
// without CAP_KILL end another uid's process).
const stageFolders = ['/mnt', '/media', '/srv', '/opt'];

/** The host paths that are bound for one sandbox before its wall is started, and the path at which each then lies. */
type Stage = { readonly folder: string; readonly sources: readonly string[]; readonly at: (path: string) => string };

function stageOf(sandbox: SandboxPlan, program: string): Stage {
  const accounts = ['passwd', 'group'].map((name) => `${sandbox.accounts}/${name}`);
  const readable = [...sandbox.layers, ...sandbox.readable].map((one) => one.from);
  const sources = [...new Set([sandbox.temporary, sandbox.home, sandbox.room, ...accounts, ...readable])];
  const used = (folder: string): boolean => [program, ...sources].some((path) => path.startsWith(`${folder}/`));
  const folder = stageFolders.find((one) => !used(one)) ?? '/mnt';
  return { folder, sources, at: (path) => (sandbox.user === null ? path : `${folder}/${sources.indexOf(path)}`) };
}

// Lets the wall start as the run's uid, with no capability left.
function takeUser(sandboxing: Bubblewrap, sandbox: SandboxPlan, user: number, stage: Stage): KernelCall[] {
  return [
    ...enterMounts(),
    ...mountOverlays(sandbox.overlays, false),
    { call: 'mount', args: ['none', stage.folder, 'tmpfs', 0, 'mode=755'], what: `mount a folder at ${stage.folder}` },
    ...stage.sources.flatMap((source) => bindPath(source, stage.at(source))),
    ...becomeUser(user),
    ...boundWatching(sandboxing, { uid: user, gid: user }),
  ];
}

// Puts the wall of a run that has fourline's own uid into a user namespace, in which overlays can be mounted and which
// has its own limits.
function inNamespace(sandboxing: Bubblewrap, { overlays }: SandboxPlan): KernelCall[] {
  if (overlays.length === 0) return boundWatching(sandboxing, sandboxing.identity);
  return [...enterUsers(sandboxing.identity, true), ...mountOverlays(overlays, true), ...watchingLimits(sandboxing)];
}

// A user namespace around the wall; its limits hold for everything in it (user_namespaces(7), /proc/sys/user).
function boundWatching(sandboxing: Bubblewrap, identity: ProcessIdentity): KernelCall[] {
  return sandboxing.watching === null ? [] : [...enterUsers(identity, false), ...watchingLimits(sandboxing)];
}

function watchingLimits({ watching }: Bubblewrap): KernelCall[] {
  if (watching === null) return [];
  return [
    putInto('/proc/sys/user/max_inotify_instances', `${watching.instances}`),
    putInto('/proc/sys/user/max_inotify_watches', `${watching.watches}`),
  ];
}

/** The account files of a sandbox. */
export const accountFiles: Readonly<Record<'passwd' | 'group', string>> = {
  passwd: `agent:x:${insideUser}:${insideUser}:agent:${inside.home}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  group: `agent:x:${insideUser}:\nnogroup:x:65534:\n`,
};
