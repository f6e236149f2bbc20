// Why: a workspace is made: four folders, a team of roles for the agent that is there, and the repository to work on.
// Promises: an existing file is never replaced; what is there already is said; a dry run writes nothing.
// Never: installs or starts anything.
import { lstat, readFile, realpath, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { blotAddresses } from '../platform/git/remote.ts';
import { listRepos } from '../platform/git/repos.ts';
import type { Host } from '../platform/process/host.ts';
import { Fault } from '../platform/text/fault.ts';
import { adapters } from '../runs/launch.ts';
import { onPath } from '../sandbox/machine.ts';
import { foundWords, proposeSetup } from '../setup/propose.ts';
import { parseSettings } from '../workspace/settings.ts';
import { type AdoptLook, type AdoptSource, adopt, lookAtRepository, readSource } from './adopt.ts';
import { formPath, formText, type IssueForm, placeForm, writeForm } from './issue-form.ts';
import { addKeys, type Keys } from './keys.ts';
import { adaptCard, signIns, type Team, teams, type Wanted } from './team.ts';

// State is fourline's and each machine's own; orders and cards are worth keeping.
const ignored = ['# fourline: what it keeps for itself', 'state/', 'repos/', 'inbox/**/*.problem.txt', ''].join('\n');

/**
 * The options of init. `repo` is a folder or an address; `name` is its name in repos/; `dryRun` shows the files and
 * writes nothing.
 */
export type InitOptions = {
  readonly sign?: boolean;
  readonly repo?: string;
  readonly name?: string;
  readonly team?: string;
  readonly agent?: string;
  readonly dryRun?: boolean;
  /** Write the issue form into its repository, or into the one that `name` names. */
  readonly github?: boolean;
};

/**
 * The result of init. `there` are files that init left as they were; `team` is null when the workspace keeps its roles
 * as they are.
 */
export type Made = {
  readonly root: string;
  readonly team: Team | null;
  readonly agent: string;
  /** Agent CLIs on PATH. */
  readonly agents: readonly Installed[];
  /** The programs that are looked for. */
  readonly programs: readonly string[];
  readonly made: readonly string[];
  readonly there: readonly string[];
  readonly keys: Keys | null;
  readonly repository: Repository | null;
  readonly form: IssueForm | null;
  /** `taken` says that it was a workspace before; `bare` that it has no repository now. */
  readonly taken: boolean;
  readonly bare: boolean;
};

/**
 * The result of a dry run: each file that init would make, with its text, and the repository with sentences about it.
 */
export type Proposed = {
  readonly root: string;
  readonly files: Readonly<Record<string, string>>;
  readonly repository: (AdoptSource & { readonly said: readonly string[] }) | null;
};

/** The repository that was taken in: its name in repos/, and sentences about it. */
export type Repository = { readonly name: string; readonly said: readonly string[] };

/**
 * Makes a workspace in `folder`, seen from `from`; with `sign`, a signing key a role as well. Throws Fault `usage`,
 * `repo-not-git`, `clone-failed`, `ssh-missing`, `ssh-failed`, `signers-unreadable`.
 */
export async function makeWorkspace(
  folder: string,
  options: InitOptions,
  from: string,
  host: Host,
): Promise<Made | Proposed> {
  const root = resolve(from, folder);
  const source = options.repo === undefined ? null : await readSource(from, options.repo, options.name);
  const agents = await installedAgents(host);
  const wanted = await readWanted(options, agents, host);
  const taken = await isWorkspace(root);
  // A person who asks for keys, a form or a repository in an existing workspace has the roles that they want.
  const more = options.sign === true || options.github === true || source !== null;
  const cards = taken && more && options.team === undefined ? [] : teams[wanted.team];
  const files = await filesOf(cards, wanted);
  const place = options.github === true && source === null ? await placeForm(root, options.name) : null;
  if (options.dryRun === true) {
    const form = options.github === true ? [[place ?? formPath(source?.name ?? ''), formText] as const] : [];
    return proposeFiles(root, source, [...files, ...form]);
  }
  // init takes the repository first: if it can't have the repository, it makes nothing else.
  const repository = source === null ? null : await takeRepositoryIn(root, source, host);
  for (const name of ['roles', 'inbox', 'inbox/operator', 'state', 'repos', ...cards.map((role) => `inbox/${role}`)])
    await makeFolder(`${root}/${name}`);
  const { made, there } = await writeFiles(root, files);
  const form = options.github === true ? await writeForm(root, place ?? (await placeForm(root, source?.name))) : null;
  const keys = options.sign === true ? await addKeys(await realpath(root), host) : null;
  const team = cards.length === 0 ? null : wanted.team;
  const bare = (await listRepos(`${root}/repos`)).length === 0;
  const programs = adapters.map((one) => one.program);
  return { root, team, agent: wanted.agent, agents, programs, made, there, keys, repository, form, taken, bare };
}

async function writeFiles(
  root: string,
  files: readonly (readonly [string, string])[],
): Promise<{ made: string[]; there: string[] }> {
  const made: string[] = [];
  const there: string[] = [];
  for (const [path, text] of files) {
    if (path === '.gitignore' && (await stat(`${root}/${path}`).catch(() => null)) !== null) continue;
    ((await writeDurable(`${root}/${path}`, text, { replace: false })) ? made : there).push(path);
  }
  return { made, there };
}

/**
 * An agent CLI on PATH: its name on a card, and what it is signed in by as far as can be seen (a variable or a file),
 * or null.
 */
export type Installed = { readonly name: string; readonly signedInBy: string | null };

async function installedAgents(host: Host): Promise<Installed[]> {
  const found: Installed[] = [];
  for (const { name, program } of adapters)
    if ((await onPath(program)) !== null) found.push({ name, signedInBy: await signInOf(name, host) });
  return found;
}

async function signInOf(agent: string, host: Host): Promise<string | null> {
  const signIn = signIns[agent];
  if (signIn === undefined) return null;
  if (host.env[signIn.variable] !== undefined) return signIn.variable;
  return (await stat(`${host.home}/${signIn.file}`).catch(() => null)) === null ? null : `~/${signIn.file}`;
}

async function readWanted(options: InitOptions, installed: readonly Installed[], host: Host): Promise<Wanted> {
  const team = options.team ?? 'office';
  if (!(team in teams))
    throw new Fault('usage', `there is no team '${team}'`, { hint: `the teams are ${Object.keys(teams).join(', ')}` });
  const known = [...adapters.map((one) => one.name), 'auto'];
  if (options.agent !== undefined && !known.includes(options.agent))
    throw new Fault('usage', `there is no agent '${options.agent}'`, {
      hint: `the agents are ${known.join(', ')}; any other program is named on the card (docs/agents.md)`,
    });
  // One that is signed in goes before one that is only there.
  const ready = installed.find((one) => one.signedInBy !== null) ?? installed[0];
  const agent = options.agent ?? ready?.name ?? 'claude';
  const byFile = (await signInOf(agent, host))?.startsWith('~/') === true;
  return { team: team as Team, agent, byFile };
}

async function filesOf(cards: readonly string[], wanted: Wanted): Promise<[string, string][]> {
  const shipped = fileURLToPath(new URL('../../roles/', import.meta.url));
  const files: [string, string][] = [];
  for (const role of cards)
    files.push([`roles/${role}.md`, adaptCard(await readFile(`${shipped}/${role}.md`, 'utf8'), wanted)]);
  return [...files, ['.gitignore', ignored]];
}

async function proposeFiles(
  root: string,
  source: AdoptSource | null,
  parts: readonly (readonly [string, string])[],
): Promise<Proposed> {
  const look = source?.kind === 'link' ? await lookAtRepository(source.from) : null;
  const block = source === null || look === null ? null : initSettings(source.name, look);
  const wanted = block === null ? parts : [...parts, ['fourline.yaml', block] as const];
  const files: (readonly [string, string])[] = [];
  for (const one of wanted) if ((await lstat(`${root}/${one[0]}`).catch(() => null)) === null) files.push(one);
  const said =
    source?.kind === 'link'
      ? [`repos/${source.name}: a link to ${source.from}`, ...(look?.notes ?? [])]
      : [
          `repos/${source?.name}: a clone of ${blotAddresses(source?.from ?? '')}; what its tests need is seen when it is there`,
        ];
  const repository = source === null ? null : { ...source, from: blotAddresses(source.from), said };
  return { root, files: Object.fromEntries(files), repository };
}

function initSettings(name: string, { found }: AdoptLook): string | null {
  const lines = proposeSetup(name, found);
  return lines.length === 0
    ? null
    : [
        `# Installed once for each state of its lock files, in the sandbox, and found by every run and check (recognised: ${foundWords(found)}).`,
        'repos:',
        ...lines,
        '',
      ].join('\n');
}

// The repository's place, and the block of fourline.yaml that its tests need: written where there is no such file, else
// shown.
async function takeRepositoryIn(root: string, source: AdoptSource, host: Host): Promise<Repository> {
  const { name } = source;
  const before = (await stat(root).catch(() => null)) !== null;
  await makeFolder(`${root}/repos`);
  const fresh = await adopt(`${root}/repos`, source, host).catch(async (error: unknown) => {
    if (!before) await rm(root, { recursive: true, force: true });
    throw error;
  });
  const way = source.kind === 'link' ? 'links to' : 'is a clone of';
  const look = await lookAtRepository(`${root}/repos/${name}`);
  const said = [fresh ? `repos/${name} ${way} ${blotAddresses(source.from)}` : `repos/${name} was there already`];
  said.push(...look.notes.map((note) => `repos/${name}: ${note}`));
  const settings = await readPlain(`${root}/fourline.yaml`);
  const block = initSettings(name, look);
  const { repos } = parseSettings(settings.kind === 'text' ? settings.text : '').settings;
  if (block === null || repos.has(name)) return { name, said };
  if (await writeDurable(`${root}/fourline.yaml`, block, { replace: false }))
    return { name, said: [...said, `fourline.yaml: setup for ${foundWords(look.found)}`] };
  const lines = proposeSetup(name, look.found);
  return {
    name,
    said: [
      ...said,
      `recognised: ${foundWords(look.found)}; put this into fourline.yaml${repos.size > 0 ? ', below repos' : ''}:`,
      ...(repos.size > 0 ? lines : ['repos:', ...lines]),
    ],
  };
}

async function isWorkspace(root: string): Promise<boolean> {
  const parts = await Promise.all(['roles', 'inbox'].map((name) => stat(`${root}/${name}`).catch(() => null)));
  return parts.every((part) => part?.isDirectory() === true);
}
