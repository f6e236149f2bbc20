// Why: fourline finds out which sandbox this machine has by trying them, once, before any run.
// Promises: bubblewrap counts only if fourline really opened a sandbox with it. This file alone lists what a sandbox
// may see of the host.
// Never: falls back in silence; the reason is part of the answer.
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { isMachine } from '../platform/process/call.ts';
import { ownPath } from '../platform/process/host.ts';
import { callKernel, openCaller } from '../platform/process/kernel.ts';
import { runProcess, startGroup } from '../platform/process/process.ts';
import { handTo, type Owners, ownersIn } from '../platform/process/run-user.ts';
import { searchFolders } from '../platform/process/search-path.ts';
import { loadSeatbelt } from '../platform/process/seatbelt.ts';
import { Fault, isReason, machineFails, messageOf, type Reason, whenAbsent } from '../platform/text/fault.ts';
import {
  accountFiles,
  enclose,
  inside,
  type Readable,
  type Sandboxing,
  type SandboxPlan,
  type SystemPart,
  userOf,
} from './bubblewrap.ts';
import { ownIdentity } from './enter.ts';

/** The `sandbox:` setting of fourline.yaml. */
export type SandboxWish = 'required' | 'auto' | 'off';

const roots = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
// Entries of /etc that programs need to start, speak TLS and know the time. No accounts, no hosts' secrets.
const etc = [
  'alternatives',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'timezone',
  'nsswitch.conf',
  'protocols',
  'services',
  'mime.types',
  'terminfo',
  'resolv.conf',
  'hosts',
  'host.conf',
  'gai.conf',
];

// Single files, because the folders around them also hold private keys. Authorities (Debian, Fedora, openSUSE, Alpine,
// Arch) and OpenSSL's configuration.
const certificateFiles = [
  'ssl/certs/ca-certificates.crt',
  'ssl/certs/ca-bundle.crt',
  'ssl/ca-bundle.pem',
  'ssl/cert.pem',
  'ssl/openssl.cnf',
  'pki/tls/certs/ca-bundle.crt',
  'pki/tls/cert.pem',
  'pki/tls/openssl.cnf',
  'pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  'ca-certificates/extracted/tls-ca-bundle.pem',
];

// Entries of /proc that programs read besides their own processes. All other entries describe the machine: symbols,
// timers, keys, devices, its start.
const kernelTables = ['cpuinfo', 'meminfo', 'stat', 'uptime', 'loadavg', 'version', 'filesystems', 'vmstat', 'cgroups'];
// These belong to the sandbox itself: its processes, mounts, network and ipc.
const kernelOwn = ['self', 'thread-self', 'mounts', 'net', 'sysvipc', 'sys'];

// A sandbox that was found, by the inputs of the search: it doesn't disappear while a process works. A reason against
// one may, so it is not kept.
const known = new Map<string, Sandboxing>();

/**
 * Finds out how this machine can sandbox, as `wish` asks, for `runs` runs at once. If it cannot, the answer has the
 * reason. Throws only when the machine fails.
 */
export async function findSandboxing(wish: SandboxWish, runs = 1): Promise<Sandboxing> {
  const key = JSON.stringify([wish, runs, ownPath(), tmpdir(), process.geteuid?.()]);
  const sandboxing = known.get(key) ?? (await trySandboxing(wish, runs));
  if (sandboxing.kind !== 'none') known.set(key, sandboxing);
  return sandboxing;
}

