// Why: an attack is tried for real: an agent process in its room, in a workspace of its own, under a fourline of its
// own, as root or as an ordinary user.
// Promises: the daemon is a child process of that user; what is seen afterwards is looked at from outside; everything
// is gone when the test is over.
// Never: looks into the program.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Verdict } from '../../src/gate/verdict.ts';
import { type House, openFolder } from '../kit/house.ts';
import { needs } from '../kit/needs.ts';
import { order } from '../kit/office.ts';
import type { After, Leg, Row, Scene, Told } from './row.ts';

/** The users everything is tried as: root and somebody ordinary, or whoever runs the tests. */
export const legs: readonly Leg[] =
  process.getuid?.() === 0
    ? [
        { name: 'root', uid: 0, gid: 0 },
        { name: 'an ordinary user', uid: 1234, gid: 1234 },
      ]
    : [{ name: 'an ordinary user', uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }];

const person = ['-c', 'user.name=dana', '-c', 'user.email=dana@example.com', '-c', 'init.defaultBranch=main'];

/** A place with a workspace in it, before anything ran. */
export type Stage = {
  readonly place: string;
  readonly leg: Leg;
  readonly env: NodeJS.ProcessEnv;
  /** How a process is started as that user. */
  readonly as: { readonly uid?: number; readonly gid?: number };
  readonly write: (path: string, content: string, mode?: number) => void;
  /** Puts a link in the place of whatever is there. */
  readonly link: (path: string, target: string) => void;
  readonly git: (folder: string, ...args: string[]) => string;
  /** Makes `repos/<name>` with a first commit. */
  readonly repository: (name: string, files: Readonly<Record<string, string>>) => void;
  /** Runs fourline there to its end, as that user. */
  readonly fourline: (house: House, ...args: string[]) => Promise<Told>;
  /** Gives all of it to that user. */
  readonly handOver: () => void;
};

/** Opens a place: `work` is the workspace, `out` a folder outside it, `bin` comes first on PATH. */
export function openStage(leg: Leg): Stage {
  needs('bwrap', ...(leg.uid === 0 ? [] : (['user namespaces'] as const)));
  const place = openFolder();
  for (const folder of [
    'work/roles',
    'work/inbox/operator',
    'work/state',
    'work/repos',
    'out',
    'bin',
    'home',
    'xdg',
    'tmp',
  ])
    mkdirSync(`${place}/${folder}`, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    PATH: `${place}/bin:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: `${place}/home`,
    XDG_STATE_HOME: `${place}/xdg`,
    TMPDIR: `${place}/tmp`,
    NO_COLOR: '1',
    PLACE: place,
    HOUSE_SECRET: 'x',
    ANTHROPIC_API_KEY: 'sk-house',
    SSH_AUTH_SOCK: `${place}/out/agent`,
    GIT_AUTHOR_NAME: 'Somebody Else',
  };
  const as = process.getuid?.() === leg.uid ? {} : { uid: leg.uid, gid: leg.gid };
  const write: Stage['write'] = (path, content, mode = 0o644) => {
    mkdirSync(dirname(`${place}/${path}`), { recursive: true });
    writeFileSync(`${place}/${path}`, content, { mode });
  };
  const git: Stage['git'] = (folder, ...args) =>
    execFileSync('git', [...person, '-c', 'safe.directory=*', '-C', `${place}/${folder}`, ...args], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
      encoding: 'utf8',
    }).replace(/\n$/, '');
  return {
    place,
    leg,
    env,
    as,
    write,
    git,
    repository: (name, files) => {
      const folder = `work/repos/${name}`;
      mkdirSync(`${place}/${folder}`, { recursive: true });
      git(folder, 'init', '-q');
      for (const [path, text] of Object.entries(files)) write(`${folder}/${path}`, text);
      git(folder, 'add', '-A');
      git(folder, 'commit', '-q', '-m', 'begin');
    },
    link: (path, target) => {
      rmSync(`${place}/${path}`, { recursive: true, force: true });
      symlinkSync(target, `${place}/${path}`);
    },
    fourline: (house, ...args) =>
      new Promise((done, fail) => {
        const argv = [house.cli, '-C', `${place}/work`, ...args];
        // A parent that left a folder open, above the descriptors that node closes by itself.
        const left = openSync(`${place}/out`, 'r');
        const stdio = ['ignore', 'pipe', 'pipe', ...Array<'ignore'>(17).fill('ignore'), left] as const;
        const child = spawn(house.node, argv, { ...as, env, cwd: place, stdio: [...stdio] });
        closeSync(left);
        const out: Buffer[] = [];
        const err: Buffer[] = [];
        child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
        child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
        child.on('error', fail);
        child.on('close', (code) =>
          done({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
        );
      }),
    handOver: () => {
      if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${leg.uid}:${leg.gid}`, place]);
    },
  };
}

