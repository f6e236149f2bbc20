// Why: `fourline init` makes a workspace: four folders, a team of roles for the agent that is there, and with --repo
// the repository to work on.
// Promises: what was made, what was there already and what to do next are said; with --dry-run nothing is written.
// Never: installs or starts anything.
import { type InitOptions, initWorkspace, type Keys, type Made, type Proposed, teams } from '../../api.ts';
import { countOf, shellWord } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Makes a workspace in `folder`; with `sign`, a signing key a role as well. Throws what `initWorkspace` throws. */
export async function runInit(invocation: Invocation, folder: string, options: InitOptions = {}): Promise<number> {
  const made = await initWorkspace(folder, { ...options, env: invocation.env }, invocation.directory);
  invocation.answer(made, 'files' in made ? proposedLines(made) : madeLines(made, folder, options));
  return exitCodes.ok;
}

function proposedLines({ root, repository, files }: Proposed): string[] {
  return [
    `nothing is written; init would make in ${root}`,
    ...(repository?.said ?? []),
    ...Object.entries(files).flatMap(([path, text]) => [`--- ${path}`, ...text.trimEnd().split('\n')]),
  ];
}

function madeLines(made: Made, folder: string, options: InitOptions): string[] {
  const { root, team, agent, there, keys, repository, form, taken, bare } = made;
  return [
    `a workspace ${taken ? 'was there already' : 'is'} in ${root}`,
    team === null
      ? 'its roles stay as they are'
      : `team ${team} (${teams[team].join(', ')}), agent ${agent}; ${otherTeams(team)}`,
    ...agentLines(made),
    ...(repository === null ? [] : repository.said),
    ...(form === null ? [] : [`${form.path} ${form.fresh ? 'is written: commit it yourself' : 'was there already'}`]),
    ...(keys === null ? [] : sayKeys(root, keys)),
    ...(there.length > 0 ? [`left as they were: ${there.join(', ')}`] : []),
    ...nextSteps(root, folder, options.repo === undefined && bare),
  ];
}

function otherTeams(team: NonNullable<Made['team']>): string {
  const names = Object.keys(teams).filter((name) => name !== team);
  return `--team ${names.join(' or ')} and --agent make others`;
}

function nextSteps(root: string, folder: string, bare: boolean): string[] {
  const where = root === process.cwd() ? '' : ` -C ${shellWord(folder)}`;
  return [
    'next',
    ...(bare ? [`  fourline init ${shellWord(folder)} --repo <path or address of your repository>`] : []),
    '  edit roles/*.md: which agent, what it may write',
    `  fourline${where} check && fourline${where} doctor --agents && fourline${where} start`,
    `  fourline${where} flow list: plans that run as orders, for a bug, a feature, a migration, a review`,
  ];
}

function agentLines({ agents, programs }: Made): string[] {
  if (agents.length === 0)
    return [
      `no agent CLI is on PATH: install one of ${programs.join(', ')}, or name a program on the cards (docs/agents.md)`,
    ];
  const words = agents.map(({ name, signedInBy }) =>
    signedInBy === null ? `${name} (not signed in, as far as can be seen)` : `${name} (signed in by ${signedInBy})`,
  );
  return [`on PATH: ${words.join(', ')}`];
}

function sayKeys(root: string, { folder, made, listed }: Keys): string[] {
  return [
    made.length === 0 ? `keys: all are there, in ${folder}` : `keys: ${made.join(', ')}, in ${folder}`,
    ...(listed.length === 0
      ? []
      : [`roles/allowed_signers: ${countOf(listed.length, 'line')} added (${listed.join(', ')})`]),
    `what they land is signed from now on; git checks it with gpg.ssh.allowedSignersFile=${root}/roles/allowed_signers`,
  ];
}
