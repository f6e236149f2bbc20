// Why: a failed setup is the workspace's trouble. We remember it so that it isn't repeated at once, and tell the
// operator with the end of its output.
// Promises: a failure of work that has not landed is remembered for that work alone, and its role is told. We don't ask
// the operator about it.
// Never: decides which orders wait for a setup; setup.ts does.
import { digestOf } from '../order/scan.ts';
import type { Places } from '../places.ts';
import { listFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { escapeText, quoteLines } from '../platform/text/text.ts';
import { postNotice, withdrawNotice } from '../record/post.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * A setup that failed. `ofWork` is true if the setup of the base works: then the failure is about the work that would
 * land.
 */
export type SetupFailure = {
  readonly kind: 'failed';
  readonly repo: string;
  /** Where the setup runs, and the command that failed. */
  readonly folder: string;
  readonly command: string;
  readonly status: string;
  readonly tail: string;
  readonly ofWork: boolean;
  /**
   * True if the branch has a layer, and its setup still fails now: the source of its packages is out of reach at the
   * moment.
   */
  readonly onBranch?: true;
};

/**
 * A failure as it is remembered: `at` in milliseconds since 1970; `settings` is the digest of fourline.yaml at that
 * time.
 */
export type KnownFailure = { readonly at: number; readonly settings?: string; readonly failed: SetupFailure };

/** Milliseconds for which a failed setup is not repeated. */
export const patience = 5 * 60_000;

const ending = '.failed.json';

function noteOf(layers: string, repo: string, digest: string): string {
  return `${layers}/${repo}.${digest}${ending}`;
}

/**
 * The remembered failure of the layer of that name, if it is so recent, and fourline.yaml so unchanged, that the setup
 * is not repeated; else null.
 */
export async function recallFailure(workspace: Workspace, repo: string, digest: string): Promise<SetupFailure | null> {
  const known = await readFailure(noteOf(workspace.places.outside.layers, repo, digest));
  const fresh = known !== null && workspace.clock.now().getTime() - known.at < patience;
  return fresh && known.settings === settingsDigest(workspace) ? known.failed : null;
}

// A setup may fail because of hosts, limits or reachable addresses, and its key has no part of these.
function settingsDigest({ settingsFile }: Workspace): string {
  return digestOf(settingsFile.text ?? '');
}

async function readFailure(path: string): Promise<KnownFailure | null> {
  const file = await readPlain(path);
  if (file.kind !== 'text') return null;
  try {
    return JSON.parse(file.text) as KnownFailure;
  } catch {
    return null;
  }
}

/**
 * Remembers a failure of the layer of that name. Unless it belongs to work that has not landed, it tells the terminal
 * and the operator.
 */
export async function rememberFailure(workspace: Workspace, digest: string, failed: SetupFailure): Promise<void> {
  const { places, clock } = workspace;
  const known: KnownFailure = { at: clock.now().getTime(), settings: settingsDigest(workspace), failed };
  await writeDurable(noteOf(places.outside.layers, failed.repo, digest), JSON.stringify(known));
  if (failed.ofWork) return;
  workspace.tell({ kind: 'setup', detail: `${showFailure(failed)}  → fourline doctor`, weight: 'bad' });
  const text = [
    `# Setup of repos/${failed.repo} failed`,
    '',
    `\`${escapeText(failed.command)}\`: ${failed.status}. Orders of this repository wait; others go on.`,
    `fourline tries again every ${patience / 60_000} minutes, and at once when the key's files or fourline.yaml change.`,
    '',
    ...quoteLines(failed.tail),
    '',
  ].join('\n');
  await postNotice(places, noticeOf(failed.repo), text).catch(() => undefined);
}

/**
 * Forgets the failure of the layer of that name. If the layer serves everybody (`ofWork` is false), it forgets all
 * failures of that repository's folder, whatever their key was, and the notice with them.
 */
export async function forgetFailures(
  places: Places,
  digest: string,
  made: Pick<SetupFailure, 'repo' | 'folder' | 'ofWork'>,
): Promise<void> {
  await removeFile(noteOf(places.outside.layers, made.repo, digest));
  if (made.ofWork) return;
  const known = (await readFailures(places.outside.layers)).filter((one) => one.known.failed.repo === made.repo);
  const over = known.filter((one) => one.known.failed.folder === made.folder);
  for (const { path } of over) await removeFile(path);
  if (known.every((one) => over.includes(one) || one.known.failed.ofWork))
    await withdrawNotice(places, noticeOf(made.repo));
}

function noticeOf(repo: string): string {
  return `setup-${repo}`;
}

async function readFailures(layers: string): Promise<{ path: string; known: KnownFailure }[]> {
  const names = (await listFolder(layers)).filter((name) => name.endsWith(ending));
  const read = await Promise.all(
    names.map(async (name) => ({ path: `${layers}/${name}`, known: await readFailure(`${layers}/${name}`) })),
  );
  return read.flatMap(({ path, known }) => (known === null ? [] : [{ path, known }]));
}

/**
 * Failed setups that were not made since, for `status` and `doctor`, except those of work that has not landed. `layers`
 * is the workspace's folder of layers.
 */
export async function listFailures(layers: string): Promise<KnownFailure[]> {
  return (await readFailures(layers)).map((one) => one.known).filter((one) => !one.failed.ofWork);
}

/** A failed setup in one line, for people. */
export function showFailure({ repo, command, status, tail }: SetupFailure): string {
  // npm's last line names a log that is gone with its HOME.
  const last =
    tail.split('\n').findLast((line) => line.trim() !== '' && !line.includes('complete log of this run')) ?? '';
  return `repos/${repo}: setup \`${escapeText(command)}\` failed: ${status}${last === '' ? '' : ` (${escapeText(last).slice(0, 200)})`}`;
}
