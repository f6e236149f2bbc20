// Why: a person asks whether everything is here that is needed; that the gate holds is proved by trying to get past it.
// Promises: the self-test is a real run in a scratch workspace: a stray write is made, refused, and not on the branch
// afterwards.
// Never: changes the workspace.
import { access, constants, rm } from 'node:fs/promises';
import type { Adapter } from '../agent/agent.ts';
import { signingFlaws } from '../commit/sign.ts';
import { loopUntilStopped } from '../daemon/daemon.ts';
import { openSession } from '../daemon/session.ts';
import { unheard } from '../event.ts';
import { readHistory } from '../ledger/read-history.ts';
import { examineActions } from '../notify/health.ts';
import { readPlain } from '../platform/files/files.ts';
import { askGit } from '../platform/git/git.ts';
import { listRepos } from '../platform/git/repos.ts';
import { syncTarget, type Target, type TargetFlaw } from '../platform/git/target.ts';
import { readUpstream } from '../platform/net/upstream.ts';
import { type Host, ownPath } from '../platform/process/host.ts';
import { runProcess } from '../platform/process/process.ts';
import { makeTemporary } from '../platform/process/remains.ts';
import { isReason, messageOf } from '../platform/text/fault.ts';
import { type CardReading, readCards } from '../role/roles.ts';
import { serversFlaw, skillsFlaw, unmetBy } from '../runs/equipment.ts';
import { adapters, planLaunch } from '../runs/launch.ts';
import { findRoomKind, showRoomKind } from '../runs/room-kind.ts';
import { type Bubblewrap, showSandboxing } from '../sandbox/bubblewrap.ts';
import { findSandboxing, onPath } from '../sandbox/machine.ts';
import { type Probe, probeSandbox } from '../sandbox/probe.ts';
import { findWorkspace } from '../workspace/find.ts';
import { lookAt } from '../workspace/look.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { answerFindings, type HealthFinding } from './answering.ts';
import { mendFindings } from './mend.ts';
import { makeRepository, makeScratch } from './scratch.ts';
import { failureWords, layerWords, lookAtSetups, repoDoubts, setupNotes } from './setups.ts';

/**
 * The result of an examination: `ok` says whether everything is here that is needed; `findings` is what was looked at.
 */
export type Examination = { readonly ok: boolean; readonly findings: readonly HealthFinding[] };

/**
 * Looks at this machine, and at the workspace that `folder` is in, where there is one. With `agents` it asks each
 * card's agent for an answer: that costs tokens.
 */
export async function examineMachine(folder: string, agents: boolean, host: Host): Promise<Examination> {
  const findings: HealthFinding[] = [
    nodeFinding(),
    await gitFinding(),
    ...proxyFindings(host),
    ...(await agentFindings()),
    ...(await sandboxFindings(folder, host)),
    ...(await roomsFinding(folder, host)),
    ...(await workspaceFindings(folder, host)),
    ...(await mendFindings(folder, host)),
    await gateFinding(host),
    ...(agents ? await answerFindings(folder, host) : []),
  ];
  return { ok: findings.every((one) => one.state !== 'bad'), findings };
}

function nodeFinding(): HealthFinding {
  const good = Number(process.versions.node.split('.')[0]) >= 24;
  return {
    what: 'node',
    state: good ? 'ok' : 'bad',
    detail: `${process.versions.node}${good ? '' : '; 24 or newer is needed'}`,
  };
}

async function gitFinding(): Promise<HealthFinding> {
  try {
    const text = await askGit('/nonexistent', 'version', []);
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
    const good = major > 2 || (major === 2 && minor >= 38);
    return {
      what: 'git',
      state: good ? 'ok' : 'bad',
      detail: `${text.replace('git version ', '')}${good ? '' : '; 2.38 or newer is needed (merge-tree --write-tree)'}`,
    };
  } catch (error) {
    return { what: 'git', state: 'bad', detail: messageOf(error) };
  }
}

// A company's proxy, which runs, setups and checks that have a network go through.
function proxyFindings({ env }: Host): HealthFinding[] {
  const found = readUpstream(env);
  if (found === null) return [];
  return isReason(found)
    ? [{ what: 'proxy', state: 'bad', detail: found }]
    : [{ what: 'proxy', state: 'ok', detail: `${found.host}:${found.port}` }];
}

async function sandboxFindings(folder: string, host: Host): Promise<HealthFinding[]> {
  const root = await findWorkspace(folder).catch(() => null);
  const wish = root === null ? 'auto' : (await openWorkspace(root, { listener: unheard, host })).settings.sandbox;
  const sandboxing = await findSandboxing(wish);
  const words = showSandboxing(sandboxing);
  if (sandboxing.kind === 'bubblewrap') return [...(await probeFindings(sandboxing)), ...keyringFindings(sandboxing)];
  if (sandboxing.kind === 'seatbelt') return [{ what: 'sandbox', state: 'note', detail: words }];
  return [{ what: 'sandbox', state: wish === 'required' ? 'bad' : 'note', detail: `${words}; agents run as you` }];
}

