// Why: code with effects takes a workspace first, in a session with its ledger. It says where things are, who the roles
// are, what time it is, and who hears what happens.
// Promises: opening changes nothing on disk. While it is open, the last good cards and settings stay in force, whatever
// is edited.
// Never: contains logic; it carries data, the stations act.
import { createHash } from 'node:crypto';
import { type TellEvent, tellWith, type WorkListener } from '../event.ts';
import type { History } from '../ledger/history.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Places, placesOf } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { readPlain } from '../platform/files/files.ts';
import { listRepos } from '../platform/git/repos.ts';
import type { Target, TargetFlaw, Tip } from '../platform/git/target.ts';
import type { Host } from '../platform/process/host.ts';
import { type InTurn, openTurns } from '../platform/process/turns.ts';
import { type Clock, systemClock } from '../platform/text/clock.ts';
import { machineFails, messageOf } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import {
  type Card,
  type CardNews,
  type CardReading,
  compareCards,
  keepCard,
  readCards,
  recallCard,
} from '../role/roles.ts';
import type { Sandboxing } from '../sandbox/bubblewrap.ts';
import { defaultRepo, type RepoSettings } from '../setup/plan.ts';
import { defaultSettings, parseSettings, type Settings } from './settings.ts';

/** An open workspace. */
export type Workspace = {
  readonly places: Places;
  /** The person's variables and home. */
  readonly host: Host;
  /** The settings in force. */
  settings: Settings;
  /** fourline.yaml as it was last read, with its problems. */
  settingsFile: SettingsFile;
  /** The sandbox around agents and checks. */
  readonly sandboxing: Sandboxing;
  readonly clock: Clock;
  /** Tells what happens. */
  readonly tell: TellEvent;
  /** Cards in force, by role. */
  readonly cards: Map<string, Card>;
  /** Cards that cannot be used as they lie there, by role; a card may be in force in its earlier form. */
  readonly broken: Map<string, CardReading>;
  /** Runs work that must not happen twice at once; work with the same key waits its turn. */
  readonly inTurn: InTurn;
  /** Repositories whose work tree couldn't follow a landing yet; `changed` is called after each change. */
  readonly behind: { readonly repos: Set<string>; changed: () => void };
  /** The repository under repos/, or its problem. */
  readonly target: (name: string) => Promise<Target | TargetFlaw>;
  readonly close: () => Promise<void>;
};

/** An open workspace with its ledger: code with effects takes it first. */
export type Session = { readonly workspace: Workspace; readonly ledger: Ledger };

/** The folder of rooms: `$XDG_STATE_HOME/fourline/rooms`, else `~/.local/state/fourline/rooms`. */
export function roomsHome(host: Host): string {
  const state = host.env['XDG_STATE_HOME'];
  return `${state?.startsWith('/') === true ? state : `${host.home}/.local/state`}/fourline/rooms`;
}

/**
 * Opens the workspace at `root`. `history` gives the last good card if one on disk is broken: for looks at a workspace
 * while a process holds it. With `sandbox` it looks for a sandbox (and tries it).
 */
export async function openWorkspace(
  root: string,
  options: { listener: WorkListener; host: Host; clock?: Clock; history?: History; sandboxing?: boolean },
): Promise<Workspace> {
  const key = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const places = placesOf(root, roomsHome(options.host), key);
  const read = await readSettingsFile(places);
  const clock = options.clock ?? systemClock;
  const targets = new Map<string, Promise<Target | TargetFlaw>>();
  const workspace: Workspace = {
    places,
    host: options.host,
    settings: read.settings,
    settingsFile: read,
    sandboxing:
      options.sandboxing === true
        ? await (await import('../sandbox/machine.ts')).findSandboxing(read.settings.sandbox, read.settings.runs)
        : { kind: 'none', reason: 'nobody looked for them' },
    clock,
    tell: tellWith(clock, options.listener),
    cards: new Map(),
    broken: new Map(),
    behind: { repos: new Set(), changed: () => undefined },
    inTurn: openTurns(),
    target: async (name) => {
      const finding = targets.get(name) ?? openTarget(places, name, options.host);
      targets.set(name, finding);
      const found = await finding.catch((error: unknown) => {
        targets.delete(name);
        throw error;
      });
      if ('kind' in found) targets.delete(name);
      return found;
    },
    close: async () => {
      for (const found of await Promise.all(targets.values())) if (!('kind' in found)) found.objects.close();
    },
  };
  for (const reading of await readCards(places)) {
    const digest = options.history?.cards.get(reading.name);
    const recalled =
      digest === undefined || reading.card !== null ? null : await recallCard(places, reading.name, digest);
    const card = reading.card ?? (recalled?.kind === 'card' ? recalled.card : null);
    if (card !== null) workspace.cards.set(reading.name, card);
    if (reading.card === null) workspace.broken.set(reading.name, reading);
  }
  return workspace;
}

