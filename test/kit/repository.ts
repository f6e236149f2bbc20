// Why: tests of what fourline does to disks and repositories need real ones, in a folder of their own.
// Promises: every folder is gone when its test has ended, whatever modes it was left with; git here knows no config but
// what is given.
// Never: goes through fourline's own git door: a test that checks it with itself proves nothing.
import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import { findTarget, syncTarget, type Target } from '../../src/platform/git/target.ts';
import { hostOf } from '../../src/platform/process/host.ts';

/** True when file modes bind this user. */
export const modesBind = process.getuid?.() !== 0;

/** An identity for what a test writes. */
export const coder = { name: 'coder', email: 'coder@fourline.invalid' };
export const fourline = { name: 'fourline', email: 'fourline@fourline.invalid' };

/** A fresh folder that is removed when the running test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/fourline-test-`);
  onTestFinished(() => {
    openFolders(Buffer.from(folder));
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function openFolders(folder: Buffer): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }))
    if (entry.isDirectory()) openFolders(Buffer.concat([folder, Buffer.from('/'), entry.name]));
}

/** A file to write: text, bytes, an executable, a link, or null for none. */
export type Content = string | Uint8Array | { readonly run: string } | { readonly link: string } | null;

/** Puts files below a folder; whatever stands at their paths goes first. */
export function writeFiles(folder: string, files: Readonly<Record<string, Content>>): void {
  for (const [path, content] of Object.entries(files)) {
    const at = `${folder}/${path}`;
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) rmSync(at, { recursive: true });
    if (content === null) continue;
    mkdirSync(dirname(at), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(at, content);
    else if ('link' in content) symlinkSync(content.link, at);
    else writeFileSync(at, content.run, { mode: 0o755 });
  }
}

const environment = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@fourline.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@fourline.invalid',
};

/** Runs the plain git program in a folder and returns what it printed, without the last newline. */
export function git(
  folder: string,
  args: readonly string[],
  input?: string | Uint8Array,
  env: Readonly<Record<string, string>> = {},
): string {
  return execFileSync('git', ['-c', 'safe.directory=*', '-c', 'protocol.file.allow=always', ...args], {
    cwd: folder,
    env: { ...environment, ...env },
    input: input ?? '',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
    .toString()
    .replace(/\n$/, '');
}

/** A repository of a test. */
export type Repository = {
  readonly folder: string;
  readonly git: (...args: readonly string[]) => string;
  /** Writes files, commits all there is, and returns the commit. */
  readonly commitAll: (files: Readonly<Record<string, Content>>, message?: string) => string;
};

/** Makes a repository with a first commit on `main`; an empty set of files makes none. */
export function makeRepository(
  folder: string,
  files: Readonly<Record<string, Content>> = { 'README.md': 'read me\n' },
  options: { readonly sha256?: boolean } = {},
): Repository {
  mkdirSync(folder, { recursive: true });
  git(folder, ['init', '-q', '-b', 'main', `--object-format=${options.sha256 === true ? 'sha256' : 'sha1'}`]);
  const repository: Repository = {
    folder,
    git: (...args) => git(folder, args),
    commitAll: (more, message = 'Change') => {
      writeFiles(folder, more);
      git(folder, ['add', '-A', '-f']);
      git(folder, ['commit', '-q', '--allow-empty', '-m', message]);
      return git(folder, ['rev-parse', 'HEAD']);
    },
  };
  if (Object.keys(files).length > 0) repository.commitAll(files, 'Begin');
  return repository;
}

/** A repository under `repos/shop` with its mirror up to date. */
export type Shop = {
  readonly root: string;
  readonly repository: Repository;
  readonly target: Target;
  readonly commit: string;
  /** Brings the target's newest commit into the mirror and returns it. */
  readonly sync: () => Promise<string>;
};

/** Makes a repository `shop` and finds it as a target. */
export async function makeShop(
  files: Readonly<Record<string, Content>>,
  options: { readonly sha256?: boolean } = {},
): Promise<Shop> {
  const root = temporaryFolder();
  const repository = makeRepository(`${root}/repos/shop`, files, options);
  const target = await findTarget(`${root}/repos`, `${root}/mirrors`, 'shop', hostOf());
  if ('kind' in target) throw new Error(target.message);
  onTestFinished(() => target.objects.close());
  const sync = async (): Promise<string> => {
    const tip = await syncTarget(target);
    if (tip.kind === 'flaw') throw new Error(tip.message);
    return tip.commit;
  };
  return { root, repository, target, commit: await sync(), sync };
}