async function probeFindings(sandboxing: Bubblewrap): Promise<HealthFinding[]> {
  const probes = await probeSandbox(sandboxing);
  const through = probes.filter((one) => !one.held);
  const good = through.length === 0;
  const told = good ? `${probes.length} ways out were tried, none led out` : `a run can ${listOf(through)}`;
  return [{ what: 'sandbox', state: good ? 'ok' : 'bad', detail: `${showSandboxing(sandboxing)}; ${told}` }];
}

function keyringFindings({ sharedKeyring }: Bubblewrap): HealthFinding[] {
  if (sharedKeyring === null) return [];
  return [{ what: 'keyring', state: 'note', detail: `runs share your session keyring: ${sharedKeyring}` }];
}

async function roomsFinding(folder: string, host: Host): Promise<HealthFinding[]> {
  const root = await findWorkspace(folder).catch(() => null);
  if (root === null) return [];
  const kind = await findRoomKind(await openWorkspace(root, { listener: unheard, host, sandboxing: true }));
  return [{ what: 'rooms', state: 'ok', detail: showRoomKind(kind) }];
}

function listOf(probes: readonly Probe[]): string {
  return probes.map((one) => one.name).join('; ');
}

// How long a CLI may take to say its version, in milliseconds: the slowest takes several seconds on a small machine.
const versionTime = 30_000;