// Most who open a workspace need no git: it is loaded with the first repository.
async function openTarget({ repos, mirrors }: Places, name: string, host: Host): Promise<Target | TargetFlaw> {
  return (await import('../platform/git/target.ts')).findTarget(repos, mirrors, name, host);
}

/** fourline.yaml as it was read. */
export type SettingsFile = {
  readonly text: string | null;
  readonly settings: Settings;
  readonly problems: readonly Problem[];
};

async function readSettingsFile(places: Places): Promise<SettingsFile> {
  const file = await readPlain(places.settings);
  if (file.kind === 'text') return { text: file.text, ...parseSettings(file.text) };
  if (file.kind === 'absent') return { text: null, settings: defaultSettings, problems: [] };
  const message = `it cannot be read: ${file.flaw}`;
  return {
    text: null,
    settings: defaultSettings,
    problems: [{ code: 'settings', level: 'error', message, line: 1, column: 1 }],
  };
}

/**
 * Reads fourline.yaml again if it was edited. A valid file takes effect, except `sandbox:` and `domain:`, which stay
 * until the next start. An invalid or missing file changes nothing. Returns what happened; null when nothing did.
 */
export async function refreshSettings(workspace: Workspace): Promise<'edited' | 'later' | 'broken' | 'gone' | null> {
  const before = workspace.settingsFile;
  const file = await readSettingsFile(workspace.places);
  if (file.text === before.text && file.problems.length === before.problems.length) return null;
  workspace.settingsFile = file;
  if (file.problems.length > 0) return 'broken';
  if (file.text === null) return 'gone';
  const { sandbox, domain } = workspace.settings;
  workspace.settings = { ...file.settings, sandbox, domain };
  return file.settings.sandbox === sandbox && file.settings.domain === domain ? 'edited' : 'later';
}

/** Updates the cards in force from the disk, and records every edit as the operator's. Returns what changed. */
export async function refreshCards(session: Session): Promise<CardNews[]> {
  const { workspace, ledger } = session;
  const { cards, broken } = ledger.history;
  const readings = await readCards(workspace.places);
  const news = compareCards(cards, broken, readings, (name) => !workspace.cards.has(name));
  workspace.broken.clear();
  for (const reading of readings) if (reading.card === null) workspace.broken.set(reading.name, reading);
  for (const { name, what, reading } of news) {
    if (what === 'removed') workspace.cards.delete(name);
    if (reading?.card != null) {
      await keepCard(workspace.places, reading.card);
      crashPoint('amend.kept');
      workspace.cards.set(name, reading.card);
    }
    const problem = reading?.card === null ? reading.problems[0] : undefined;
    await ledger.record({
      step: 'amended',
      role: name,
      what,
      digest: reading?.digest ?? '',
      ...(problem === undefined ? {} : { problem: `line ${problem.line}: ${problem.message}` }),
      ...(what === 'broken' && !workspace.cards.has(name) ? { idle: true as const } : {}),
    });
  }
  return news;
}

/**
 * Where a repository stands, on the branch `began` or on the branch that is checked out; or its problem. `how` is as
 * `syncTarget` has it. Throws while the machine fails.
 */
export async function tipOf(
  workspace: Workspace,
  repo: string,
  began: string | null,
  how?: 'glance',
): Promise<Tip | TargetFlaw> {
  try {
    const target = await workspace.target(repo);
    return 'kind' in target ? target : await (await import('../platform/git/target.ts')).syncTarget(target, began, how);
  } catch (error) {
    if (machineFails(error)) throw error;
    // A repository that git cannot work with is the problem of one order, not of all.
    const message = `repos/${repo} cannot be used: ${messageOf(error)}`;
    return { kind: 'flaw', code: 'repo-broken', message, hint: `git -C repos/${repo} fsck says more` };
  }
}

/** The mirror of a repository; null when there is none (any more). */
export async function mirrorOf(workspace: Workspace, repo: string | null): Promise<string | null> {
  const found = repo === null ? null : await workspace.target(repo);
  return found === null || 'kind' in found ? null : found.mirror;
}

/** The repository an order is about: the one it names, else the only one there is, else none. */
export async function repoOf(workspace: Workspace, named: string | undefined): Promise<string | null> {
  if (named !== undefined) return named;
  const repos = await listRepos(workspace.places.repos);
  return repos.length === 1 ? (repos[0] ?? null) : null;
}

/** The settings of a repository. */
export function repoSettings(workspace: Workspace, repo: string): RepoSettings {
  return workspace.settings.repos.get(repo) ?? defaultRepo;
}
