// Why: agents and checks run in the same sandboxes. How a program is started in one, with what environment and what of the host in sight, is said here once.
// Promises: with a sandbox, paths in argument vector and environment are those inside; without, the host's. The environment is an allow list either way. What a
// sandbox may read is: the base's objects, the runtime, the card's program and the files its command names, and what fourline.yaml lists.
// Never: starts anything.
import { dirname } from 'node:path';
import type { Launch } from '../agent/agent.ts';
import { contractEnvironment } from '../agent/agent.ts';
import { markName, markOf } from '../platform/process/ending.ts';
import type { Environment } from '../platform/process/process.ts';
import type { Opened } from '../record/work.ts';
import type { Checkout } from '../room/room.ts';
import {
  authoritiesIn,
  enclose,
  inside,
  type Readable,
  type Sandboxing,
  type SandboxPlan,
  userOf,
} from '../sandbox/bubblewrap.ts';
import { lend } from '../sandbox/lend.ts';
import { type Brought, bringArguments, bringProgram, bringRuntime } from '../sandbox/machine.ts';
import { copyLayers } from '../setup/copy.ts';
import type { Layer } from '../setup/layer.ts';
import { type Ground, type Mounted, mountLayers } from '../setup/mount.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { bringCertificates } from './certificates.ts';
import type { Egress } from './egress.ts';
import { coverFolders } from './repository-files.ts';

/** A program as it is started. `feeds` is what the wall around it reads at its start, null where there is none. */
export type Start = {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly env: Environment;
  readonly feeds: readonly Uint8Array[] | null;
};

const passedOn = ['LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TERM'];
const certificates = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'];
const passedOnOutside = ['PATH', ...certificates];

function pickVariables(names: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of names) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Where the room, HOME and TMPDIR of a run are as its agent sees them, and the folder it is started in. */
export type Seen = { readonly room: string; readonly home: string; readonly tmp: string; readonly start: string };

/** Tells where an agent sees its folders. */
export function seenFrom(workspace: Workspace, { room }: Pick<Opened, 'room'>): Seen {
  const start = room.start.slice(room.folder.length);
  return workspace.sandboxing.kind === 'bubblewrap'
    ? { room: inside.room, home: inside.home, tmp: inside.temporary, start: `${inside.room}${start}` }
    : { room: room.folder, home: room.home, tmp: room.temporary, start: room.start };
}

/** Puts an agent's own places in for `{room}`, `{home}` and `{tmp}`. */
export function fillPlaces(text: string, seen: Seen): string {
  return text.replace(/\{(room|home|tmp)\}/g, (_, name: keyof Seen) => seen[name]);
}

