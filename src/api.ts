// Why: the engine's one door. Every command stands on it, and so do dashboards and people's own scripts. Experimental
// below version 1.0: names may change.
// Promises: answers are plain data, as --json prints them; an error that a person can act on is a Fault with a code and
// a hint. A method's code is loaded when it is called.
// Never: prints; listens for signals; ends the process.

import type { Blame, BlameQuestion } from './api/blame.ts';
import { type CardWork, cardWork } from './api/card-work.ts';
import type { CheckedFile, UnsavedTexts } from './api/check.ts';
import { type CountWork, countWork } from './api/count-work.ts';
import { type DaemonWork, daemonWork } from './api/daemon-work.ts';
import type { Examination } from './api/doctor.ts';
import { type EditorWork, editorWork } from './api/editor-work.ts';
import { type FlowWork, flowWork } from './api/flow-work.ts';
import { type ImportWork, importWork } from './api/import-work.ts';
import type { InitOptions, Made, Proposed } from './api/init.ts';
import type { LookQuestion, Overview, Plan } from './api/look.ts';
import type { Mend } from './api/mend.ts';
import type { JudgedChanges, OrderDetails, OrderParts, StepQuestion } from './api/order.ts';
import type { CheckedOrder, Draft, Posted } from './api/post.ts';
import type { CheckQuestion } from './api/proof.ts';
import type { Sandbox } from './api/sandbox.ts';
import { type Said, sayWord, type Word } from './api/say.ts';
import type { Site } from './api/site.ts';
import type { Statusline } from './api/statusline.ts';
import type { Conversation, RunQuestion, Telemetry, TelemetryQuestion } from './api/telemetry.ts';
import type { ProofCheck } from './audit/proof-check.ts';
import { unheard, type WorkListener } from './event.ts';
import type { Verdict } from './gate/verdict.ts';
import type { Entry } from './ledger/entry.ts';
import { type Host, hostOf } from './platform/process/host.ts';
import { findWorkspace } from './workspace/find.ts';

/** Questions about the workspace. They change nothing. */
type Questions = {
  /** The workspace's folder. */
  readonly root: string;
  /**
   * The state of everything: orders, runs, what waits and why, files that are not taken, cards, troubles. `ended` says
   * how many settled orders it lists (8).
   */
  readonly look: (question?: LookQuestion) => Promise<Overview>;
  /** How many orders wait for a person, how many run and what today cost: quick, for prompts. */
  readonly statusline: () => Promise<Statusline>;
  /** The orders that would start now, and what the others wait for. */
  readonly plan: () => Promise<Plan>;
  /** One order: standing, text, report, verdicts, steps; with `parts` its patches, log, brief, family. */
  readonly order: (id: string, parts?: OrderParts) => Promise<OrderDetails>;
  /** Tells what happened to an order's changes, or to those at a path, and which line decided. */
  readonly why: (id: string, path?: string) => Promise<JudgedChanges>;
  /** Says of each line of a file which role wrote it, on which order; `path` is of the workspace. */
  readonly blame: (path: string, question?: BlameQuestion) => Promise<Blame>;
  /** The last steps (40): of everybody, of one role, or of one order; with `until` up to that line of the journal. */
  readonly steps: (question?: StepQuestion) => Promise<readonly Entry[]>;
  /** Says whether a role may change these paths, also under an order (a file or an id). */
  readonly can: (role: string, paths: readonly string[], order?: string) => Promise<readonly Verdict[]>;
  /** Answers an agent CLI's edit hook: the reason of a refusal, or null. */
  readonly hook: (
    request: string,
    whose: { role?: string | undefined; order?: string | undefined },
  ) => Promise<string | null>;
  /**
   * The problems in cards, orders and settings: in all of them, or in the named files (absolute paths). A text of
   * `unsaved` is read in the place of its named file.
   */
  readonly check: (paths?: readonly string[], unsaved?: UnsavedTexts) => Promise<readonly CheckedFile[]>;
  /** Says of an order what `post` would say, and delivers nothing. */
  readonly checkOrder: (role: string, order: Draft | string) => Promise<CheckedOrder>;
  /** Where spans and metrics go, and whether contents go along. */
  readonly telemetry: (question?: TelemetryQuestion) => Promise<Telemetry>;
  /** Reads what a run was given and said, without the journal. */
  readonly conversation: (run: RunQuestion) => Promise<Conversation>;
  /** The sandbox that runs have here, with its warnings. */
  readonly sandbox: () => Promise<Sandbox>;
};

