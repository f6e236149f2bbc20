// Why: some of what `doctor` finds can be mended without a decision: a folder, a key of a new role, a setup for a
// repository that has none.
// Promises: what would be done is said before it is done, and what could not be done after it; a file that is there is
// never replaced. As root, what is made belongs to the owner of the folder it is in.
// Never: installs a program; edits a card or a file that a person wrote; decides whose key counts where one is named.
import { lstat, stat } from 'node:fs/promises';
import { unheard } from '../event.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { giveTo, ownerAbove } from '../platform/files/owner.ts';
import { identityOf } from '../platform/git/identity.ts';
import { listRepos } from '../platform/git/repos.ts';
import { parseSigners } from '../platform/git/signers.ts';
import { syncTarget } from '../platform/git/target.ts';
import type { Host } from '../platform/process/host.ts';
import { messageOf } from '../platform/text/fault.ts';
import { findWorkspace } from '../workspace/find.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { HealthFinding } from './answering.ts';
import { addKeys } from './keys.ts';
import { setupNotes } from './setups.ts';
import { type Site, withCards } from './site.ts';

/** Something that can be mended: the place, and what would be done there. `flaw` says why it could not be done. */
export type Mend = { readonly place: string; readonly does: string; readonly flaw?: string };

// `path` is the file or folder that `run` makes or writes.
type MendStep = Mend & { readonly path: string; readonly run: () => Promise<unknown> };

/** Finds what can be mended in the workspace that a folder is in; nothing where there is no workspace. */
export async function findMends(folder: string, host: Host): Promise<Mend[]> {
  return (await findSteps(folder, host)).map(({ place, does }) => ({ place, does }));
}

/**
 * Mends what was shown, and what of it is still to be mended. One that can't be done has its flaw, and keeps no other
 * from being done.
 */
export async function mendShown(folder: string, shown: readonly Mend[], host: Host): Promise<Mend[]> {
  const done: Mend[] = [];
  for (const { place, does, path, run } of await findSteps(folder, host)) {
    if (!shown.some((one) => one.place === place && one.does === does)) continue;
    const owner = (await lstat(path).catch(() => null)) ?? (await ownerAbove(path));
    const flaw = await run().then(() => null, messageOf);
    await giveTo(path, owner);
    done.push({ place, does, ...(flaw === null ? {} : { flaw }) });
  }
  return done;
}

/** Findings of `doctor` about what can be mended, and about what stands where a folder has to be. */
export async function mendFindings(folder: string, host: Host): Promise<HealthFinding[]> {
  const root = await findWorkspace(folder).catch(() => null);
  if (root === null) return [];
  const steps = await findSteps(folder, host);
  return [
    ...(await withCards({ root, tell: unheard, host }, blockedFolders)),
    ...steps.map(({ place, does }) => ({
      what: place,
      state: 'note' as const,
      detail: `fourline doctor --fix can ${does}`,
    })),
  ];
}

async function blockedFolders(workspace: Workspace): Promise<HealthFinding[]> {
  const out: HealthFinding[] = [];
  for (const name of wantedFolders(workspace)) {
    const path = `${workspace.places.root}/${name}`;
    const there = await lstat(path).catch(() => null);
    const led = await stat(path).catch(() => null);
    if (there === null || led?.isDirectory() === true) continue;
    const flaw = led === null ? 'it is a link that leads to nothing' : 'it is no folder';
    out.push({ what: name, state: 'bad', detail: `${flaw}: move it away, and fourline doctor --fix makes the folder` });
  }
  return out;
}

async function findSteps(folder: string, host: Host): Promise<MendStep[]> {
  const root = await findWorkspace(folder).catch(() => null);
  if (root === null) return [];
  const site: Site = { root, tell: unheard, host };
  return withCards(site, async (workspace) => [
    ...(await folderSteps(workspace)),
    ...(await keySteps(workspace)),
    ...(await setupSteps(workspace)),
  ]);
}

function wantedFolders({ cards }: Workspace): string[] {
  return ['state', 'repos', 'inbox/operator', ...[...cards.keys()].map((role) => `inbox/${role}`)];
}

async function folderSteps(workspace: Workspace): Promise<MendStep[]> {
  const out: MendStep[] = [];
  for (const name of wantedFolders(workspace)) {
    const path = `${workspace.places.root}/${name}`;
    if ((await lstat(path).catch(() => null)) === null)
      out.push({ place: `${name}/`, does: 'make the folder', path, run: () => makeFolder(path) });
  }
  return out;
}

// Roles that came after the workspace began to sign. Where a key is named and another one lies here, a person decides.
async function keySteps({ places, cards, settings, host }: Workspace): Promise<MendStep[]> {
  const file = await readPlain(places.signers);
  if (file.kind !== 'text') return [];
  const named = new Set(parseSigners(file.text).flatMap(({ principals }) => principals));
  const unnamed = [...cards.keys()].filter((role) => !named.has(identityOf(role, settings.domain).email));
  if (unnamed.length === 0) return [];
  const does = `add a signing key and a line for ${unnamed.join(', ')}`;
  const run = () => addKeys(places.root, host, unnamed);
  return [{ place: 'roles/allowed_signers', does, path: places.signers, run }];
}

// Where there is no fourline.yaml, as `init --repo` would write it.
async function setupSteps(workspace: Workspace): Promise<MendStep[]> {
  const { places } = workspace;
  if ((await readPlain(places.settings)).kind !== 'absent') return [];
  const lines: string[] = [];
  const repos: string[] = [];
  for (const repo of await listRepos(places.repos)) {
    const target = await workspace.target(repo).catch(() => null);
    const tip = target === null || 'kind' in target ? null : await syncTarget(target).catch(() => null);
    if (target === null || 'kind' in target || tip?.kind !== 'tip') continue;
    const found = (await setupNotes(workspace, target, tip)).lines;
    if (found.length > 0) repos.push(`repos/${repo}`);
    lines.push(...found);
  }
  if (lines.length === 0) return [];
  const text = `${['repos:', ...lines].join('\n')}\n`;
  const run = () => writeDurable(places.settings, text, { replace: false });
  const does = `write it, with the setup of ${repos.join(', ')}`;
  return [{ place: 'fourline.yaml', does, path: places.settings, run }];
}
