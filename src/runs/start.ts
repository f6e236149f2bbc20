// Why: agents and checks run in the same sandboxes. This file alone says how a program is started in a sandbox: its
// environment, and the parts of the host it sees.
// Promises: with a sandbox, paths in argument vector and environment are those inside; without, the host's. A sandbox
// may read the base's objects, the runtime, the card's program, the files its command names, and what fourline.yaml
// lists.
// Never: starts anything.

import { dirname } from 'node:path';
import type { Launch } from '../agent/agent.ts';
import { contractEnvironment } from '../agent/agent.ts';
import type { Environment } from '../platform/process/process.ts';
import type { Reason } from '../platform/text/fault.ts';
import type { Opened } from '../record/work.ts';
import type { Checkout } from '../room/lay.ts';
import { type Bubblewrap, enclose, inside, type Readable, type SandboxPlan } from '../sandbox/bubblewrap.ts';
import { lend } from '../sandbox/lend.ts';
import { type Brought, bringArguments, bringProgram, bringRuntime } from '../sandbox/machine.ts';
import { copyLayers } from '../setup/copy.ts';
import type { Layer } from '../setup/layer.ts';
import { type Ground, type Mounted, mountLayers } from '../setup/mount.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { bringCertificates, type Certificates } from './certificates.ts';
import type { Egress } from './egress.ts';
import { insideEnvironment, outsideEnvironment, withRepository } from './environment.ts';
import { coverFolders } from './repository-files.ts';
import { runUser } from './room-kind.ts';

/** A program as it is started. `feeds` is what the wall around it reads at its start, null if there is no wall. */
export type Start = {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly env: Environment;
  readonly feeds: readonly Uint8Array[] | null;
};

/** A run's room, HOME and TMPDIR as its agent sees them, and the folder it is started in. */
export type Seen = { readonly room: string; readonly home: string; readonly tmp: string; readonly start: string };

/** Says where an agent sees its folders. */
export function seenFrom(workspace: Workspace, { room }: Pick<Opened, 'room'>): Seen {
  const start = room.start.slice(room.folder.length);
  return workspace.sandboxing.kind === 'bubblewrap'
    ? { room: inside.room, home: inside.home, tmp: inside.temporary, start: `${inside.room}${start}` }
    : { room: room.folder, home: room.home, tmp: room.temporary, start: room.start };
}

/** Replaces `{room}`, `{home}` and `{tmp}` by an agent's own folders. */
export function fillPlaces(text: string, seen: Seen): string {
  return text.replace(/\{(room|home|tmp)\}/g, (_, name: keyof Seen) => seen[name]);
}

/**
 * The inputs for an agent's start besides its room; `given` has the variables it is handed, `trace` is its span as
 * TRACEPARENT says it.
 */
export type StartPlan = {
  readonly launch: Launch;
  readonly egress: Egress;
  readonly editHook: { readonly command: string | null; readonly readable: readonly Readable[] };
  readonly given: { readonly env: Readonly<Record<string, string>> };
  readonly equipment: { readonly readable: readonly Readable[] };
  readonly trace: string | null;
};

/**
 * How an agent is started in its room. Returns a string that says why it cannot be started. Throws what writing beside
 * the room throws.
 */
export async function startAgent(workspace: Workspace, opened: Opened, plan: StartPlan): Promise<Start | Reason> {
  const { sandboxing } = workspace;
  const walled = sandboxing.kind === 'bubblewrap';
  const certificates = await bringCertificates(opened.room.place, walled, workspace.host.env);
  const brought = { ...plan, certificates, terms: termsOf(workspace, opened, plan) };
  return walled ? startInside(workspace, sandboxing, opened, brought) : startOutside(workspace, opened, brought);
}

/**
 * A launch as its agent sees it: the files beside the room, the values for such a file or folder in an argument, and
 * its variables.
 */
type Terms = {
  readonly seen: Seen;
  readonly files: ReadonlyMap<string, string>;
  readonly fill: (arg: string) => string;
  readonly own: Readonly<Record<string, string>>;
  readonly contract: Readonly<Record<string, string>>;
};

function termsOf(workspace: Workspace, opened: Opened, { launch, editHook, trace }: StartPlan): Terms {
  const walled = workspace.sandboxing.kind === 'bubblewrap';
  const files = new Map(
    Object.keys(launch.files).map((name) => [name, walled ? `/fourline/${name}` : `${opened.room.place}/${name}`]),
  );
  const seen = seenFrom(workspace, opened);
  const { role, id, attempt } = opened;
  return {
    seen,
    files,
    fill: (arg) => {
      const named = arg.replace(/^\{file:([\w.-]+)\}$/, (_, name: string) => files.get(name) ?? name);
      return fillPlaces(named, seen);
    },
    own: Object.fromEntries(Object.entries(launch.env).map(([name, value]) => [name, fillPlaces(value, seen)])),
    contract: contractEnvironment({ room: seen.room, role, id, attempt, hook: editHook.command, trace }),
  };
}

type BroughtPlan = StartPlan & { readonly certificates: Certificates; readonly terms: Terms };