async function trySandboxing(wish: SandboxWish, runs: number): Promise<Sandboxing> {
  if (wish === 'off') return { kind: 'none', reason: 'fourline.yaml says sandbox: off' };
  if (process.platform === 'darwin') {
    const wrap = await loadSeatbelt();
    return isReason(wrap) ? { kind: 'none', reason: wrap } : { kind: 'seatbelt', wrap };
  }
  if (process.platform !== 'linux') return { kind: 'none', reason: `there are none for ${process.platform} yet` };
  const program = await onPath('bwrap');
  if (program === null)
    return { kind: 'none', reason: 'bubblewrap is not installed (Debian: apt-get install bubblewrap)' };
  const system = await findSystemParts();
  const machine = process.arch;
  if (!isMachine(machine)) return { kind: 'none', reason: `there is no filter for the calls of ${machine} yet` };
  const env = { PATH: '/usr/bin:/bin' };
  try {
    const said = async (flag: string): Promise<string> =>
      (await runProcess([program, flag], { env })).stdout.toString();
    const sandboxing = {
      kind: 'bubblewrap',
      program,
      version: (await said('--version')).trim().replace(/^bubblewrap /, ''),
      system,
      machine,
      caller: await openCaller(),
      identity: ownIdentity(),
      sharedKeyring: await keyringFlaw(),
      endsNesting: (await said('--help')).includes('--disable-userns'),
      covered: await coveredTables(),
      watching: await watchingOf(runs),
      owners: await ownersHere(),
    } as const;
    const flaw = await machineFlaw(sandboxing);
    if (flaw === null) return sandboxing;
    // Some systems let only chosen programs make user namespaces: bubblewrap, but not ours.
    const without = { ...sandboxing, watching: null };
    if (sandboxing.watching !== null && (await machineFlaw(without)) === null) return without;
    return { kind: 'none', reason: `bubblewrap cannot open a sandbox here: ${flaw}` };
  } catch (error) {
    // If the machine fails only for a moment, the sandbox is not missing.
    if (machineFails(error)) throw error;
    return { kind: 'none', reason: `bubblewrap cannot be used: ${messageOf(error)}` };
  }
}

