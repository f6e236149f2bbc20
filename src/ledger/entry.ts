// Why: one step of fourline's work, as a line of the journal. The union of all steps is the language the whole history
// is written in.
// Promises: pure; nothing is an entry that the schema does not know.
// Never: holds what can be found on disk by the order's id (texts, patches, transcripts).
import type { Reason } from '../platform/text/fault.ts';
import {
  checkSchema,
  mailSchema,
  outcomeSchema,
  pinSchema,
  spentSchema,
  stateSchema,
  verdictSchema,
  waitSchema,
  z,
} from './schema.ts';
import { signalNames } from './signal-names.ts';

/** Version of the journal's lines. */
export const journalVersion = 1;

const order = z.string();
const run = z.string();
const role = z.string();
const strings = z.array(z.string());
/** Whose line it is: an order's, or one run's of it. */
const ofOrder = { order, role };
const ofRun = { order, run, role };
const ofCommit = { repo: z.string(), branch: z.string(), commit: z.string() };

const stepSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('started'), pid: z.number(), version: z.string(), walls: z.string() }),
  z.object({ step: z.literal('stopped'), pid: z.number() }),
  z.object({
    step: z.literal('amended'),
    role,
    what: z.enum(['added', 'edited', 'removed', 'broken']),
    digest: z.string(),
    problem: z.string().optional(),
    /** True of a broken card that lay there when fourline started: no older one stands in for it. */
    idle: z.literal(true).optional(),
  }),
  // The operator holds all orders of a role, and lets them go on.
  z.object({ step: z.literal('paused'), role }),
  z.object({ step: z.literal('unpaused'), role }),
  z.object({
    step: z.literal('posted'),
    order,
    role,
    from: role,
    parent: order.optional(),
    title: z.string(),
    repo: z.string().nullable(),
    files: strings,
    digest: z.string(),
    after: strings.optional(),
    /** The order whose landing this one reviews. */
    reviews: order.optional(),
    /** The settled order that this one is again. */
    retries: order.optional(),
    /** The settled order whose landing this one takes back: an undo, which fourline itself carries out. */
    undoes: order.optional(),
    /** Orders that were rejected or that their role halted, and that this one names. */
    answers: strings.optional(),
    /** Why it is ordered again; and when it was written (ISO 8601), where that was some time before it was posted. */
    reason: z.string().optional(),
    written: z.string().optional(),
    /** Files handed down with it, as workspace paths. */
    refs: strings.optional(),
    contract: z.array(pinSchema).optional(),
  }),
  z.object({
    step: z.literal('refused'),
    order,
    /** The order's id, where it had been posted before. */ id: order.optional(),
    role,
    from: role,
    file: z.string(),
    key: z.string(),
    problems: strings,
    digest: z.string(),
    text: z.string(),
  }),
  z.object({
    step: z.literal('claimed'),
    ...ofOrder,
    attempt: z.number(),
    card: z.string(),
    boundary: z.number(),
    // The order as it was read at the claim: it may have been edited while it waited.
    title: z.string().optional(),
    files: strings.optional(),
    refs: strings.optional(),
    contract: z.array(pinSchema).optional(),
    /** The branch of its repository that was checked out at the first claim: every attempt lands there. */
    branch: z.string().optional(),
    /** SHA-256 of the order's text at the claim. */
    digest: z.string().optional(),
    /** True when an approved landing goes on: nothing is run, the attempt is the one that was held. */ resumes: z
      .boolean()
      .optional(),
  }),
  z.object({
    step: z.literal('opened'),
    ...ofRun,
    repo: z.string().nullable(),
    branch: z.string().nullable(),
    base: z.string().nullable(),
    room: z.string(),
    /** Whether its files stand in a checkout that rooms share, in clones of its files, or in a copy. */
    files: z.enum(['shared', 'cloned', 'copied']).optional(),
  }),
  z.object({
    step: z.literal('ran'),
    ...ofRun,
    agent: z.string(),
    ending: z.string(),
    status: z.number().nullable(),
    milliseconds: z.number(),
    /** The sandbox that stood around the run. */
    walls: z.string().optional(),
    /** The network that the run had, and the hosts that it asked for there in vain. */
    network: z.string().optional(),
    unreached: strings.optional(),
    /** The card's wishes that the run didn't meet: tools that its CLI keeps, variables that are not set. */
    unmet: strings.optional(),
    /** The usage of the run; absent when the stream didn't tell it. */
    spent: spentSchema.optional(),
  }),
  z.object({
    step: z.literal('judged'),
    ...ofRun,
    changed: z.number(),
    allowed: z.number(),
    refused: z.array(z.object({ path: z.string(), sentence: z.string(), reason: z.string().optional() })),
    scratch: z.number(),
    /** SHA-256 of verdicts.json. */
    digest: z.string().optional(),
    /** True where the run left no report and said nothing. */ quiet: z.boolean().optional(),
  }),
  z.object({ step: z.literal('checked'), ...ofRun, results: z.array(checkSchema) }),
  z.object({
    step: z.literal('intended'),
    ...ofRun,
    repo: z.string().nullable(),
    branch: z.string().nullable(),
    from: z.string().nullable(),
    commit: z.string().nullable(),
    mail: z.array(mailSchema),
    /** State files that land, each with the SHA-256 of its new text; null where it is removed. */
    state: z.array(stateSchema).optional(),
    /**
     * Files of its orders that the operator left out; and the order it waits for when they are sent, while nothing else
     * lands.
     */
    dropped: strings.optional(),
    behind: order.optional(),
  }),
  z.object({
    step: z.literal('landed'),
    ...ofRun,
    ...ofCommit,
    files: z.number(),
    left: strings,
  }),
  // A state file holds what a landing promised: the SHA-256 of its text, null where it was removed.
  z.object({ step: z.literal('stated'), ...ofRun, path: z.string(), digest: z.string().nullable() }),
  z.object({
    step: z.literal('returned'),
    ...ofOrder,
    reason: z.string(),
    spent: z.boolean(),
    /** True when an approved landing keeps its approval. */
    keeps: z.boolean().optional(),
    /** An agent whose usage limit is reached, and until when none of its orders start (ISO 8601). */
    limited: z.object({ agent: z.string(), until: z.string() }).optional(),
    /** True when a fresh run goes on because the last one's live context was full. */ handover: z.boolean().optional(),
  }),
  // A commit that landed is on a remote.
  z.object({ step: z.literal('pushed'), ...ofOrder, ...ofCommit, remote: z.string() }),
  // Its pull request was opened, or brought up to date with the commit that was pushed then, or ended.
  z.object({
    step: z.literal('proposed'),
    ...ofOrder,
    ...ofCommit,
    number: z.number(),
    url: z.string(),
    state: z.enum(['open', 'merged', 'closed']),
  }),
  // Moved on to another role, as the order's Branching offers.
  z.object({ step: z.literal('routed'), ...ofOrder, to: role, note: z.string() }),
  // It waits in state/active, and no run with it.
  z.object({
    step: z.literal('parked'),
    ...ofOrder,
    on: waitSchema,
    /** The thing the order waits for: an order's id, a role, or a sentence. */
    what: z.string(),
    run: run.optional(),
    /** The commit that waits, and its branch in the repository. */
    commit: z.string().optional(),
    branch: z.string().optional(),
    /** The order that reviews it. */
    review: order.optional(),
  }),
  z.object({
    step: z.literal('released'),
    ...ofOrder,
    by: role,
    why: z.string(),
    /** An agent that may be tried again before its usage limit resets. */
    unlimited: z.string().optional(),
  }),
  // A reviewer's or the operator's word on a landing that waits.
  z.object({
    step: z.literal('decided'),
    ...ofOrder,
    run,
    by: role,
    verdict: verdictSchema,
    note: z.string(),
    /** The review that said so. */
    review: order.optional(),
    /** Orders that the operator edited before they approved them. */ edited: strings.optional(),
  }),
  z.object({ step: z.literal('answered'), ...ofOrder, by: role, text: z.string() }),
  // Numbers in an order that appear in none of its child orders.
  z.object({ step: z.literal('flagged'), ...ofOrder, run, missing: strings }),
  // A signal that fourline told the operator about, or that made it take an order away.
  z.object({
    step: z.literal('signalled'),
    signal: z.enum(signalNames),
    rule: z.enum(['tell', 'fire']),
    role,
    order: order.optional(),
    /** Keys of the findings that the signal is about: fourline tells each finding once. */
    about: strings,
    sentence: z.string(),
  }),
  z.object({
    step: z.literal('settled'),
    ...ofOrder,
    outcome: outcomeSchema,
    note: z.string(),
    month: z.string(),
    /** The limit of the card that was reached. */
    limit: z.string().optional(),
    /** A review's word on what it was asked about. */ verdict: verdictSchema.optional(),
    /** SHA-256 of the list of digests in its record, which binds every file there. */ record: z.string().optional(),
    /** The role that halted it by its own report; absent where fourline or the operator did. */ by: role.optional(),
  }),
]);