async function agentFindings(): Promise<HealthFinding[]> {
  const home = await makeTemporary('home');
  try {
    return await Promise.all(adapters.map((one) => agentFinding(one, home)));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function agentFinding({ name, program }: Adapter, home: string): Promise<HealthFinding> {
  const path = await onPath(program);
  if (path === null) return { what: name, state: 'note', detail: 'not installed' };
  const env = { PATH: ownPath(), HOME: home, TMPDIR: home };
  const said = await runProcess([path, '--version'], { env, timeout: versionTime, limit: 1024 * 1024 }).catch(
    () => null,
  );
  const version = /\d+\.\d+[\w.+-]*/.exec(said?.stdout.toString() ?? '')?.[0];
  return said?.status === 0 && version !== undefined
    ? { what: name, state: 'ok', detail: `${version}  ${path}` }
    : { what: name, state: 'note', detail: `${path} is there, but does not say its version` };
}

async function workspaceFindings(folder: string, host: Host): Promise<HealthFinding[]> {
  const root = await findWorkspace(folder).catch(() => null);
  if (root === null) return [{ what: 'workspace', state: 'note', detail: 'not in one; fourline init makes one' }];
  const { workspace, damaged } = await lookAt(root, unheard, host);
  const closed = await access(root, constants.W_OK).then(() => null, messageOf);
  const out: HealthFinding[] = [
    closed === null
      ? { what: 'workspace', state: 'ok', detail: root }
      : { what: 'workspace', state: 'bad', detail: `${root} can't be written: ${closed}` },
  ];
  if (damaged.length > 0)
    out.push({
      what: 'journal',
      state: 'bad',
      detail: `${damaged.length} lines cannot be read, the first is line ${damaged[0]?.line ?? 0}`,
    });
  for (const { line, message } of workspace.settingsFile.problems.slice(0, 1))
    out.push({ what: 'fourline.yaml', state: 'bad', detail: `line ${line}: ${message}; fourline check says more` });
  for (const reading of await readCards(workspace.places)) {
    out.push(await roleFinding(workspace, reading));
  }
  for (const flaw of await signingFlaws(workspace.places, [...workspace.cards.keys()], workspace.settings.domain))
    out.push({
      what: `signing ${flaw.role}`,
      state: 'bad',
      detail: `${flaw.reason}; fourline init --sign adds the key`,
    });
  for (const repo of await listRepos(workspace.places.repos)) {
    try {
      out.push(...(await repoFindings(workspace, repo, await workspace.target(repo))));
    } catch (error) {
      out.push({ what: `repos/${repo}`, state: 'bad', detail: messageOf(error) });
    }
  }
  for (const { repo, message, hint } of await repoDoubts(workspace, workspace.settings.repos))
    out.push({ what: `repos/${repo}`, state: 'note', detail: `fourline.yaml: ${message}; ${hint}` });
  for (const { good, detail } of await examineActions(workspace))
    out.push({ what: 'on', state: good ? 'ok' : 'bad', detail });
  const now = workspace.clock.now().getTime();
  const { layers, failures } = await lookAtSetups(workspace);
  for (const one of failures) {
    const { detail, below } = failureWords(one, now);
    out.push({ what: `setup ${one.failed.repo}`, state: 'bad', detail, below });
  }
  for (const one of layers)
    out.push({ what: `layer ${one.repo}`, state: 'ok', detail: layerWords(workspace, one, now) });
  await workspace.close();
  return out;
}

async function roleFinding(workspace: Workspace, { name, card, problems }: CardReading): Promise<HealthFinding> {
  const what = `role ${name}`;
  if (card === null) return { what, state: 'bad', detail: problems[0]?.message ?? 'cannot be read' };
  const launch = await planLaunch(card.role);
  if (isReason(launch)) return { what, state: 'bad', detail: launch };
  const [program] = launch.argv;
  if ((await onPath(program)) === null) return { what, state: 'bad', detail: `its agent '${program}' is not on PATH` };
  const flaw = (await skillsFlaw(workspace, card.role)) ?? (await serversFlaw(card.role));
  if (flaw !== null) return { what, state: 'bad', detail: flaw };
  const unmet = unmetBy(card.role, launch, workspace.host.env);
  return { what, state: unmet.length === 0 ? 'ok' : 'note', detail: [launch.label, ...unmet].join('; ') };
}

async function repoFindings(workspace: Workspace, repo: string, target: Target | TargetFlaw): Promise<HealthFinding[]> {
  const what = `repos/${repo}`;
  const tip = 'kind' in target ? target : await syncTarget(target);
  if (tip.kind === 'flaw') return [{ what, state: 'bad', detail: `${tip.message}; ${tip.hint}` }];
  const findings: HealthFinding[] = [{ what, state: 'ok', detail: `${tip.branch} at ${tip.commit.slice(0, 7)}` }];
  if ('kind' in target) return findings;
  const { missing, absent, lines } = await setupNotes(workspace, target, tip);
  if (missing !== null) findings.push({ what, state: 'note', detail: missing, lines });
  const words = [...((await hasFilters(target)) ? [filterWords] : []), ...absent];
  if (words.length > 0) findings.push({ what, state: 'note', detail: words.join('; ') });
  return findings;
}

const filterWords =
  'its .gitattributes name a filter program: fourline runs none, so such files land and are checked out as their commit has them';

// Read as text: git itself would be asked with an attribute's value for each path.
async function hasFilters({ workTree }: Target): Promise<boolean> {
  const attributes = workTree === null ? null : await readPlain(`${workTree}/.gitattributes`);
  const lines = attributes?.kind === 'text' ? attributes.text.split('\n') : [];
  return lines.some((line) => !line.startsWith('#') && /\sfilter=/.test(line));
}

const probeCard = `---
agent: rehearsal
rehearsal:
  - write: src/inside.txt
    text: in
  - write: outside.txt
    text: out
  - shell: echo changed > README.md
write: |
  repos/*/src/**
---
A probe.
`;

const probeOrder = `**Objective:** The gate holds.\n\n**Acceptance:**\n- src/inside.txt is there\n\n**Files:**\n- src/inside.txt\n- outside.txt\n\n**Branching:**\n- halt-with-note\n`;

// A guard that is defined and never called looks like one that works: so it is called, and its effect looked at.
async function gateFinding(host: Host): Promise<HealthFinding> {
  const scratch = await makeScratch('doctor', host);
  try {
    await scratch.put('roles/probe.md', probeCard);
    await makeRepository(`${scratch.root}/repos/probe`, { 'README.md': 'as it was\n' }, 'probe');
    const session = await openSession(scratch.root, unheard, scratch.host);
    if (session === null) return { what: 'gate', state: 'bad', detail: 'the scratch workspace is taken' };
    await scratch.put('inbox/probe/probe.md', probeOrder);
    const never = new AbortController().signal;
    await loopUntilStopped(session, { once: true, drain: never, halt: never });
    await session.close();
    const { history } = await readHistory(session.workspace.places);
    const [standing] = [...history.orders.values()];
    const paths = (
      await askGit(`${scratch.root}/repos/probe/.git`, 'ls-tree', ['-r', '--name-only', 'refs/heads/main'])
    )
      .split('\n')
      .join(' ');
    const readme = await askGit(`${scratch.root}/repos/probe/.git`, 'cat-file', ['blob', 'refs/heads/main:README.md']);
    const good =
      standing?.end.outcome === 'done' &&
      paths === 'README.md src/inside.txt' &&
      readme === 'as it was' &&
      standing.tries.refused.length === 2;
    return {
      what: 'gate',
      state: good ? 'ok' : 'bad',
      detail: good
        ? 'of three writes one was allowed and landed, two strays were refused and kept'
        : `the self-test failed: ${standing?.end.outcome ?? 'no outcome'}, on the branch: ${paths}`,
    };
  } catch (error) {
    return { what: 'gate', state: 'bad', detail: `the self-test failed: ${messageOf(error)}` };
  } finally {
    await scratch.remove();
  }
}
