// Why: the gate holds what lands; the sandbox holds what a run can do at all. Only this file says what a bubblewrap
// sandbox looks like.
// Promises: pure. A sandbox can write to the room, its private HOME and its TMPDIR. The rest is read-only or absent. It
// has its own user, pid, ipc, uts, cgroup and (unless the card opens it) network namespaces. It can make no more user
// namespaces. It has no capabilities, kernel calls by list, and an ordinary uid whoever started it. It dies with its
// parent. Its command line, seen from inside, shows no path of the host.
// Never: asks what the host has; the caller looked.
import type { Machine } from '../platform/process/call.ts';
import { wallFeeds, wallStatus } from '../platform/process/descriptors.ts';
import { inOwnKeyring, type OwnKeyring } from '../platform/process/keyring.ts';
import { type Owners, ownerOf } from '../platform/process/run-user.ts';
import type { Seatbelt } from '../platform/process/seatbelt.ts';
import { buildFilter } from './filter.ts';
import { type Overlay, overlayArguments, overlayScript } from './overlay.ts';

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
      readonly keyring: OwnKeyring;
      /**
       * True if this bubblewrap can forbid further user namespaces (0.8 and newer). With an older version only the
       * filter refuses them.
       */
      readonly endsNesting: boolean;
      /** Entries of /proc that a run doesn't need; they are covered. */
      readonly covered: readonly { readonly path: string; readonly folder: boolean }[];
      /**
       * A run's share of the files a user may watch (inotify), and the program that sets it; null if it cannot be set.
       */
      readonly watching: { readonly unshare: string; readonly instances: number; readonly watches: number } | null;
      /**
       * Uids for runs, and the programs that switch to them; null if fourline is an ordinary user: then runs share its
       * uid.
       */
      readonly owners: (Owners & { readonly setpriv: string; readonly unshare: string }) | null;
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
 * gets its arguments through a descriptor.
 */
export function enclose(sandboxing: Bubblewrap, sandbox: SandboxPlan, argv: readonly string[]): Wall {
  const staged = stageOf(sandbox, sandboxing.program);
  const options = [
    ...['--json-status-fd', `${wallStatus}`, '--seccomp', `${wallFeeds + 1}`],
    ...isolation(sandboxing, sandbox.network),
    ...systemParts(sandboxing),
    ...runParts(sandbox, staged),
    ...kernelParts(sandboxing),
    ...['--remount-ro', '/', '--chdir', sandbox.start],
  ];
  const around = sandbox.user === null ? inNamespace(sandboxing, sandbox) : takeUser(sandboxing, sandbox, staged);
  return {
    argv: inOwnKeyring(
      sandboxing.keyring,
      before(around, [sandboxing.program, '--args', `${wallFeeds}`, '--', ...argv]),
    ),
    feeds: [Buffer.from(options.map((option) => `${option}\0`).join('')), buildFilter(sandboxing.machine)],
  };
}

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
// only this run's wall is started. Each program replaces itself by the next: the wall stays fourline's own child and is
// ended with it (the kernel lets no root without CAP_KILL end another uid's process).
const stageFolders = ['/mnt', '/media', '/srv', '/opt'];
// One program mounts all of them from a table (fstab(5)): one program for each would cost more than all the rest.
const stageScript = `${overlayScript(false)}
mount -n -t tmpfs -o mode=755 none "$0" || exit
at=0
while [ "$1" != -- ]; do
  [ -d "$1" ] || : > "$0/$at"
  at=$((at + 1)); shift
done
printf %s "$2" > "$0/mounts" && mount -n -a -T "$0/mounts" || exit
shift 2; exec "$@"`;

// A line of fstab(5), where blanks and backslashes are written as octal numbers.
function tableLine(source: string, target: string): string {
  const [from, to] = [source, target].map((path) =>
    path.replace(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`),
  );
  return `${from} ${to} none bind,X-mount.mkdir 0 0\n`;
}

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

// Starts the wall as the run's uid, with no capability left.
function takeUser(sandboxing: Bubblewrap, sandbox: SandboxPlan, stage: Stage): string[] {
  const { owners } = sandboxing;
  if (sandbox.user === null || owners === null) return [];
  const identity = ['--reuid', `${sandbox.user}`, '--regid', `${sandbox.user}`, '--clear-groups'];
  const table = stage.sources.map((source) => tableLine(source, stage.at(source))).join('');
  const staged = [stage.folder, ...overlayArguments(sandbox.overlays), ...stage.sources, '--', table];
  return [
    ...[owners.unshare, '--mount', '--', '/bin/sh', '-c', stageScript, ...staged],
    ...[owners.setpriv, ...identity, '--inh-caps=-all', '--bounding-set=-all', '--'],
    ...boundWatching(sandboxing),
  ];
}

// Puts the wall of a run that has fourline's own uid into a user namespace, in which overlays can be mounted and which
// has its own limits.
function inNamespace(sandboxing: Bubblewrap, { overlays }: SandboxPlan): string[] {
  if (overlays.length === 0) return boundWatching(sandboxing);
  const script = [overlayScript(true), ...bubblewrapLimits(sandboxing), 'exec "$@"'].join('\n');
  const unshare = sandboxing.watching?.unshare ?? 'unshare';
  return [unshare, '--map-root-user', '--mount', '--', '/bin/sh', '-c', script, 'sh', ...overlayArguments(overlays)];
}

// A user namespace around the wall; its limits hold for everything in it (user_namespaces(7), /proc/sys/user).
function boundWatching(sandboxing: Bubblewrap): string[] {
  if (sandboxing.watching === null) return [];
  const script = [...bubblewrapLimits(sandboxing), 'exec "$@"'].join('\n');
  return [sandboxing.watching.unshare, '--map-root-user', '--', '/bin/sh', '-c', script, 'sh'];
}

function bubblewrapLimits({ watching }: Bubblewrap): string[] {
  if (watching === null) return [];
  const { instances, watches } = watching;
  return [
    `echo ${instances} > /proc/sys/user/max_inotify_instances || exit`,
    `echo ${watches} > /proc/sys/user/max_inotify_watches || exit`,
  ];
}

function before(first: readonly string[], argv: [string, ...string[]]): [string, ...string[]] {
  const [program, ...rest] = [...first, ...argv];
  return [program ?? argv[0], ...rest];
}

/** The account files of a sandbox. */
export const accountFiles: Readonly<Record<'passwd' | 'group', string>> = {
  passwd: `agent:x:${insideUser}:${insideUser}:agent:${inside.home}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  group: `agent:x:${insideUser}:\nnogroup:x:65534:\n`,
};