const stampSchema = z.object({ v: z.literal(journalVersion), at: z.string() });

/** A step without its stamp. */
export type Step = z.infer<typeof stepSchema>;
/** A step as the journal holds it: `at` is ISO 8601 in UTC. */
export type Entry = z.infer<typeof stampSchema> & Step;
/** One of the five signals. */
export type SignalName = (typeof signalNames)[number];
/** How an order ended this time. */
export type Outcome = z.infer<typeof outcomeSchema>;
/** Mail that a landing delivers: the order's id, whose inbox, and the file in the room it came from. */
export type IntendedMail = z.infer<typeof mailSchema>;

/** Takes a parsed JSON value for an entry; a string says what is wrong with it. */
export function readEntry(value: unknown): Entry | Reason {
  // Not an intersection: to merge what both find takes longer than to find it.
  const stamp = stampSchema.safeParse(value);
  const step = stepSchema.safeParse(value);
  if (stamp.success && step.success) return { ...stamp.data, ...step.data };
  return `not an entry of version ${journalVersion}: ${(stamp.error ?? step.error)?.issues[0]?.message ?? ''}`;
}

/** The order that a line is about; undefined for a line that is about none. */
export function orderIn(entry: Entry): string | undefined {
  return 'order' in entry ? entry.order : undefined;
}
