// Why: a card's skills and servers lie on the host, and its agent works in a room: this file brings them there.
// Promises: a skill is copied whole or the run does not start. No link of it leads out of its folder. A server's
// program runs where the agent runs. The run's line in the journal says what the card asked for and did not get.
// Never: puts a skill where the survey looks; hands on the value of a variable.
import { chmod, mkdir, opendir, realpath, stat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { Launch } from '../agent/agent.ts';
import { copySparse } from '../platform/files/sparse.ts';
import { errnoOf, isReason, messageOf, type Reason } from '../platform/text/fault.ts';
import { escapeText, showSize } from '../platform/text/text.ts';
import type { Opened } from '../record/work.ts';
import { isWritten, type McpServer, skillName } from '../role/equipment.ts';
import type { Role } from '../role/role.ts';
import { inside, type Readable } from '../sandbox/bubblewrap.ts';
import { bringArguments, bringProgram, bringRuntime } from '../sandbox/machine.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Most that the skills of one card may hold, in files and bytes: texts and scripts, no packages. */
export const skillLimits = { files: 500, bytes: 16_000_000 } as const;

/** One file of a skill: its path below the folder of all skills, the plain file behind it, and its mode. */
type SkillFile = { readonly path: string; readonly from: string; readonly mode: number; readonly size: number };

/**
 * A card's skills and servers as its run has them. `readable` are the host's files that the servers need; `unmet` says
 * what the card asks for and the run doesn't have, a sentence each.
 */
export type Equipment = {
  readonly servers: readonly McpServer[];
  readonly readable: readonly Readable[];
  readonly unmet: readonly string[];
};

/** Copies the card's skills into the run's HOME, and finds the programs of its servers. A reason: it can't start. */
export async function equip(workspace: Workspace, opened: Opened, launch: Launch): Promise<Equipment | Reason> {
  const { role } = opened.card;
  const files = await listSkills(workspace.places.root, role.skills);
  if (isReason(files)) return files;
  const folder = launch.skills;
  if (folder === undefined && files.length > 0) return `skills: ${launch.label} looks for none`;
  for (const { path, from, mode, size } of files) {
    const to = `${opened.room.home}/${folder}/${path}`;
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const copied = await copySparse(from, to, size + 4096);
    if (isReason(copied)) return `skills: ${escapeText(path)}: ${copied}`;
    await chmod(to, mode);
  }
  const brought = await bringServers(workspace, role.mcp);
  return isReason(brought) ? brought : { ...brought, unmet: unmetBy(role, launch, workspace.host.env) };
}

/** The part of a card that its run won't have, a sentence each: tools its CLI keeps, variables that are not set. */
export function unmetBy({ mcp }: Pick<Role, 'mcp'>, launch: Launch, env: Workspace['host']['env']): string[] {
  const unset = mcp.flatMap(({ name, env: names }) =>
    names
      .filter((one) => env[one] === undefined)
      .map((one) => `mcp: ${name}: ${one} is not set where fourline was started`),
  );
  return [...(launch.unheld ?? []), ...unset];
}

/** The flaw of a card's skills; null when there is none. Throws what the disk throws. */
export async function skillsFlaw({ places }: Pick<Workspace, 'places'>, { skills }: Role): Promise<Reason | null> {
  const files = await listSkills(places.root, skills);
  return isReason(files) ? files : null;
}

/** The first of a card's servers whose program is not on this machine, in words; null when all are. */
export async function serversFlaw({ mcp }: Role): Promise<Reason | null> {
  const runtime = await bringRuntime();
  for (const { name, command } of mcp)
    if ((await bringProgram(command[0], runtime)) === null) return noProgram(name, command[0]);
  return null;
}

function noProgram(server: string, program: string): Reason {
  return `mcp: ${server}: there is no program '${escapeText(program)}' on PATH`;
}

// Several servers may be one program: each has a folder of its own inside.
async function bringServers(
  { sandboxing }: Workspace,
  servers: readonly McpServer[],
): Promise<Omit<Equipment, 'unmet'> | Reason> {
  const readable: Readable[] = [];
  const brought: McpServer[] = [];
  const runtime = await bringRuntime();
  for (const server of servers) {
    const [first, ...rest] = server.command;
    const place = `${inside.servers}/${server.name}`;
    const program = await bringProgram(first, runtime, place);
    if (program === null) return noProgram(server.name, first);
    const words = await bringArguments(rest, place);
    if (program !== runtime) readable.push(...program.readable);
    readable.push(...words.readable);
    const walled = sandboxing.kind === 'bubblewrap';
    brought.push(walled ? { ...server, command: [program.path, ...words.args] } : server);
  }
  return { servers: brought, readable };
}

/** The files of skills, or what is wrong with one. `root` is the workspace's folder. Throws what the disk throws. */
async function listSkills(root: string, folders: readonly string[]): Promise<readonly SkillFile[] | Reason> {
  const home = await realpath(root);
  const files: SkillFile[] = [];
  for (const folder of folders) {
    const found = await listSkill(home, folder, files).catch((error: unknown) => {
      if (!['EACCES', 'EPERM', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error;
      return `skills: ${folder} cannot be read: ${messageOf(error)}`;
    });
    if (found !== null) return escapeText(found);
  }
  return files;
}

// Adds the files of one skill; gives the reason why it can't be taken, or null.
async function listSkill(home: string, folder: string, files: SkillFile[]): Promise<Reason | null> {
  const flaw = (words: string): Reason => `skills: ${folder}${words}`;
  const real = await realpath(`${home}/${folder}`).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory()) return flaw(' is no folder of the workspace');
  if (!real.startsWith(`${home}/`)) return flaw(' leads out of the workspace');
  if (isWritten(relative(home, real))) return flaw(' leads to where roles write');
  for await (const entry of await opendir(real, { recursive: true })) {
    if (entry.isDirectory()) continue;
    const path = relative(real, `${entry.parentPath}/${entry.name}`);
    const from = await realpath(`${real}/${path}`).catch(() => null);
    if (from === null || !from.startsWith(`${real}/`)) return flaw(`/${path} is a link that leaves the folder`);
    const found = await stat(from);
    if (!found.isFile()) return flaw(`/${path} is no plain file`);
    const mode = (found.mode & 0o100) === 0 ? 0o600 : 0o700;
    files.push({ path: `${skillName(folder)}/${path}`, from, mode, size: found.size });
    if (files.length > skillLimits.files) return flaw(`: the card's skills have more than ${skillLimits.files} files`);
    if (files.reduce((sum, one) => sum + one.size, 0) > skillLimits.bytes)
      return flaw(`: the card's skills are larger than ${showSize(skillLimits.bytes)}`);
  }
  return files.some((one) => one.path === `${skillName(folder)}/SKILL.md`) ? null : flaw(' has no SKILL.md');
}
