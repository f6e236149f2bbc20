// Why: a workspace without a repository does nothing. `init --repo` links or clones the one that is meant and says what
// its tests will need.
// Promises: a local repository is linked, never copied or changed; a clone runs as the person who asks for it; what is
// there already stays.
// Never: installs anything.

import { realpath, stat, symlink } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { askGit } from '../platform/git/git.ts';
import { openReader } from '../platform/git/git-reader.ts';
import { blotAddresses, cloneRepository } from '../platform/git/remote.ts';
import { listTree, type TreeEntry } from '../platform/git/tree.ts';
import type { Host } from '../platform/process/host.ts';
import { Fault } from '../platform/text/fault.ts';
import { escapeText, shellWord } from '../platform/text/text.ts';
import { type Recognised, recognise } from '../setup/ecosystem.ts';
import { absentParts } from '../setup/propose.ts';

/** A repository to take in: from a folder of this machine, or from an address that git clones. */
export type AdoptSource = { readonly kind: 'link' | 'clone'; readonly from: string; readonly name: string };

/**
 * Reads what `--repo` names, from `directory`. Throws Fault `usage` when it can be neither a folder nor an address,
 * `repo-not-git` for a folder of something else.
 */
export async function readSource(directory: string, text: string, name: string | undefined): Promise<AdoptSource> {
  const path = resolve(directory, text);
  const folder = (await stat(path).catch(() => null))?.isDirectory() === true;
  const last = basename(folder ? path : text.replace(/[/:]+$/, '')).replace(/^.*:/, '');
  const given = name ?? last.replace(/\.git$/, '');
  if (!/^[\w][\w.-]{0,99}$/.test(given))
    throw new Fault('usage', `'${escapeText(given)}' cannot be the name of a folder in repos/`, {
      hint: '--name <name> gives it another',
    });
  if (folder) {
    if ((await adoptGitDir(path)) === null) throw notGit(path, await repositoryAbove(path));
    return { kind: 'link', from: path, name: given };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@?[\w.-]*:/i.test(text)) return { kind: 'clone', from: text, name: given };
  throw new Fault('usage', `there is no repository at ${path}`, {
    hint: 'name a folder with a git repository, or an address that git clone takes',
  });
}

function notGit(path: string, above: string | null): Fault {
  return new Fault('repo-not-git', `${path} is not a git repository`, {
    hint:
      above === null
        ? `git init ${shellWord(path)} first, and make a commit`
        : `it is a folder of the one at ${above}: name that, and the folder in the Files of orders`,
  });
}

async function repositoryAbove(path: string): Promise<string | null> {
  for (let at = path; at !== dirname(at); at = dirname(at)) if ((await adoptGitDir(at)) !== null) return at;
  return null;
}

/**
 * Puts the repository into `repos`. Returns false when one of that name is there already. Throws Fault `repo-not-git`,
 * `clone-failed`.
 */
export async function adopt(repos: string, source: AdoptSource, host: Host): Promise<boolean> {
  const place = `${repos}/${source.name}`;
  const there = await realpath(place).catch(() => null);
  if (there !== null) {
    // The same name for another repository would work on the wrong one.
    if (source.kind === 'link' && there !== (await realpath(source.from)))
      throw new Fault('usage', `repos/${source.name} is there already, and is ${there}`, {
        hint: '--name <name> gives this one another name',
      });
    return false;
  }
  if (source.kind === 'link') {
    await symlink(source.from, place);
    return true;
  }
  // A clone needs the person's own keys, proxies and settings: this git is theirs, on a repository that is theirs.
  const cloned = await cloneRepository(source.from, place, host);
  if (cloned.kind === 'failed') {
    const address = blotAddresses(source.from);
    throw new Fault('clone-failed', `git could not clone ${escapeText(address)}: ${escapeText(cloned.reason)}`, {
      hint: `try it by hand: git clone ${shellWord(address)}`,
    });
  }
  return true;
}

async function adoptGitDir(folder: string): Promise<string | null> {
  for (const one of [`${folder}/.git`, folder]) {
    const found = await askGit(one, 'rev-list', ['--max-count=1', '--all']).catch(() => null);
    if (found !== null) return one;
  }
  return null;
}

/** The setups that a repository's checked-out commit shows. `notes` are sentences for people. */
export type AdoptLook = { readonly found: readonly Recognised[]; readonly notes: readonly string[] };

/** Looks at the checked-out commit of a repository; finds nothing in one without a commit. */
export async function lookAtRepository(folder: string): Promise<AdoptLook> {
  const gitDir = await adoptGitDir(folder);
  const entries = gitDir === null ? null : await listHead(gitDir);
  if (entries === null)
    return { found: [], notes: ["it has no commit yet: git commit --allow-empty -m 'Begin' makes one"] };
  const attributes = entries.filter((entry) => /(?:^|\/)\.gitattributes$/.test(entry.path)).slice(0, 20);
  const texts = await Promise.all(attributes.map((entry) => askGit(gitDir ?? folder, 'cat-file', ['blob', entry.id])));
  return { found: recognise(entries.map((entry) => entry.path)), notes: absentParts(entries, texts) };
}

async function listHead(gitDir: string): Promise<TreeEntry[] | null> {
  const reader = openReader(gitDir);
  try {
    return await listTree({ gitDir, read: reader.read }, 'HEAD').catch(() => null);
  } finally {
    reader.close();
  }
}
