// Why: people see what setups installed, what that takes, and what keeps a repository's orders waiting.
// Promises: says nothing of a repository where there is nothing to say; a proposal is text, valid as it stands.
// Never: makes or removes a layer.
import { runGit } from '../platform/git/git.ts';
import { listRepos } from '../platform/git/repos.ts';
import { syncTarget, type Target, type Tip } from '../platform/git/target.ts';
import { closestOf, countOf, escapeText, quoteLines, showSize } from '../platform/text/text.ts';
import { keptUntil } from '../runs/old-layers.ts';
import { type KnownFailure, listFailures, patience, showFailure } from '../runs/setup-failure.ts';
import { recognise } from '../setup/ecosystem.ts';
import { keyFiles, type Layer, listLayers } from '../setup/layer.ts';
import type { RepoSettings } from '../setup/plan.ts';
import { absentParts, foundWords, proposeSetup, uncovered } from '../setup/propose.ts';
import { repoSettings, type Workspace } from '../workspace/workspace.ts';

/** The results of setups in a workspace: the layers, with the last used first, and the failures that stand. */
export type Setups = { readonly layers: readonly Layer[]; readonly failures: readonly KnownFailure[] };

/** Looks at a workspace's layers, and at failures of setups that fourline.yaml still has. */
export async function lookAtSetups(workspace: Workspace): Promise<Setups> {
  const { layers } = workspace.places.outside;
  const isWanted = ({ failed }: KnownFailure): boolean =>
    repoSettings(workspace, failed.repo).setups.some((one) => one.folder === failed.folder);
  return { layers: await listLayers(layers), failures: (await listFailures(layers)).filter(isWanted) };
}

/** A line for each failed setup and for each repository with layers, for `status`. `now` in milliseconds since 1970. */
export function setupLines({ layers, failures }: Setups, now: number): string[] {
  const repos = [...new Set(layers.map((one) => one.repo))].sort();
  return [
    ...failures.map((one) => `${showFailure(one.failed)}; ${againWords(one, now)}  → fourline doctor`),
    ...repos.map((repo) => {
      const own = layers.filter((one) => one.repo === repo);
      const bytes = own.reduce((sum, one) => sum + one.bytes, 0);
      const used = Math.max(...own.map((one) => one.used));
      return `layers of repos/${repo}: ${own.length}, ${showSize(bytes)}, used ${spanOf(now - used)} ago`;
    }),
  ];
}

/** One layer in words: command, size, age, last use, and until when it is kept. */
export function layerWords(workspace: Workspace, layer: Layer, now: number): string {
  const left = keptUntil(layer, repoSettings(workspace, layer.repo).keepFor) - now;
  return [
    `${escapeText(layer.commands.join('; '))}: ${showSize(layer.bytes)}`,
    `made ${spanOf(now - layer.made)} ago${layer.alone === true ? ' for work that had not landed' : ''}`,
    `used ${spanOf(now - layer.used)} ago`,
    `kept ${spanOf(Math.max(left, 0))} more`,
  ].join(', ');
}

/** A failed setup in words for `doctor`: the sentence, and the lines below its table. */
export function failureWords(failure: KnownFailure, now: number): { detail: string; below: string[] } {
  const { repo, command, status, tail } = failure.failed;
  return {
    detail: `\`${escapeText(command)}\` failed ${spanOf(now - failure.at)} ago: ${status}; ${againWords(failure, now)}`,
    below: [
      `the end of what \`${escapeText(command)}\` of repos/${repo} printed:`,
      ...quoteLines(tail.split('\n').slice(-20).join('\n')),
      `orders of repos/${repo} wait. Mend its block in fourline.yaml, or the files it reads, and it is tried at once (docs/setup.md)`,
    ],
  };
}

function againWords({ at }: KnownFailure, now: number): string {
  const left = at + patience - now;
  return left > 0 ? `tried again in ${spanOf(left)}` : 'tried again with the next order';
}