/** Sets a scene and its rows up, works until nothing is left to do, and says which rows got through. */
export async function playScene(house: House, leg: Leg, scene: Scene, rows: readonly Row[]): Promise<string[]> {
  const stage = openStage(leg);
  stage.write('out/secret', 'the secret\n');
  stage.write('out/attack.sh', scriptOf(stage, (await scene.values?.(stage)) ?? {}, scene, rows));
  stage.write(
    'work/roles/coder.md',
    `---\nagent: command\ncommand: [sh, ${stage.place}/out/attack.sh]\n${scene.card.trim()}\n---\nMischief.\n`,
  );
  for (const [path, text] of Object.entries(scene.workspace ?? {}))
    stage.write(`work/${path}`, text.replaceAll('{attack}', `[sh, ${stage.place}/out/attack.sh]`));
  stage.write('work/fourline.yaml', `sandbox: required\n${scene.settings ?? ''}`);
  stage.repository('shop', scene.files);
  if (rows.some((row) => row.alone === undefined))
    stage.write('work/inbox/coder/all.md', order(scene.order, { front: 'repo: shop', ...partsOf(scene) }));
  for (const [index, row] of rows.entries()) {
    if (row.alone === undefined) continue;
    const { repo, before, role = 'coder', order: text, ...parts } = row.alone;
    if (repo !== undefined) stage.repository(`row-${index}`, repo);
    const front = repo === undefined ? 'repo: shop' : `repo: row-${index}`;
    stage.write(
      `work/inbox/${role}/row-${index}.md`,
      text?.replaceAll('ROW', `${index}`) ?? order(parts.files ?? scene.order, { ...parts, front }),
    );
    before?.(stage, `row-${index}`);
  }
  scene.before?.(stage);
  stage.handOver();
  const said = await stage.fourline(house, 'start', '--once');
  if (!/ working /.test(said.err)) throw new Error(`fourline did not work:\n${said.err}`);
  const after = lookAfter(stage, house, said);
  const through: string[] = [];
  for (const [index, row] of rows.entries()) {
    const name = `row-${index}`;
    if (await isThrough(row, { ...after, row: name, repo: row.alone?.repo === undefined ? 'shop' : name }, index))
      through.push(row.name);
  }
  return through;
}

function partsOf(scene: Scene): { accept?: readonly string[]; objective?: string } {
  return {
    ...(scene.accept === undefined ? {} : { accept: scene.accept }),
    ...(scene.objective === undefined ? {} : { objective: scene.objective }),
  };
}

// The rows' shell lines, each in a shell of its own; an order of its own for rows that disturb others.
function scriptOf(stage: Stage, more: Readonly<Record<string, string>>, scene: Scene, rows: readonly Row[]): string {
  const values: Record<string, string> = {
    WS: `${stage.place}/work`,
    OUT: `${stage.place}/out`,
    XDG: `${stage.place}/xdg`,
    HOME_OF_OPERATOR: `${stage.place}/home`,
    HOSTNAME_OF_HOST: hostname(),
    ...more,
  };
  const all: string[] = [];
  const alone: string[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.alone !== undefined) alone.push(`*-row-${index})\n${row.line}\n;;`);
    else
      all.push(
        `( cd "$HERE"\n${row.line}\n) > /dev/null 2>&1 < /dev/null && echo "ROW ${index} through" || echo "ROW ${index} held"`,
      );
  }
  return [
    'HERE=$PWD',
    ...Object.entries(values).map(([name, value]) => `export ${name}='${value}'`),
    'case "$FOURLINE_ID" in',
    `*-all)\n${all.join('\n')}\n${scene.last ?? ''}\n;;`,
    ...alone,
    'esac',
    '',
  ].join('\n');
}

async function isThrough(row: Row, after: After, index: number): Promise<boolean> {
  if (row.through !== undefined) return row.through(after);
  const said = new RegExp(`ROW ${index} (through|held)`).exec(after.transcript('all'))?.[1];
  if (said === undefined) throw new Error(`'${row.name}' was not tried:\n${after.said}\n${after.transcript('all')}`);
  return said === 'through';
}