/** How an agent is started in its room; a string says why it cannot be. `named` are the variables it is handed. */
export async function startAgent(
  workspace: Workspace,
  opened: Opened,
  launch: Launch,
  egress: Egress,
  editHook: { readonly command: string | null; readonly readable: readonly Readable[] },
  named: Readonly<Record<string, string>>,
): Promise<Start | string> {
  const walled = workspace.sandboxing.kind === 'bubblewrap';
  const files = new Map(
    Object.keys(launch.files).map((name) => [name, walled ? `/fourline/${name}` : `${opened.room.place}/${name}`]),
  );
  const seen = seenFrom(workspace, opened);
  const fill = (arg: string): string =>
    fillPlaces(
      arg.replace(/^\{file:([\w.-]+)\}$/, (_, name: string) => files.get(name) ?? name),
      seen,
    );
  const own = Object.fromEntries(Object.entries(launch.env).map(([name, value]) => [name, fillPlaces(value, seen)]));
  const certificates = await bringCertificates(opened.room.place, walled, process.env);
  const { layers, env: repositoryEnv } = opened.prepared;
  const contract = contractEnvironment({
    room: walled ? inside.room : opened.room.folder,
    role: opened.role,
    id: opened.id,
    attempt: opened.attempt,
    hook: editHook.command,
  });
  if (workspace.sandboxing.kind !== 'bubblewrap') {
    await copyLayers(layers, opened.room.start, opened.room.home);
    const [program, ...args] = launch.argv;
    const argv = [program, ...args.map(fill)] as const;
    const env = {
      ...withRepository(outsideEnvironment(opened, opened.room), opened.room.home, repositoryEnv),
      ...certificates.env,
      ...own,
      ...named,
      ...egress.env,
      ...contract,
    };
    const around = await seatbelt(workspace, opened, opened.room, egress, argv);
    return { argv: around, folder: opened.room.start, env, feeds: null };
  }
  const runtime = await bringRuntime();
  const program = launch.argv[0] === process.execPath ? runtime : await bringProgram(launch.argv[0], runtime);
  if (program === null) return `there is no program '${launch.argv[0]}' on PATH`;
  const given = await bringArguments(launch.argv.slice(1));
  const readable: Readable[] = [
    ...(program === runtime ? [] : program.readable),
    ...given.readable,
    ...egress.readable,
    ...editHook.readable,
    ...certificates.readable,
    ...(await coverFolders(opened, launch, seen.start)),
  ];
  for (const [name, path] of files) readable.push({ from: `${opened.room.place}/${name}`, to: path });
  const ground = groundOf(opened.room, seen.start);
  const owned = userOf(workspace.sandboxing, opened.room.place) !== null;
  const mounted = await mountLayers(layers, owned, opened.room.place, 'layer', ground);
  const sandbox = sandboxOf(workspace, opened, opened.room, seen.start, egress.shared, runtime, readable, mounted);
  const bridge = egress.bridge.length === 0 ? [] : [runtime.path, ...egress.bridge];
  const env = {
    ...withRepository(insideEnvironment(workspace.sandboxing, runtime, opened), inside.home, repositoryEnv),
    ...certificates.env,
    ...own,
    ...named,
    ...egress.env,
    HOME: inside.home,
    ...contract,
  };
  const wall = enclose(workspace.sandboxing, await lend(sandbox, opened.room.place), [
    ...bridge,
    program.path,
    ...given.args.map(fill),
  ]);
  return { argv: wall.argv, feeds: wall.feeds, folder: opened.room.place, env };
}

/** What a command has besides its checkout: a way to the network, variables, and layers; `name` keeps apart what several sandboxes write into those. */
export type Surroundings = {
  readonly egress: Egress;
  readonly env: Readonly<Record<string, string>>;
  readonly layers: readonly Layer[];
  readonly name: string;
};

/** How a shell command is started on a fresh checkout: the same sandbox as an agent's, with a home of its own, and no network but its egress. */
export async function startCommand(
  workspace: Workspace,
  of: Pick<Opened, 'room'>,
  checkout: Checkout,
  command: string,
  around: Surroundings,
): Promise<Start> {
  const argv = ['sh', '-c', command] as const;
  const { egress } = around;
  if (workspace.sandboxing.kind !== 'bubblewrap') {
    await copyLayers(around.layers, checkout.start, checkout.home);
    const usual = { ...outsideEnvironment(of, checkout), CI: 'true', ...egress.env };
    const env = withRepository(usual, checkout.home, around.env);
    const walled = await seatbelt(workspace, of, checkout, egress, argv);
    return { argv: walled, folder: checkout.start, env, feeds: null };
  }
  const runtime = await bringRuntime();
  const certificates = await bringCertificates(of.room.place, true, process.env);
  const start = `${inside.room}${checkout.start.slice(checkout.folder.length)}`;
  const ground = groundOf(checkout, start);
  const owned = userOf(workspace.sandboxing, of.room.place) !== null;
  const mounted = await mountLayers(around.layers, owned, of.room.place, around.name, ground);
  const readable = [...egress.readable, ...certificates.readable];
  const sandbox = sandboxOf(workspace, of, checkout, start, egress.shared, runtime, readable, mounted);
  const usual = {
    ...insideEnvironment(workspace.sandboxing, runtime, of),
    ...certificates.env,
    ...egress.env,
    HOME: inside.home,
    CI: 'true',
  };
  const env = withRepository(usual, inside.home, around.env);
  const bridge = egress.bridge.length === 0 ? [] : [runtime.path, ...egress.bridge];
  const wall = enclose(workspace.sandboxing, await lend(sandbox, of.room.place), [...bridge, ...argv]);
  return { argv: wall.argv, feeds: wall.feeds, folder: of.room.place, env };
}