async function startOutside(
  workspace: Workspace,
  opened: Opened,
  { launch, egress, given, equipment, certificates, terms }: BroughtPlan,
): Promise<Start> {
  const { room, prepared } = opened;
  await copyLayers(prepared.layers, room.start, room.home);
  const [program, ...args] = launch.argv;
  const env = {
    ...withRepository(outsideEnvironment(workspace.host, opened, room), room.home, prepared.env),
    ...certificates.env,
    ...terms.own,
    ...given.env,
    ...egress.env,
    ...terms.contract,
  };
  const shown = { ...egress, given: equipment.readable.map((one) => one.from) };
  const argv = await seatbelt(workspace, opened, room, shown, [program, ...args.map(terms.fill)]);
  return { argv, folder: room.start, env, feeds: null };
}

async function startInside(
  workspace: Workspace,
  sandboxing: Bubblewrap,
  opened: Opened,
  { launch, egress, editHook, given, equipment, certificates, terms }: BroughtPlan,
): Promise<Start | Reason> {
  const { room, prepared } = opened;
  const { seen, own, contract } = terms;
  const runtime = await bringRuntime();
  const program = launch.argv[0] === process.execPath ? runtime : await bringProgram(launch.argv[0], runtime);
  if (program === null) return `there is no program '${launch.argv[0]}' on PATH`;
  const words = await bringArguments(launch.argv.slice(1));
  const readable: Readable[] = [
    ...(program === runtime ? [] : program.readable),
    ...words.readable,
    ...egress.readable,
    ...editHook.readable,
    ...equipment.readable,
    ...certificates.readable,
    ...(await coverFolders(opened, launch, seen.start)),
    ...[...terms.files].map(([name, to]) => ({ from: `${room.place}/${name}`, to })),
  ];
  const user = runUser(workspace, room);
  const layers = await mountLayers(prepared.layers, user !== null, room.place, 'layer', groundOf(room, seen.start));
  const mounted = withRoom(layers, room, seen.start);
  const sandbox = sandboxOf(workspace, opened, room, seen.start, egress.shared, runtime, readable, mounted);
  const bridge = egress.bridge.length === 0 ? [] : [runtime.path, ...egress.bridge];
  const env = {
    ...withRepository(insideEnvironment(workspace, runtime, opened), inside.home, prepared.env),
    ...certificates.env,
    ...own,
    ...given.env,
    ...egress.env,
    HOME: inside.home,
    ...contract,
  };
  const argv = [...bridge, program.path, ...words.args.map(terms.fill)];
  const wall = enclose(sandboxing, await lend(sandbox, room.place), argv);
  return { argv: wall.argv, feeds: wall.feeds, folder: room.place, env };
}

/**
 * The surroundings of a command besides its checkout: a way to the network, variables, and layers. Several sandboxes
 * may write into the layers; `name` keeps their files apart.
 */
export type Surroundings = {
  readonly egress: Egress;
  readonly env: Readonly<Record<string, string>>;
  readonly layers: readonly Layer[];
  readonly name: string;
};

/**
 * How a shell command is started on a fresh checkout: in the same sandbox as an agent, with a home of its own, and no
 * network but its egress.
 */
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
    const usual = { ...outsideEnvironment(workspace.host, of, checkout), CI: 'true', ...egress.env };
    const env = withRepository(usual, checkout.home, around.env);
    const walled = await seatbelt(workspace, of, checkout, egress, argv);
    return { argv: walled, folder: checkout.start, env, feeds: null };
  }
  const runtime = await bringRuntime();
  const certificates = await bringCertificates(of.room.place, true, workspace.host.env);
  const start = `${inside.room}${checkout.start.slice(checkout.folder.length)}`;
  const ground = groundOf(checkout, start);
  const user = runUser(workspace, checkout);
  const layers = await mountLayers(around.layers, user !== null, of.room.place, around.name, ground);
  const mounted = withRoom(layers, checkout, start);
  const readable = [...egress.readable, ...certificates.readable];
  const sandbox = sandboxOf(workspace, of, checkout, start, egress.shared, runtime, readable, mounted);
  const usual = {
    ...insideEnvironment(workspace, runtime, of),
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

function groundOf({ start, home, over }: Pick<Checkout, 'start' | 'home' | 'over'>, seen: string): Ground {
  const outside = over === null ? [start] : [over.upper, over.lower];
  return { repository: { outside, inside: seen }, home: { outside: [home], inside: inside.home } };
}

// The room's own overlay lies below all layers.
function withRoom({ binds, overlays }: Mounted, { over }: Pick<Checkout, 'over'>, seen: string): Mounted {
  if (over === null) return { binds, overlays };
  return {
    binds: [{ from: over.merged, to: seen, upper: over.upper }, ...binds],
    overlays: [over, ...overlays],
  };
}

// Behind Seatbelt paths are the host's. The folders of people and workspaces are hidden; what the run needs of them is
// named again.
async function seatbelt(
  workspace: Workspace,
  of: Pick<Opened, 'room'>,
  folders: Checkout,
  { given: more = [], shared, port }: Pick<Egress, 'shared' | 'port'> & { readonly given?: readonly string[] },
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
      readable: [of.room.place, ...objects, ...brought, ...more, ...workspace.settings.readable],
      hidden: ['/Users', '/home', '/private/var/root', workspace.places.root, dirname(workspace.places.outside.rooms)],
      ...{ shared, port },
    },
    // The package sets a TMPDIR of its own.
    ['/usr/bin/env', `TMPDIR=${folders.temporary}`, ...argv],
  );
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
    user: runUser(workspace, folders),
    layers: binds,
    overlays,
  };
}