function lookAfter(stage: Stage, house: House, said: Told): Omit<After, 'row' | 'repo'> {
  const { place } = stage;
  const orders = recordsBelow(`${place}/work/state/orders`).concat(recordsBelow(`${place}/work/state/active`, 0));
  const folderOf = (name: string): string | undefined =>
    orders.find((folder) => folder.endsWith(`-${name}`) || folder.endsWith(`/${name}`));
  const record = (name: string, file: string): string => {
    const path = `${folderOf(name) ?? ''}/${file}`;
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const told = new Map<string, Promise<Told>>();
  return {
    place,
    said: said.err,
    orders: () => orders.map((folder) => ({ id: folder.slice(folder.lastIndexOf('/') + 1), folder })),
    record,
    transcript: (name) =>
      record(name, 'transcript.jsonl')
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { text?: string }).text ?? '')
        .join(''),
    outcome: (name) => /^outcome: (\w+)$/m.exec(record(name, 'report.md'))?.[1] ?? '',
    verdicts: (name) => {
      const text = record(name, 'verdicts.json');
      return text === '' ? [] : (JSON.parse(text) as { verdicts: Verdict[] }).verdicts;
    },
    tree: (repo) =>
      stage.git(`work/repos/${repo}`, 'ls-tree', '-r', '-z', '--name-only', 'HEAD').split('\0').filter(Boolean),
    git: (repo, ...args) => stage.git(`work/repos/${repo}`, ...args),
    blob: (repo, path) => stage.git(`work/repos/${repo}`, 'cat-file', 'blob', `HEAD:${path}`),
    has: (path) => existsSync(`${place}/${path}`),
    read: (path) => (existsSync(`${place}/${path}`) ? readFileSync(`${place}/${path}`, 'utf8') : ''),
    list: (path) => (existsSync(`${place}/${path}`) ? readdirSync(`${place}/${path}`) : []),
    fourline: (...args) => {
      const key = args.join(' ');
      const running = told.get(key) ?? stage.fourline(house, ...args);
      told.set(key, running);
      return running;
    },
    terminal: (...args) => {
      const words = [house.node, house.cli, '-C', `${place}/work`, ...args].map((word) => `'${word}'`).join(' ');
      const env = { ...stage.env, PAGER: 'cat' };
      needs('script');
      // A terminal ends lines in its own way.
      return spawnSync('script', ['-qec', words, '/dev/null'], {
        ...stage.as,
        env,
        encoding: 'utf8',
      }).stdout.replaceAll('\r\n', '\n');
    },
  };
}

function recordsBelow(folder: string, depth = 1): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).map((name) => `${folder}/${name}`);
  return depth === 0 ? names : names.flatMap((name) => recordsBelow(name, depth - 1));
}

/**
 * Puts a program before the real git: at the first call that matches, on the repository of that name, it does what a
 * person did just then.
 */
export function meanwhile(stage: Stage, pattern: string, what: string): void {
  const path = `${stage.place}/bin/git`;
  const before = existsSync(path) ? readFileSync(path, 'utf8').replace(/\nexec .*\n$/, '') : '#!/bin/sh';
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const done = `${stage.place}/out/.done-${before.length}`;
  stage.write(
    'bin/git',
    `${before}\ncase "$*" in ${pattern}) if mkdir '${done}' 2>/dev/null; then (unset GIT_INDEX_FILE; PATH='${dirname(real)}':$PATH; export GIT_AUTHOR_NAME=dana GIT_AUTHOR_EMAIL=d@d GIT_COMMITTER_NAME=dana GIT_COMMITTER_EMAIL=d@d; ${what}) >/dev/null 2>&1 </dev/null; fi;; esac\nexec ${real} "$@"\n`,
    0o755,
  );
  chmodSync(path, 0o755);
}

/** Lets a run wait until what `onceWritten` does is done, for a minute at most. */
export const untilSeen = 'i=0; while [ ! -e "$HOME/seen" ] && [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done';

/**
 * Does something on the host, once, as soon as a run of the row has written `file` in its room; then the run is told.
 */
export function onceWritten(stage: Stage, row: string, file: string, what: string): void {
  const look = `find '${stage.place}' -path '*-${row}.1/room/${file}' -exec grep -l theirs {} + 2>/dev/null`;
  const tell = `touch "\${found%/room/${file}}/home/seen"`;
  const script = `i=0; while [ $i -lt 6000 ] && [ -d '${stage.place}' ]; do found=$(${look}); if [ -n "$found" ]; then ${what}; ${tell}; exit; fi; i=$((i+1)); sleep 0.1; done`;
  spawn('sh', ['-c', script], { stdio: 'ignore', detached: true }).unref();
}