/** Orders, and words on them. */
type Words = {
  /** Delivers an order to a role. `name` is what its id is made of. */
  readonly post: (role: string, order: Draft | string, options?: { name?: string | undefined }) => Promise<Posted>;
  /** Says a word on an order: an answer, approval or rejection, or that it is ordered again, ended or undone. */
  readonly say: <Given extends Word>(id: string, word: Given) => Promise<Said<Given>>;
};

/** A workspace, open to be asked and told. Ids may be any unique prefix. */
export type Fourline = Questions & Words & CardWork & FlowWork & CountWork & DaemonWork & EditorWork & ImportWork;

/**
 * The person that fourline works for: `env` has their variables, `HOME` among them. Without it, this process's
 * variables count.
 */
export type HostOptions = { readonly env?: Host['env'] };

/**
 * Makes a workspace in a folder, seen from `from`. Throws Fault `usage`, `repo-not-git`, `clone-failed`, `ssh-missing`,
 * `ssh-failed`, `signers-unreadable`.
 */
export async function initWorkspace(
  folder: string,
  options: InitOptions & HostOptions = {},
  from = '.',
): Promise<Made | Proposed> {
  return (await import('./api/init.ts')).makeWorkspace(folder, options, from, hostOf(options.env));
}

/**
 * Looks at this machine, and at the workspace that a folder is in; with `agents` it asks each card's agent for a word,
 * which costs tokens.
 */
export async function examine(
  folder: string,
  { agents = false, env }: { readonly agents?: boolean } & HostOptions = {},
): Promise<Examination> {
  return (await import('./api/doctor.ts')).examineMachine(folder, agents, hostOf(env));
}

/** Finds what can be mended without a decision in the workspace that a folder is in. Changes nothing. */
export async function proposeMends(folder: string, { env }: HostOptions = {}): Promise<readonly Mend[]> {
  return (await import('./api/mend.ts')).findMends(folder, hostOf(env));
}

/** Mends what was proposed and shown, as far as it is still to be mended. Gives what was done. */
export async function mendPlaces(
  folder: string,
  shown: readonly Mend[],
  { env }: HostOptions = {},
): Promise<readonly Mend[]> {
  return (await import('./api/mend.ts')).mendShown(folder, shown, hostOf(env));
}

/**
 * Checks a proof that somebody handed over: no workspace is needed. Throws Fault `proof-unreadable`, `proof-newer`,
 * `journal-newer`.
 */
export async function checkProof(file: string, question?: CheckQuestion): Promise<ProofCheck> {
  return (await import('./api/proof.ts')).checkProofFile(file, question);
}

/**
 * The options of opening a workspace. `tell` hears what happens beside the answers; without it, those events are lost.
 */
export type FourlineOptions = { readonly tell?: WorkListener } & HostOptions;

/** Opens the workspace that a folder is in. Changes nothing, and needs no closing. Throws Fault `no-workspace`. */
export async function openFourline(folder: string, { tell = unheard, env }: FourlineOptions = {}): Promise<Fourline> {
  const site: Site = { root: await findWorkspace(folder), tell, host: hostOf(env) };
  return {
    root: site.root,
    look: async (question) => (await import('./api/look.ts')).lookAround(site, question),
    statusline: async () => (await import('./api/statusline.ts')).readStatusline(site),
    plan: async () => (await import('./api/look.ts')).lookAtPlan(site),
    order: async (id, parts) => (await import('./api/order.ts')).readDetails(site, id, parts),
    why: async (id, path) => (await import('./api/order.ts')).explainOrder(site, id, path),
    blame: async (path, question) => (await import('./api/blame.ts')).blameLines(site, path, question),
    steps: async (question = {}) => (await import('./api/order.ts')).readSteps(site, question),
    post: async (role, order, { name } = {}) => (await import('./api/post.ts')).postWork(site, role, order, name),
    say: async <Given extends Word>(id: string, word: Given) => (await sayWord(site, id, word)) as Said<Given>,
    can: async (role, paths, order) => (await import('./api/can.ts')).askGate(site, role, paths, order),
    hook: async (request, whose) => (await import('./api/can.ts')).answerHook(site, request, whose),
    checkOrder: async (role, order) => (await import('./api/post.ts')).checkWork(site, role, order),
    check: async (paths, unsaved) => (await import('./api/check.ts')).checkWorkspace(site, paths, unsaved),
    ...cardWork(site),
    ...countWork(site),
    ...daemonWork(site),
    ...editorWork(site),
    ...importWork(site),
    ...flowWork(site),
    telemetry: async (question) => (await import('./api/telemetry.ts')).readTelemetry(site, question),
    conversation: async (run) => (await import('./api/telemetry.ts')).readConversation(site, run),
    sandbox: async () => (await import('./api/sandbox.ts')).readSandbox(site),
  };
}

