// Why: each level of delegation tells less than the level before. We hand down a file that an order names verbatim; its
// text is the same in every room.
// Promises: the text is frozen when the order is first claimed. Orders that come from it get that copy, however the
// file changes later. A file of a repository is read from its branch, never from a work tree.
// Never: follows a link; hands on anything but UTF-8 text of at most 1 MiB.

import { isUtf8 } from 'node:buffer';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { askFloor } from '../gate/floor.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { handedFolder } from '../places.ts';
import { makeFolder, readPlain, stampOf, writeDurable } from '../platform/files/files.ts';
import { syncTarget } from '../platform/git/target.ts';
import { activeFolder, recordFolder, refFile } from '../record/path.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Largest file that is handed down, in bytes. */
const refLimit = 1024 * 1024;

type RefsRead = { readonly text: string } | { readonly flaw: string };

/** Why a file at a workspace path cannot be handed down as it stands now; null when it can. */
export async function refFlaw(workspace: Workspace, path: string): Promise<string | null> {
  const read = await readRef(workspace, path);
  return 'flaw' in read ? read.flaw : null;
}

/**
 * True when an order or its parent already has its copy of a file. `id` is undefined for an order that has no id yet.
 */
export async function isFrozen(
  workspace: Workspace,
  history: History,
  { id, parent }: { readonly id?: string | undefined; readonly parent: string | null },
  path: string,
): Promise<boolean> {
  for (const one of [id, parent ?? undefined]) {
    const standing = one === undefined ? undefined : history.orders.get(one);
    if (standing !== undefined && (await stampOf(refFile(recordFolder(workspace.places, standing), path))) !== null)
      return true;
  }
  return false;
}

/**
 * Freezes the files that are handed down with an order; it takes its parent's copy if there is one. Returns a string
 * that says which file could not be read.
 */
export async function freezeRefs(
  workspace: Workspace,
  history: History,
  { id, bonds: { parent } }: Pick<Standing, 'id' | 'bonds'>,
  refs: readonly string[],
): Promise<string | null> {
  const above = history.orders.get(parent ?? '');
  for (const path of refs) {
    const to = refFile(activeFolder(workspace.places, id), path);
    if ((await stampOf(to)) !== null) continue;
    const kept =
      above === undefined ? null : await readPlain(refFile(recordFolder(workspace.places, above), path), refLimit);
    const read = kept?.kind === 'text' ? kept : await readRef(workspace, path);
    if ('flaw' in read) return `refs: ${path}: ${read.flaw}`;
    await makeFolder(dirname(to));
    await writeDurable(to, read.text);
  }
  return null;
}

/** The frozen texts of an order, by workspace path. Files that are gone are left out. */
export async function readFrozen(
  workspace: Workspace,
  standing: Pick<Standing, 'id' | 'position' | 'month'>,
  refs: readonly string[],
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const path of refs) {
    const file = await readPlain(refFile(recordFolder(workspace.places, standing), path), refLimit);
    if (file.kind === 'text') out.set(path, file.text);
  }
  return out;
}

/** Pinned files outside of a room's repository, as they stand now; files that are not there yet are left out. */
export async function readPinned(
  workspace: Workspace,
  paths: readonly string[],
  repo: string | null,
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const path of paths) {
    if (repo !== null && path.startsWith(`repos/${repo}/`)) continue;
    const read = await readRef(workspace, path);
    if ('text' in read) out.set(path, read.text);
  }
  return out;
}

/** Reads a file as it stands now, by its workspace path. */
async function readRef(workspace: Workspace, path: string): Promise<RefsRead> {
  const [top = '', name = '', ...inside] = path.split('/');
  if (top === 'repos' && inside.length > 0) return readTracked(workspace, name, inside.join('/'));
  if (top === 'state') return readState(workspace, path);
  return { flaw: 'it is not clear which repository it is in; name it: repo: <name>, or repos/<name>/…' };
}

async function readTracked(workspace: Workspace, repo: string, inside: string): Promise<RefsRead> {
  const target = await workspace.target(repo);
  const tip = 'kind' in target ? target : await syncTarget(target);
  if ('kind' in target || tip.kind === 'flaw') return { flaw: tip.kind === 'flaw' ? tip.message : 'it is gone' };
  const entries = await target.list(tip.commit);
  const entry = entries.find((one) => one.path === inside);
  if (entry === undefined)
    return {
      flaw: entries.some((one) => one.path.startsWith(`${inside}/`))
        ? 'it is a folder; name its files'
        : `there is no such file on ${tip.branch} of repos/${repo}; commit it first`,
    };
  if (entry.mode === '120000') return { flaw: 'it is a symbolic link; only plain files are handed down' };
  const object = await target.objects.read(entry.id);
  if (object === null || object.type !== 'blob') return { flaw: 'it is a submodule; only plain files are handed down' };
  const { content } = object;
  if (content.length > refLimit) return { flaw: `it is ${content.length} bytes long; at most ${refLimit} are read` };
  return isUtf8(content) ? { text: content.toString() } : { flaw: 'it is not UTF-8 text' };
}

async function readState(workspace: Workspace, path: string): Promise<RefsRead> {
  const { root, state } = workspace.places;
  const floor = path.startsWith(`${handedFolder}/`) ? null : askFloor(path);
  if (floor !== null && floor.kind !== 'open') return { flaw: floor.sentence };
  const folder = await realpath(dirname(`${root}/${path}`)).catch(() => null);
  if (folder !== null && folder !== state && !folder.startsWith(`${state}/`))
    return { flaw: 'it is behind a symbolic link; only plain files are handed down' };
  const file = folder === null ? ({ kind: 'absent' } as const) : await readPlain(`${root}/${path}`, refLimit);
  if (file.kind === 'absent') return { flaw: `there is no file ${path}` };
  return file.kind === 'text' ? { text: file.text } : { flaw: file.flaw };
}
