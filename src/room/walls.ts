// Why: what walls this machine has is found out by trying them, once, before any run.
// Promises: bubblewrap counts only when a cell was really opened with it; what a cell may see of the host is listed here and nowhere else.
// Never: falls back in silence; the reason is part of the answer.
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname } from 'node:path';
import { machineFails, messageOf } from '../ground/fault.ts';
import { runProcess } from '../ground/process.ts';
import { loadSeatbelt } from '../ground/seatbelt.ts';
import { isMachine } from './filter.ts';
import { inside, type Readable, type SystemPart, type Walls } from './sandbox.ts';

/** What fourline.yaml says of walls. */
export type WallsWish = 'required' | 'auto' | 'off';

const roots = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
// What programs need of /etc to start, speak TLS and know the time. No accounts, no hosts' secrets.
const etc = [
  'alternatives',
  'ca-certificates',
  'ssl',
  'pki',
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

/** Looks for walls, as `wish` has it. What keeps them away is the reason; throws only when the machine fails. */
export async function findWalls(wish: WallsWish): Promise<Walls> {
  if (wish === 'off') return { kind: 'none', reason: 'fourline.yaml says sandbox: off' };
  if (process.platform === 'darwin') {
    const wrap = await loadSeatbelt();
    return typeof wrap === 'string' ? { kind: 'none', reason: wrap } : { kind: 'seatbelt', wrap };
  }
  if (process.platform !== 'linux') return { kind: 'none', reason: `there are none for ${process.platform} yet` };
  const program = await onPath('bwrap');
  if (program === null)
    return { kind: 'none', reason: 'bubblewrap is not installed (Debian: apt-get install bubblewrap)' };
  const system = await systemParts();
  const machine = process.arch;
  if (!isMachine(machine)) return { kind: 'none', reason: `there is no filter for the calls of ${machine} yet` };
  const bare = system.flatMap((part) =>
    part.kind === 'link' ? ['--symlink', part.target, part.path] : ['--ro-bind', part.from, part.path],
  );
  const env = { PATH: '/usr/bin:/bin' };
  try {
    const version = (await runProcess([program, '--version'], { env })).stdout
      .toString()
      .trim()
      .replace(/^bubblewrap /, '');
    const tried = await runProcess(
      [
        program,
        '--unshare-all',
        '--cap-drop',
        'ALL',
        ...bare,
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        '--',
        '/usr/bin/env',
        'true',
      ],
      { env },
    );
    if (tried.status !== 0)
      return {
        kind: 'none',
        reason: `bubblewrap cannot open a cell here: ${tried.stderr.trim().split('\n')[0] ?? ''}`,
      };
    const help = (await runProcess([program, '--help'], { env })).stdout.toString();
    return { kind: 'bubblewrap', program, version, system, machine, endsNesting: help.includes('--disable-userns') };
  } catch (error) {
    // Walls that are only out of reach for a moment are no walls that are missing.
    if (machineFails(error)) throw error;
    return { kind: 'none', reason: `bubblewrap cannot be used: ${messageOf(error)}` };
  }
}

/** The first program of that name on PATH, or the path itself where it is one; null when there is none. */
export async function onPath(program: string): Promise<string | null> {
  const candidates = program.includes('/')
    ? [program]
    : (process.env['PATH'] ?? '')
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => `${folder}/${program}`);
  for (const path of candidates) {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true && (found.mode & 0o111) !== 0) return path;
  }
  return null;
}

async function systemParts(): Promise<SystemPart[]> {
  const parts: SystemPart[] = [{ kind: 'bind', path: '/usr', from: '/usr' }];
  for (const path of roots) {
    const found = await lstat(path).catch(() => null);
    if (found?.isSymbolicLink() === true) parts.push({ kind: 'link', path, target: await readlink(path) });
    else if (found?.isDirectory() === true) parts.push({ kind: 'bind', path, from: path });
  }
  for (const name of etc) {
    const from = await realpath(`/etc/${name}`).catch(() => null);
    if (from !== null) parts.push({ kind: 'bind', path: `/etc/${name}`, from });
  }
  return parts;
}

/** A program as it is called inside, and what of the host must be readable for that. */
export type Brought = { readonly path: string; readonly readable: readonly Readable[] };

/** The node that runs fourline, for agents and checks. A whole installation is brought where npm is part of it. */
export async function bringRuntime(): Promise<Brought> {
  const program = await realpath(process.execPath);
  if (isSystem(program)) return { path: program, readable: [] };
  const prefix = dirname(dirname(program));
  const whole = (await stat(`${prefix}/lib/node_modules/npm`).catch(() => null)) !== null;
  if (whole) return { path: `${inside.runtime}/bin/node`, readable: [{ from: prefix, to: inside.runtime }] };
  return { path: `${inside.runtime}/bin/node`, readable: [{ from: program, to: `${inside.runtime}/bin/node` }] };
}

/** A card's program. What it needs of the host (the packages it is installed with, or the file alone) is brought along; null when there is no such program. */
export async function bringProgram(program: string, runtime: Brought): Promise<Brought | null> {
  if (program === 'node') return runtime;
  const found = await onPath(program);
  if (found === null) return null;
  const real = await realpath(found);
  const [home] = runtime.readable;
  if (isSystem(real) || program.startsWith('/usr/')) return { path: isSystem(found) ? found : real, readable: [] };
  if (home !== undefined && home.to === inside.runtime && real.startsWith(`${home.from}/`))
    return { path: `${inside.runtime}${real.slice(home.from.length)}`, readable: [] };
  // An installed package needs its neighbours, in a folder of that name; anything else is the one file, never the folder it happens to lie in.
  const packages = /^(.*?)\/node_modules\//s.exec(real)?.[1];
  if (packages !== undefined) {
    const folder = `${inside.program}/node_modules`;
    return {
      path: `${inside.program}${real.slice(packages.length)}`,
      readable: [{ from: `${packages}/node_modules`, to: folder }],
    };
  }
  return {
    path: `${inside.program}/${basename(real)}`,
    readable: [{ from: real, to: `${inside.program}/${basename(real)}` }],
  };
}

function isSystem(path: string): boolean {
  return /^\/(?:usr|bin|sbin|lib\w*)\//.test(path);
}

/**
 * Files that a card's command names by an absolute path: the person who wrote the card lets the agent read them. They stand at a path of their own inside, and
 * the arguments are changed to it.
 */
export async function bringArguments(args: readonly string[]): Promise<{ args: string[]; readable: Readable[] }> {
  const out: string[] = [];
  const readable: Readable[] = [];
  for (const arg of args) {
    const file = arg.startsWith('/') && !isSystem(arg) ? await realpath(arg).catch(() => null) : null;
    if (file === null || !(await stat(file)).isFile()) out.push(arg);
    else {
      const to = `${inside.given}/${readable.length}/${basename(arg)}`;
      readable.push({ from: file, to });
      out.push(to);
    }
  }
  return { args: out, readable };
}