export type { HealthFinding } from './api/answering.ts';
export type { Audit, AuditQuestion, VerifiedAudit } from './api/audit.ts';
export type { Blame, BlameQuestion, LineOrigin } from './api/blame.ts';
export type { Cancelled } from './api/cancel.ts';
export type { Exported, ExportQuestion, Imported, ImportQuestion } from './api/cards.ts';
export type { CheckedFile } from './api/check.ts';
export type { CostQuestion, CostRow, Costs } from './api/costs.ts';
export type { Examination } from './api/doctor.ts';
export type { CardPowers, PendingEdit } from './api/edit.ts';
export type { OpenedCard, PlacedCard, WeighedCard } from './api/edit-card.ts';
export type { EditedFile, FileKey, HandWritten, PatternMatch } from './api/editor.ts';
export { type Explanation, explainCode } from './api/explain.ts';
export type { FlowRun } from './api/flow-advance.ts';
export type { Begun } from './api/flow-begin.ts';
export type { OpenGate } from './api/flow-gates.ts';
export { draftWords, type FlowDraft } from './api/flow-words.ts';
export type { Flows } from './api/flow-work.ts';
export type { FlowRow, FlowRunWord } from './api/flows.ts';
export type { Followed, Grown } from './api/follow.ts';
export type { ImportedIssue, IssueQuestion } from './api/import-issue.ts';
export type { InitOptions, Installed as AgentCli, Made, Proposed } from './api/init.ts';
export type { Keys } from './api/keys.ts';
export type { LookQuestion, OrderRow, Overview, Plan } from './api/look.ts';
export type { Mend } from './api/mend.ts';
export type {
  JudgedChanges,
  Kin,
  OrderDetails,
  OrderParts,
  Patch,
  Patches,
  RunLog,
  StepQuestion,
} from './api/order.ts';
export type { RolePause } from './api/pause.ts';
export type { CheckedOrder, Draft, Posted } from './api/post.ts';
export type { CheckQuestion, MadeProof, ProofQuestion } from './api/proof.ts';
export type { RemovedRole, RoleTies } from './api/remove-role.ts';
export type { ChangedVerdict, Replay, ReplayQuestion } from './api/replay.ts';
export type { Replied, Reply } from './api/reply.ts';
export type { Retried } from './api/retry.ts';
export type { CardDetails, CardRow, MadeCard, NewCard, RoleRow } from './api/roles.ts';
export type { Sandbox } from './api/sandbox.ts';
export type { Said, Word } from './api/say.ts';
export type { CliSetup, SetupFile, SetupQuestion } from './api/setup-cli.ts';
export { makeSetup, planSetup } from './api/setup-work.ts';
export type { SignalCount, SignalQuestion, Signals } from './api/signals.ts';
export { localPath } from './api/site.ts';
export type { Statusline } from './api/statusline.ts';
export type { StopOptions, Stopped } from './api/stop.ts';
export { teams } from './api/team.ts';
export type { Conversation, RunQuestion, Telemetry, TelemetryQuestion } from './api/telemetry.ts';
export type { Undone } from './api/undo.ts';
export type { Worked, WorkOptions } from './api/work.ts';
export type { Finding } from './audit/finding.ts';
export { printFinding } from './audit/finding.ts';
export type { ProofCheck, ProvenOrder } from './audit/proof-check.ts';
export type { StrayCommit } from './audit/tally.ts';
export {
  type EventKind,
  eventKinds,
  type RunProgress,
  type Weight,
  type WorkEvent,
  type WorkListener,
} from './event.ts';
export { gateFile } from './flow/gate.ts';
export { showDeciding, showDeed, type Verdict } from './gate/verdict.ts';
export type { Entry, SignalName } from './ledger/entry.ts';
export { foldEntry } from './ledger/fold.ts';
export { emptyHistory, type History } from './ledger/history.ts';
export { signalNames, signalWords } from './ledger/signal-names.ts';
export type { FlatStanding as Standing } from './ledger/standing.ts';
export { authorOf, tellEntry, waitWords } from './ledger/story.ts';
export { spanIdOf, traceIdOf } from './ledger/trace.ts';
export { needsPerson, type WaitKind, waitKinds } from './ledger/waits.ts';
export { closeInherited } from './platform/process/descriptors.ts';
export { Fault } from './platform/text/fault.ts';
export type { Problem } from './platform/text/problem.ts';
export { progressFigures, progressTool } from './runs/progress.ts';
export type { Signal } from './signals/signal.ts';
export { version } from './workspace/version.ts';
