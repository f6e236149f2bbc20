// Why: some of what `doctor` finds can be mended without a decision: a folder, a key of a new role, a setup for a
// repository that has none.
// Promises: what would be done is said before it is done; a file that is there is never replaced.
// Never: installs a program; edits a card or a file that a person wrote; decides whose key counts where one is named.
import { stat } from 'node:fs/promises';
import { unheard } from '../event.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { identityOf } from '../platform/git/identity.ts';
import { parseSigners } from '../platform/git/signers.ts';
import { listRepos, syncTarget } from '../platform/git/target.ts';
import type { Host } from '../platform/process/host.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { findWorkspace } from '../workspace/workspace.ts';
import { addKeys } from './init.ts';
import { setupNotes } from './setups.ts';
import { type Site, withCards } from './site.ts';

/** Something that can be mended: the place, and what would be done there. */
export type Mend = { readonly place: string; readonly does: string };

type MendStep = Mend & { readonly run: () => Promise<unknown> };

/** Finds what can be mended in the workspace that a folder is in; nothing where there is no workspace. */
export async function findMends(folder: string, host: Host): Promise<Mend[]> {
  return (await findSteps(folder, host)).map(({ place, does }) => ({ place, does }));
}

/** Mends what was shown, and what of it is still to be mended. Gives what was done; throws what the disk throws. */
export async function mendShown(folder: string, shown: readonly Mend[], host: Host): Promise<Mend[]> {
  const done: Mend[] = [];
  for (const { place, does, run } of await findSteps(folder, host)) {
    if (!shown.some((one) => one.place === place && one.does === does)) continue;
    await run();
    done.push({ place, does });
  }
  return done;
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

async function folderSteps({ places, cards }: Workspace): Promise<MendStep[]> {
  const wanted = ['state', 'repos', 'inbox/operator', ...[...cards.keys()].map((role) => `inbox/${role}`)];
  const out: MendStep[] = [];
  for (const name of wanted)
    if ((await stat(`${places.root}/${name}`).catch(() => null)) === null)
      out.push({ place: `${name}/`, does: 'make the folder', run: () => makeFolder(`${places.root}/${name}`) });
  return out;
}

// Roles that came after the workspace began to sign. Where a key is named and another one lies here, a person decides.
async function keySteps({ places, cards, settings, host }: Workspace): Promise<MendStep[]> {
  const file = await readPlain(places.signers);
  if (file.kind !== 'text') return [];
  const named = new Set(parseSigners(file.text).flatMap(({ principals }) => principals));
  const unnamed = [...cards.keys()].filter((role) => !named.has(identityOf(role, settings.domain).email));
  if (unnamed.length === 0) return [];
  const does = `a signing key and a line for ${unnamed.join(', ')}`;
  return [{ place: 'roles/allowed_signers', does, run: () => addKeys(places.root, host, unnamed) }];
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
  return [{ place: 'fourline.yaml', does: `write it, with the setup of ${repos.join(', ')}`, run }];
}