// Opens a sandbox and does nothing in it. Returns why it does not open, or null.
async function machineFlaw(sandboxing: Extract<Sandboxing, { kind: 'bubblewrap' }>): Promise<string | null> {
  const place = await mkdtemp(`${tmpdir()}/fourline-walls-`);
  try {
    await mkdir(`${place}/room`);
    for (const [name, text] of Object.entries(accountFiles)) await writeFile(`${place}/${name}`, text);
    const folder = `${place}/room`;
    const folders = { room: folder, home: folder, temporary: folder, accounts: place };
    const user = userOf(sandboxing, place);
    const sandbox: SandboxPlan = {
      ...folders,
      start: inside.room,
      network: false,
      readable: [],
      layers: [],
      overlays: [],
      user,
    };
    if (user !== null) await handTo(user, [folder], []);
    let said = '';
    const { argv, feeds } = enclose(sandboxing, sandbox, ['/usr/bin/env', 'true']);
    const env = { PATH: '/usr/bin:/bin' };
    const onOutput = (_: string, chunk: Buffer): void => {
      said += chunk.toString();
    };
    const group = startGroup(argv, { cwd: '/', env, input: '', feeds, onOutput });
    const ended = await group.ended;
    await group.end(0);
    if (ended.kind === 'unstartable') {
      const fault = new Fault('walls-unusable', ended.reason);
      if (machineFails(fault)) throw fault;
      return ended.reason.split('\n')[0] ?? '';
    }
    return ended.kind === 'exited' && ended.status === 0 ? null : (said.trim().split('\n')[0] ?? '');
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

// The entries of /proc to cover in a sandbox: all except those that programs need and those of the sandbox itself.
async function coveredTables(): Promise<{ path: string; folder: boolean }[]> {
  const entries = await readdir('/proc', { withFileTypes: true });
  return entries
    .filter(({ name }) => !/^\d+$/.test(name) && ![...kernelTables, ...kernelOwn].includes(name))
    .map((entry) => ({ path: `/proc/${entry.name}`, folder: entry.isDirectory() }));
}

// Runs share half of the watches of fourline's user, in equal parts. The other half stays with fourline and that user's
// other programs.
async function watchingOf(runs: number): Promise<{ instances: number; watches: number } | null> {
  const [instances, watches] = await Promise.all(
    ['max_inotify_instances', 'max_inotify_watches'].map(async (name) =>
      Number(await readFile(`/proc/sys/user/${name}`, 'latin1').catch(whenAbsent('0'))),
    ),
  );
  if (!instances || !watches) return null;
  const part = (limit: number): number => Math.max(1, Math.floor(limit / 2 / runs));
  return { instances: part(instances), watches: part(watches) };
}

// Null if fourline is not root, or root has no uids to give.
async function ownersHere(): Promise<Owners | null> {
  return process.getuid?.() === 0 ? ownersIn(await readFile('/proc/self/uid_map', 'latin1')) : null;
}

async function keyringFlaw(): Promise<Reason | null> {
  const { flaw } = await callKernel([{ call: 'keyctl', args: [1, 0], what: 'make a session keyring' }]);
  if (flaw?.includes('EDQUOT')) return 'your quota of keys is used up (sysctl kernel.keys.maxkeys)';
  if (/EPERM|ENOSYS/.test(flaw ?? '')) return 'the kernel, or the container that fourline is in, refuses keyctl';
  return flaw;
}

/**
 * The first program of that name on PATH, or the path itself if the name is a path; null when there is no such program.
 */
export async function onPath(program: string): Promise<string | null> {
  const candidates = program.includes('/')
    ? [program]
    : searchFolders(ownPath()).map((folder) => `${folder}/${program}`);
  for (const path of candidates) {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true && (found.mode & 0o111) !== 0) return path;
  }
  return null;
}

async function findSystemParts(): Promise<SystemPart[]> {
  const parts: SystemPart[] = [{ kind: 'bind', path: '/usr', from: '/usr' }];
  for (const path of roots) {
    const found = await lstat(path).catch(() => null);
    if (found?.isSymbolicLink() === true) parts.push({ kind: 'link', path, target: await readlink(path) });
    else if (found?.isDirectory() === true) parts.push({ kind: 'bind', path, from: path });
  }
  for (const name of [...etc, ...certificateFiles]) {
    const from = await realpath(`/etc/${name}`).catch(() => null);
    if (from !== null) parts.push({ kind: 'bind', path: `/etc/${name}`, from });
  }
  return parts;
}

/** A program as it is called inside, and the host files that must be readable for it. */
export type Brought = { readonly path: string; readonly readable: readonly Readable[] };

/** The node that runs fourline, for agents and checks. If npm is part of it, the whole installation is brought. */
export async function bringRuntime(): Promise<Brought> {
  const program = await realpath(process.execPath);
  if (isSystem(program)) return { path: program, readable: [] };
  const prefix = dirname(dirname(program));
  const whole = (await stat(`${prefix}/lib/node_modules/npm`).catch(() => null)) !== null;
  if (whole) return { path: `${inside.runtime}/bin/node`, readable: [{ from: prefix, to: inside.runtime }] };
  return { path: `${inside.runtime}/bin/node`, readable: [{ from: program, to: `${inside.runtime}/bin/node` }] };
}

/**
 * A card's program, with the host files it needs (the packages it is installed with, or the file alone); null when
 * there is no such program. `place` is the folder inside that it gets.
 */
export async function bringProgram(
  program: string,
  runtime: Brought,
  place: string = inside.program,
): Promise<Brought | null> {
  if (program === 'node') return runtime;
  const found = await onPath(program);
  if (found === null) return null;
  const real = await realpath(found);
  const [home] = runtime.readable;
  if (isSystem(real) || program.startsWith('/usr/')) return { path: isSystem(found) ? found : real, readable: [] };
  if (home !== undefined && home.to === inside.runtime && real.startsWith(`${home.from}/`))
    return { path: `${inside.runtime}${real.slice(home.from.length)}`, readable: [] };
  // An installed package needs its neighbours, in a folder of that name. Any other program is only its one file, never
  // its whole folder.
  const packages = /^(.*?)\/node_modules\//s.exec(real)?.[1];
  if (packages !== undefined)
    return {
      path: `${place}${real.slice(packages.length)}`,
      readable: [{ from: `${packages}/node_modules`, to: `${place}/node_modules` }],
    };
  const path = `${place}/${basename(real)}`;
  return { path, readable: [{ from: real, to: path }] };
}

function isSystem(path: string): boolean {
  return /^\/(?:usr|bin|sbin|lib\w*)\//.test(path);
}

/**
 * Files that a card's command names by an absolute path: the person who wrote the card lets the agent read them. They
 * get a path of their own inside, below `place`, and the arguments are changed to it.
 */
export async function bringArguments(
  args: readonly string[],
  place: string = inside.given,
): Promise<{ args: string[]; readable: Readable[] }> {
  const out: string[] = [];
  const readable: Readable[] = [];
  for (const arg of args) {
    const file = arg.startsWith('/') && !isSystem(arg) ? await realpath(arg).catch(() => null) : null;
    if (file === null || !(await stat(file)).isFile()) out.push(arg);
    else {
      const to = `${place}/${readable.length}/${basename(arg)}`;
      readable.push({ from: file, to });
      out.push(to);
    }
  }
  return { args: out, readable };
}
