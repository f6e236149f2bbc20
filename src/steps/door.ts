// Why: a run that needs a model and nothing else gets one door: a proxy outside its cell, and a bridge inside that leads there.
// Promises: the door stands only while the run does; what was asked for in vain is known afterwards.
// Never: opens a door where the card says none; decides host by host, which is the proxy's.
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Launch } from '../agent/agent.ts';
import type { BridgePlan } from '../cell/bridge.ts';
import { type Endpoint, isLoopbackName, showEndpoint } from '../ground/host.ts';
import { openProxy } from '../ground/proxy.ts';
import type { Role } from '../role/role.ts';
import { inside, type Readable } from '../room/sandbox.ts';
import type { Workspace } from '../workspace.ts';

/** A run's way to the network. `said` names it for lines and journal; `refused` is what was asked for in vain, so far. */
export type Door = {
  readonly said: string;
  readonly shared: boolean;
  /** The proxy's port on 127.0.0.1, where walls can let one through; null where it stands on a socket or not at all. */
  readonly port: number | null;
  /** Put before the agent's own argument vector, with what of the host must be there; empty without a proxy. */
  readonly bridge: readonly string[];
  readonly readable: readonly Readable[];
  readonly env: Readonly<Record<string, string>>;
  readonly refused: () => readonly string[];
  readonly close: () => Promise<void>;
};

const bridgeProgram = fileURLToPath(
  new URL(`../cell/bridge${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

const shut = {
  shared: false,
  port: null,
  bridge: [],
  readable: [],
  env: {},
  refused: () => [],
  close: () => Promise.resolve(),
} as const;

/** What keeps a card's network from being opened, or null. A rehearsal has no model, so none is missed. */
export function networkFlaw(role: Role, launch: Launch): string | null {
  if (role.network.kind !== 'hosts' || !role.network.model || launch.hosts.length > 0) return null;
  if (role.agent.kind === 'rehearsal') return null;
  return `network: model, and where the model of ${launch.label} is, is not known; name its hosts: network: [host, …]`;
}

/** Opens the door that a role's card asks for; a string says why there can be none. */
export async function openDoor(workspace: Workspace, role: Role, launch: Launch): Promise<Door | string> {
  const { network } = role;
  if (network.kind === 'none') return { ...shut, said: 'no network' };
  if (network.kind === 'open') return { ...shut, said: 'open network', shared: true };
  const flaw = networkFlaw(role, launch);
  if (flaw !== null) return flaw;
  const hosts = [...(network.model ? launch.hosts : []), ...network.hosts];
  // Without walls nothing holds a run to a proxy, and pretending would be worse than saying so.
  if (workspace.walls.kind === 'none') return { ...shut, said: 'open network (no walls)', shared: true };
  const { reachable } = workspace.settings;
  return workspace.walls.kind === 'seatbelt' ? byPort(hosts, reachable) : bySocket(hosts, reachable);
}

async function byPort(hosts: readonly string[], reachable: readonly Endpoint[]): Promise<Door> {
  const proxy = await openProxy(0, { hosts, reachable });
  return { ...shut, said: said(hosts, reachable), port: proxy.port, refused: proxy.refused, close: proxy.close };
}

function said(hosts: readonly string[], reachable: readonly Endpoint[]): string {
  return [...hosts, ...reachable.map(showEndpoint)].join(', ');
}

async function bySocket(hosts: readonly string[], reachable: readonly Endpoint[]): Promise<Door> {
  const folder = await mkdtemp(`${tmpdir()}/fourline-door-`);
  // The name of a socket may be 107 bytes long; by its folder's descriptor it is short wherever temporary files are.
  const handle = await openFile(folder, 'r');
  const proxy = await openProxy(`/proc/self/fd/${handle.fd}/door`, { hosts, reachable });
  const local = reachable.filter((one) => isLoopbackName(one.host) && one.port >= 1024);
  const ports = new Map(local.map((one) => [one.port, { port: one.port, target: showEndpoint(one) }]));
  let port = 3128;
  while (ports.has(port)) port += 1;
  const plan: BridgePlan = { socket: inside.door, port, ports: [...ports.values()] };
  const way = `http://127.0.0.1:${port}`;
  const named = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
  const own = 'localhost,127.0.0.1,::1';
  return {
    ...shut,
    said: said(hosts, reachable),
    bridge: ['--no-warnings', inside.bridge, JSON.stringify(plan)],
    readable: [
      { from: `${folder}/door`, to: inside.door },
      { from: bridgeProgram, to: inside.bridge },
    ],
    env: {
      ...Object.fromEntries(named.map((name) => [name, way])),
      NO_PROXY: own,
      no_proxy: own,
      NODE_USE_ENV_PROXY: '1',
    },
    refused: proxy.refused,
    close: async () => {
      // The socket is removed by its name: the descriptor in it must still be this folder's.
      await proxy.close();
      await handle.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