/**
 * Describes what a repository's branch shows about setups. `missing` is a sentence about what no setup installs, and
 * `lines` are the lines of `repos:` that would install it. `absent` are sentences about what a room cannot hold by
 * itself.
 */
export async function setupNotes(
  workspace: Workspace,
  target: Target,
  tip: Tip,
): Promise<{ readonly missing: string | null; readonly absent: string[]; readonly lines: string[] }> {
  const entries = await target.list(tip.commit);
  const settings = repoSettings(workspace, target.name);
  const open = uncovered(recognise(entries.map((entry) => entry.path)), settings);
  const attributes = entries.filter((entry) => /(?:^|\/)\.gitattributes$/.test(entry.path)).slice(0, 20);
  const texts = await Promise.all(
    attributes.map(async ({ id }) => (await target.objects.read(id))?.content.toString() ?? ''),
  );
  const missing = open.length === 0 ? null : `recognised ${foundWords(open)}; no setup: installs what it locks`;
  const commands = settings.setups.flatMap((one) => one.commands).join('\n');
  return { missing, absent: absentParts(entries, texts, commands), lines: proposeSetup(target.name, open) };
}

/**
 * Something that a block of `repos:` names and that does not exist: the repository, its remote, a folder of a setup, or
 * a file of its key.
 */
export type RepoDoubt = {
  readonly repo: string;
  readonly line: number;
  readonly message: string;
  readonly hint: string;
};

/** Finds the things that `repos:` names and that do not exist. They may come later, so nothing is refused. */
export async function repoDoubts(workspace: Workspace, repos: ReadonlyMap<string, RepoSettings>): Promise<RepoDoubt[]> {
  const out: RepoDoubt[] = [];
  const known = await listRepos(workspace.places.repos);
  for (const [repo, settings] of repos) {
    const say = (message: string, hint: string): void =>
      void out.push({ repo, line: settings.line, message: `repos: ${repo}: ${message}`, hint });
    if (!known.includes(repo)) {
      const near = closestOf(repo, known);
      say(
        `there is no repository repos/${repo}`,
        near === undefined ? 'clone it there, or take the block out' : `did you mean ${near}?`,
      );
      continue;
    }
    const target = await workspace.target(repo).catch(() => null);
    if (target === null || 'kind' in target) continue;
    const { remote } = settings.remote;
    const remotes = await remotesOf(target);
    if (remote !== null && !remotes.includes(remote))
      say(
        `remote: it has no remote '${remote}'`,
        remotes.length === 0 ? `git -C repos/${repo} remote add ${remote} <address>` : `it has ${remotes.join(', ')}`,
      );
    const tip = await syncTarget(target);
    if (tip.kind === 'flaw') continue;
    const entries = await target.list(tip.commit);
    for (const setup of settings.setups) {
      const inside = setup.folder === '' ? '' : `${setup.folder}/`;
      const odd = setup.key?.find((name) => keyFiles({ ...setup, key: [name] }, entries).length === 0);
      if (!entries.some((entry) => entry.path.startsWith(inside)))
        say(
          `setup: there is no folder '${setup.folder}' on ${tip.branch}`,
          'folders count from the top of the repository',
        );
      else if (odd !== undefined)
        say(
          `key: git tracks no '${inside}${odd}' on ${tip.branch}, so it decides nothing`,
          'files of key: count from the folder of the setup',
        );
    }
  }
  return out;
}

async function remotesOf({ commonDir }: Target): Promise<string[]> {
  const asked = ['--name-only', '--get-regexp', '^remote\\..*\\.url$'];
  const { stdout } = await runGit(commonDir, 'config', asked, { answers: [1] });
  const names = [...stdout.toString().matchAll(/^remote\.(.*)\.url$/gm)].map(([, name = '']) => name);
  return [...new Set(names)];
}

/** `5 s`, `12 min`, `3 h`, `9 days`. Takes milliseconds. */
export function spanOf(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 2) return `${Math.max(0, Math.round(milliseconds / 1000))} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : countOf(Math.round(minutes / 60 / 24), 'day');
}
