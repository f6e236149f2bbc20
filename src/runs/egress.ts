// Why: a run that needs a model and nothing else gets one way out: a proxy outside its sandbox, and a bridge inside
// that leads there.
// Promises: the proxy exists only while the run does. Afterwards we know which hosts the run asked for in vain.
// Never: opens a way if the card allows none; decides host by host, because the proxy does.
import { open as openFile, rm } from 'node:fs/promises';
import type { Launch } from '../agent/agent.ts';
import { openGateway } from '../platform/net/gateway.ts';
import { type Endpoint, isLoopbackName, showEndpoint } from '../platform/net/host.ts';
import { openProxy } from '../platform/net/proxy.ts';
import { readUpstream, type Upstream } from '../platform/net/upstream.ts';
import { makeTemporary } from '../platform/process/remains.ts';
import { Fault, isReason, type Reason } from '../platform/text/fault.ts';
import type { Role } from '../role/role.ts';
import { inside, type Readable } from '../sandbox/bubblewrap.ts';
import type { BridgePlan } from '../sandbox/inside/bridge.ts';
import { insideProgram } from '../sandbox/inside-program.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Credentials } from './credentials.ts';

/**
 * A run's way to the network. `said` names it for lines and journal; `refused` lists what the run asked for in vain so
 * far.
 */
export type Egress = {
  readonly said: string;
  readonly shared: boolean;
  /**
   * The proxy's port on 127.0.0.1, if the sandbox can let a port through; null if the proxy is on a socket, or there is
   * no proxy.
   */
  readonly port: number | null;
  /** Arguments to put before the agent's own argument vector, with the host files they need; empty without a proxy. */
  readonly bridge: readonly string[];
  readonly readable: readonly Readable[];
  readonly env: Readonly<Record<string, string>>;
  readonly refused: () => readonly string[];
  readonly close: () => Promise<void>;
};

const shut = {
  shared: false,
  port: null,
  bridge: [],
  readable: [],
  env: {},
  refused: () => [],
  close: () => Promise.resolve(),
} as const;

/** Why a card's network cannot be opened, or null. A rehearsal needs no model, so a missing model is no flaw there. */
export function networkFlaw(role: Role, launch: Launch): string | null {
  if (role.network.kind !== 'hosts' || !role.network.model || launch.hosts.length > 0) return null;
  if (role.agent.kind === 'rehearsal') return null;
  return `network: model, and where the model of ${launch.label} is, is not known; name its hosts: network: [host, …]`;
}

/**
 * Opens the egress proxy that a role's card asks for, and the gateway if there is one. Returns a string that says why
 * it cannot.
 */
export async function openEgress(
  workspace: Workspace,
  role: Role,
  launch: Launch,
  gateway: Credentials['gateway'],
): Promise<Egress | Reason> {
  const { network } = role;
  const flaw = networkFlaw(role, launch);
  if (flaw !== null) return flaw;
  const hosts = network.kind === 'hosts' ? [...(network.model ? launch.hosts : []), ...network.hosts] : null;
  const words = network.kind === 'none' ? 'no network' : network.kind === 'open' ? 'open network' : '';
  const reachable = hosts === null ? [] : workspace.settings.reachable;
  const through = network.kind === 'none' && gateway === null ? null : readUpstream(workspace.host.env);
  if (isReason(through)) return through;
  const out: Out = { hosts, reachable, through, gateway: gateway === null ? null : { ...gateway, through } };
  // Without a sandbox nothing forces a run through a proxy. To pretend otherwise would be worse than to say so.
  if (workspace.sandboxing.kind === 'none' && hosts !== null)
    return withPort(await withUpstream({ ...shut, said: 'open network (no sandbox)', shared: true }, through), out);
  const said = words === '' ? [...(hosts ?? []), ...reachable.map(showEndpoint)].join(', ') : words;
  const egress = { ...shut, said: gateway === null ? said : `${said}, gateway`, shared: network.kind === 'open' };
  if (workspace.sandboxing.kind === 'bubblewrap' && !egress.shared) {
    if (hosts === null && gateway === null) return egress;
    return bySocket(egress, out);
  }
  if (hosts === null) return withPort(egress.shared ? await withUpstream(egress, through) : egress, out);
  const proxy = await openProxy(0, { hosts, reachable, through });
  return withPort({ ...egress, port: proxy.port, refused: proxy.refused, close: proxy.close }, out);
}

/**
 * Opens a way to exact hosts for a setup or for checks; no way if there are no hosts. Throws Fault `proxy-unreadable`
 * for a company's proxy that cannot be read.
 */
