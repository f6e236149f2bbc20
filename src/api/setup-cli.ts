// Why: a person's own agent CLI gets fourline's tools, its skill and its edit hook by one command, and loses them by
// one.
// Promises: the changes are told first; they are made only if the files are still what they were when they were told.
// Never: needs a workspace to take a set-up back.
import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { carryOutSetup } from '../clis/carry-out.ts';
import { type FileChange, planFiles } from '../clis/plan.ts';
import { cliSetupOf, pluginOf, readToolName, type SetupPart, type Wish } from '../clis/tools.ts';
import { unheard } from '../event.ts';
import { digestText } from '../platform/files/digests.ts';
import type { Host } from '../platform/process/host.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';
import { type DiffedLine, diffLines } from '../platform/text/line-diff.ts';
import { findWorkspace } from '../workspace/find.ts';
import { version } from '../workspace/version.ts';
import { roomsHome } from '../workspace/workspace.ts';
import { withCards } from './site.ts';

/**
 * The set-up that is asked about: of a CLI by its name, or a plug-in in the folder `plugin`. `from` is a folder of the
 * workspace; `folder` is where the person works (default: the repository or the workspace that `from` is in). With
 * `user` it holds for all their folders, with `remove` it ends. `role` is whose edits their sessions make. `program`
 * are the words that start fourline (default: its name).
 */
export type SetupQuestion = {
  readonly tool?: string | undefined;
  readonly plugin?: string | undefined;
  readonly from: string;
  readonly folder?: string | undefined;
  readonly user?: boolean | undefined;
  readonly role?: string | undefined;
  readonly remove?: boolean | undefined;
  readonly program?: readonly [string, ...string[]] | undefined;
};

/**
 * One file: its change, line by line, and what stays in it of a person's own. `flaw` says why it can't be put back, and
 * what to do.
 */
export type SetupFile = {
  readonly path: string;
  readonly change: 'new' | 'changed' | 'removed' | 'same';
  readonly lines: readonly DiffedLine[];
  readonly kept: readonly string[];
  readonly flaw?: { readonly code: string; readonly message: string; readonly hint: string };
};

/** A set-up as it would be, or as it was made. `digest` stands for exactly these changes. */
export type CliSetup = {
  readonly tool: string;
  readonly folder: string;
  readonly workspace: string | null;
  readonly files: readonly SetupFile[];
  readonly notes: readonly string[];
  readonly digest: string;
};

/**
 * Tells what a set-up would change. Throws Fault `usage`, `no-workspace`, `role-unknown`, `setup-unreadable`,
 * `setup-unwritable`, `setup-shape`. With `remove`, a file that can't be put back has its flaw, and throws nothing.
 */
export async function describeSetup(question: SetupQuestion, host: Host): Promise<CliSetup> {
  return (await findSetup(question, host)).told;
}

/** Makes the changes that were told under a digest. Throws what `describeSetup` throws, and Fault `setup-changed`. */
export async function carrySetup(question: SetupQuestion, digest: string, host: Host): Promise<CliSetup> {
  const { told, changes } = await findSetup(question, host);
  if (told.digest !== digest)
    throw new Fault('setup-changed', 'a file changed since the changes were shown', { hint: 'run the command again' });
  await carryOutSetup(changes, recordsHome(host));
  return told;
}

async function findSetup(
  question: SetupQuestion,
  host: Host,
): Promise<{ readonly told: CliSetup; readonly changes: readonly FileChange[] }> {
  const { remove = false, role, user = false } = question;
  const workspace = await findWorkspace(question.from).catch((error: unknown) => {
    if (remove) return null;
    throw error;
  });
  if (role !== undefined && workspace !== null && !remove) await checkRole(workspace, role, host);
  const folder = await folderAsked(question, workspace);
  const wish: Wish = {
    ...{ env: host.env, home: host.home, folder, user, version },
    workspace: workspace ?? folder,
    role: role ?? null,
    program: question.program ?? ['fourline'],
    skill: await readFile(fileURLToPath(new URL('../../docs/skills/fourline/SKILL.md', import.meta.url)), 'utf8'),
    there: existsSync,
  };
  const { parts, notes } = question.plugin === undefined ? cliSetupOf(toolAsked(question), wish) : pluginOf(wish);
  const changes = await planFiles(parts as readonly SetupPart[], recordsHome(host), remove);
  const files = changes.map(tellChange);
  const quiet = remove || files.every((one) => one.change === 'same');
  const digest = digestText(JSON.stringify(changes.map(({ path, before, after }) => [path, before, after])));
  const tool = question.plugin === undefined ? toolAsked(question) : 'plugin';
  return { told: { tool, folder, workspace, files, notes: quiet ? [] : notes, digest }, changes };
}

function toolAsked({ tool }: SetupQuestion): ReturnType<typeof readToolName> {
  return readToolName(tool ?? '');
}

function tellChange({ path, before, after, kept, flaw }: FileChange): SetupFile {
  if (flaw !== undefined) {
    const { code, message, where, hint = '' } = flaw;
    const told = { code, message: where === undefined ? message : `${message} (${where})`, hint };
    return { path, change: 'same', lines: [], kept, flaw: told };
  }
  if (before === after) return { path, change: 'same', lines: [], kept };
  const change = before === null ? 'new' : after === null ? 'removed' : 'changed';
  return { path, change, lines: diffLines(before ?? '', after ?? ''), kept };
}

// Where the person works: the folder they name, else the repository or the workspace that they are in.
async function folderAsked({ folder, plugin, from }: SetupQuestion, workspace: string | null): Promise<string> {
  if (plugin !== undefined) return resolve(plugin);
  const named = folder ?? from;
  const start = await realpath(named).catch((error: unknown) => {
    throw new Fault('usage', `${named} can't be entered: ${messageOf(error)}`, {
      hint: '--in names a folder that is there',
    });
  });
  if (folder !== undefined) {
    if (!(await stat(start)).isDirectory())
      throw new Fault('usage', `${named} is no folder`, { hint: '--in names the folder that you work in' });
    return start;
  }
  for (let at = start; at !== dirname(at); at = dirname(at))
    if (at === workspace || existsSync(`${at}/.git`)) return at;
  return start;
}

async function checkRole(root: string, role: string, host: Host): Promise<void> {
  const known = await withCards({ root, tell: unheard, host }, async ({ cards }) => [...cards.keys()]);
  if (known.includes(role)) return;
  throw new Fault('role-unknown', `there is no role '${role}'`, {
    hint: `the roles are ${known.join(', ') || 'none yet'}`,
  });
}

function recordsHome(host: Host): string {
  return `${dirname(roomsHome(host))}/setup`;
}