function groundOf({ start, home }: Pick<Checkout, 'start' | 'home'>, seen: string): Ground {
  return { repository: { outside: start, inside: seen }, home: { outside: home, inside: inside.home } };
}

// What fourline.yaml says for a repository. Its PATH stands in front of the usual one.
function withRepository(
  usual: Readonly<Record<string, string>>,
  home: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const before = own['PATH']?.split(':').map((folder) => folder.replace(/^~/, home)) ?? [];
  const path = [...before, usual['PATH'] ?? ''].filter((part) => part !== '').join(':');
  return { ...usual, ...own, PATH: path };
}

function outsideEnvironment(of: Pick<Opened, 'room'>, folders: Checkout): Record<string, string> {
  return {
    ...pickVariables([...passedOn, ...passedOnOutside]),
    HOME: folders.home,
    TMPDIR: folders.temporary,
    [markName]: markOf(of.room.place),
  };
}

// Behind Seatbelt paths are the host's. Hidden is where people and workspaces are; what the run needs of that is named again.
async function seatbelt(
  workspace: Workspace,
  of: Pick<Opened, 'room'>,
  folders: Checkout,
  network: Pick<Egress, 'shared' | 'port'>,
  argv: readonly [string, ...string[]],
): Promise<readonly [string, ...string[]]> {
  if (workspace.sandboxing.kind !== 'seatbelt') return argv;
  const runtime = await bringRuntime();
  const program = await bringProgram(argv[0], runtime);
  const given = await bringArguments(argv.slice(1));
  const brought = [...runtime.readable, ...(program?.readable ?? []), ...given.readable].map((one) => one.from);
  const objects = folders.objects === null ? [] : [folders.objects];
  return workspace.sandboxing.wrap(
    {
      writable: [folders.folder, folders.home, folders.temporary],
      readable: [of.room.place, ...objects, ...brought, ...workspace.settings.readable],
      hidden: ['/Users', '/home', '/private/var/root', workspace.places.root, dirname(workspace.places.outside.rooms)],
      ...network,
    },
    // The package sets a TMPDIR of its own.
    ['/usr/bin/env', `TMPDIR=${folders.temporary}`, ...argv],
  );
}

function insideEnvironment(sandboxing: Sandboxing, runtime: Brought, of: Pick<Opened, 'room'>): Record<string, string> {
  const own = runtime.path.startsWith(inside.runtime) ? `${inside.runtime}/bin:` : '';
  // A sandbox sees the system's certificates and no others.
  const seen = Object.entries(pickVariables(certificates)).filter(([, path]) => /^\/(?:etc\/ssl|usr)\//.test(path));
  const authorities = authoritiesIn(sandboxing);
  return {
    ...pickVariables(passedOn),
    ...(authorities === null ? {} : { SSL_CERT_FILE: authorities }),
    ...Object.fromEntries(seen),
    PATH: `${own}/usr/local/bin:/usr/bin:/bin`,
    TMPDIR: inside.temporary,
    [markName]: markOf(of.room.place),
  };
}

function sandboxOf(
  workspace: Workspace,
  of: Pick<Opened, 'room'>,
  folders: Checkout,
  start: string,
  network: boolean,
  runtime: Brought,
  readable: readonly Readable[],
  { binds, overlays }: Mounted,
): SandboxPlan {
  const objects = folders.objects === null ? [] : [{ from: folders.objects, to: inside.objects }];
  const listed = workspace.settings.readable.map((path) => ({ from: path, to: path }));
  const { folder: room, home, temporary } = folders;
  return {
    room,
    home,
    temporary,
    accounts: of.room.place,
    start,
    network,
    readable: [...objects, ...runtime.readable, ...readable, ...listed],
    user: userOf(workspace.sandboxing, of.room.place),
    layers: binds,
    overlays,
  };
}