export async function openHosts(workspace: Workspace, hosts: readonly string[]): Promise<Egress> {
  if (hosts.length === 0) return { ...shut, said: 'no network' };
  const { reachable } = workspace.settings;
  const through = readUpstream(workspace.host.env);
  if (isReason(through)) throw new Fault('proxy-unreadable', through);
  const egress = { ...shut, said: hosts.join(', ') };
  if (workspace.sandboxing.kind === 'bubblewrap') return bySocket(egress, { hosts, reachable, through, gateway: null });
  if (workspace.sandboxing.kind === 'none')
    return withUpstream({ ...egress, said: 'open network (no sandbox)', shared: true }, through);
  const proxy = await openProxy(0, { hosts, reachable, through });
  return { ...egress, port: proxy.port, refused: proxy.refused, close: proxy.close };
}

/** All ways out of one run. */
type Out = {
  readonly hosts: readonly string[] | null;
  readonly reachable: readonly Endpoint[];
  /** A company's proxy. */
  readonly through: Upstream | null;
  readonly gateway: Credentials['gateway'];
};

// A run with the whole network goes through the company's proxy as well, through a port of ours: the proxy's password
// stays outside.
async function withUpstream(egress: Egress, through: Upstream | null): Promise<Egress> {
  if (through === null) return egress;
  const proxy = await openProxy(0, { hosts: 'all', reachable: [], through });
  const way = `http://127.0.0.1:${proxy.port}`;
  const own = [...new Set(['localhost', '127.0.0.1', '::1', ...through.exceptions])].join(',');
  return {
    ...egress,
    env: { ...egress.env, HTTPS_PROXY: way, https_proxy: way, NO_PROXY: own, no_proxy: own, NODE_USE_ENV_PROXY: '1' },
    close: async () => void (await Promise.all([egress.close(), proxy.close()])),
  };
}

// If a run shares this machine's loopback, the gateway is a port on it.
async function withPort(egress: Egress, { gateway }: Pick<Out, 'gateway'>): Promise<Egress> {
  if (gateway === null) return egress;
  const open = await openGateway(0, gateway);
  return {
    ...egress,
    env: { ...egress.env, [gateway.baseName]: `http://127.0.0.1:${open.port}` },
    close: async () => void (await Promise.all([egress.close(), open.close()])),
  };
}

// In a sandbox all ways out are sockets in one folder, and the bridge inside leads there.
async function bySocket(egress: Egress, { hosts, reachable, through, gateway }: Out): Promise<Egress> {
  const folder = await makeTemporary('egress');
  // The name of a socket may be 107 bytes long; through its folder's descriptor it is short, wherever temporary files
  // are.
  const handle = await openFile(folder, 'r');
  const near = `/proc/self/fd/${handle.fd}`;
  const proxy = hosts === null ? null : await openProxy(`${near}/egress`, { hosts, reachable, through });
  const open = gateway === null ? null : await openGateway(`${near}/gateway`, gateway);
  const local = reachable.filter((one) => isLoopbackName(one.host) && one.port >= 1024);
  const ports = new Map(local.map((one) => [one.port, { port: one.port, target: showEndpoint(one) }]));
  const free = (from: number): number => (ports.has(from) ? free(from + 1) : from);
  const port = free(3128);
  const own = free(port + 1);
  const plan: BridgePlan = {
    socket: inside.egress,
    port,
    ports: [...ports.values()],
    sockets: open === null ? [] : [{ port: own, socket: inside.gateway }],
  };
  const program = await insideProgram('bridge');
  const bridge = `${inside.bridge}${program.extension}`;
  return {
    ...egress,
    bridge: ['--no-warnings', bridge, JSON.stringify(plan)],
    readable: [
      ...(proxy === null ? [] : [{ from: `${folder}/egress`, to: inside.egress }]),
      ...(open === null ? [] : [{ from: `${folder}/gateway`, to: inside.gateway }]),
      { from: program.path, to: bridge },
    ],
    env: {
      ...(proxy === null ? {} : proxyEnvironment(port)),
      ...(gateway === null ? {} : { [gateway.baseName]: `http://127.0.0.1:${own}` }),
    },
    refused: proxy?.refused ?? (() => []),
    close: async () => {
      // Closing removes sockets by their names: the descriptor in these names must still be this folder's.
      await Promise.all([proxy?.close(), open?.close()]);
      await handle.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function proxyEnvironment(port: number): Record<string, string> {
  const way = `http://127.0.0.1:${port}`;
  const named = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
  const own = 'localhost,127.0.0.1,::1';
  return {
    ...Object.fromEntries(named.map((name) => [name, way])),
    NO_PROXY: own,
    no_proxy: own,
    NODE_USE_ENV_PROXY: '1',
  };
}
