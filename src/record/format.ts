// Why: fourline reads some files of a record again after a crash, after an upgrade, or in an audit years later. Their
// formats stand here.
// Promises: pure. Each format has a version and one schema; files of 0.1, which have no version, are read as well. A
// reader takes only what the schema knows.
// Never: fills in what a file should say and doesn't. A format's default is what that fourline meant by leaving a key
// out.

import type { Ask } from '../agent/report.ts';
import type { CheckResult } from '../checks/check.ts';
import type { RedBranch } from '../checks/red.ts';
import type { RefusalReason, Verdict } from '../gate/verdict.ts';
import { checkSchema, mailSchema, outcomeSchema, spentSchema, verdictSchema, waitSchema, z } from '../ledger/schema.ts';
import type { Wait } from '../ledger/waits.ts';
import type { ReportParts } from './report.ts';
import type { Contents, StateChange } from './work.ts';

/** The version of every format below. A change that an older fourline would misread gets the next number. */
export const formatVersion = 1;

/** The process of a run, in run.json, while the run goes on. */
export type RunFacts = {
  readonly run: string;
  readonly group: number;
  readonly room: string;
  readonly base: string | null;
};

/** The gate's verdicts about a run, in verdicts.json. */
export type JudgedRun = {
  readonly run: string;
  readonly base: string | null;
  readonly commit: string | null;
  readonly scratch: number;
  readonly verdicts: readonly Verdict[];
};

/** The results of the Acceptance commands on a candidate, in checks.json. */
export type CheckedRun = { readonly run: string; readonly commit: string; readonly results: readonly CheckResult[] };

/**
 * A word that a landing needs. `red` marks an approval that is needed only because checks fail on the branch as well.
 */
export type Need =
  | { readonly on: 'review'; readonly by: string }
  | { readonly on: 'approval'; readonly why: string; readonly red?: true | undefined };

/** A landing that waits for a word, as held.json keeps it: the parcel, and the words it needs. */
export type HeldLanding = Contents & {
  readonly base: {
    readonly repo: string;
    readonly branch: string;
    readonly commit: string;
    readonly from?: string | undefined;
  } | null;
  /** The commit that was checked, on the tip at that time. */
  readonly candidate: string | null;
  /** Digests of the order and the card that the run was judged by. */
  readonly order: string;
  readonly card: string;
  readonly needs: readonly Need[];
  /** Checks that fail on the branch as well: its tip then, and how many words had been said. */
  readonly red?: (RedBranch & { readonly words: number }) | undefined;
};

/** A question to the operator, as a form shows it. */
export type FormText = {
  readonly title: string;
  /** Quoted. */
  readonly text: string;
  /** Hints at files to look at or commands to run, one line each. */
  readonly hints: readonly string[];
  /** Orders that are asked for, each with its lines; quoted. */
  readonly orders?: readonly { readonly title: string; readonly lines: readonly string[] }[] | undefined;
};

/** The thing a parked order waits for, in waiting.json, and what fourline was to do about it. */
export type Waiting = {
  readonly on: Wait;
  readonly what: string;
  /** For the operator. */
  readonly form?: FormText | undefined;
  /** A landing that waits, on its own branch. */
  readonly held?: { readonly run: string; readonly commit: string | null; readonly repo: string | null } | undefined;
  /** The branch on which its checks fail as well: they run again once its tip changes. */
  readonly red?: (Pick<RedBranch, 'branch' | 'tip' | 'again'> & { readonly repo: string }) | undefined;
  /** The order that reviews it. */
  readonly review?: { readonly id: string; readonly role: string } | undefined;
  /** The child orders that its last run already knew to be stuck. */
  readonly told?: readonly string[] | undefined;
  /** Its pull request: the branch with the work, the branch it is for, and the report for when it is merged. */
  readonly pr?:
    | { readonly repo: string; readonly branch: string; readonly base: string; readonly ending: ReportParts }
    | undefined;
};

/** The formats, by file. */
export type Formats = {
  readonly 'run.json': RunFacts;
  readonly 'verdicts.json': JudgedRun;
  readonly 'checks.json': CheckedRun;
  readonly 'state.json': { readonly files: readonly StateChange[] };
  readonly 'held.json': HeldLanding;
  readonly 'waiting.json': Waiting;
};

const textFormat = z.string();
const optionalText = textFormat.nullable();
const textsFormat = z.array(textFormat);

const verdictKeys = {
  path: textFormat,
  what: z.enum(['added', 'modified', 'deleted']),
  by: z.array(z.object({ file: textFormat, line: z.number(), pattern: textFormat })),
  moved: textFormat.optional(),
};
const verdictsFormat: z.ZodType<readonly Verdict[]> = z.array(
  z.discriminatedUnion('decision', [
    z.object({ decision: z.literal('allow'), ...verdictKeys }),
    z.object({
      decision: z.literal('refuse'),
      ...verdictKeys,
      // Reasons come and go with the rules of the gate; the sentence carries their meaning.
      reason: z.custom<RefusalReason>((value) => typeof value === 'string'),
      sentence: textFormat,
    }),
  ]),
);

const askFormat: z.ZodType<Ask> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), summary: textFormat }),
  z.object({ kind: z.literal('halt'), note: textFormat, summary: textFormat }),
  z.object({ kind: z.literal('route'), role: textFormat, note: textFormat, summary: textFormat }),
  z.object({ kind: z.literal('requeue'), blocker: textFormat, summary: textFormat }),
  z.object({ kind: z.literal('verdict'), verdict: verdictSchema, note: textFormat, summary: textFormat }),
  z.object({ kind: z.literal('unreadable'), reason: textFormat }),
]);

// 0.1 did not record the live context of the first answer from its beginning.
const spentFormat = spentSchema.extend({ first: z.number().default(0) }).nullable();
const stateFilesFormat = z.array(z.object({ path: textFormat, before: optionalText, after: optionalText }));
const checksFormat = z.array(checkSchema);

const heldFormat: z.ZodType<HeldLanding> = z.object({
  run: textFormat,
  agent: textFormat,
  ask: askFormat,
  reported: z.boolean(),
  verdicts: verdictsFormat,
  scratch: z.number(),
  scratchIn: textsFormat.default([]),
  commit: optionalText,
  allowedFiles: textsFormat,
  mail: z.array(mailSchema.extend({ text: textFormat })),
  behind: textFormat.optional(),
  dropped: textsFormat.optional(),
  stateOut: stateFilesFormat,
  summary: textFormat,
  printed: textFormat.default(''),
  complaint: textFormat.default(''),
  limit: optionalText.default(null),
  unreached: textsFormat,
  spent: spentFormat,
  base: z.object({ repo: textFormat, branch: textFormat, commit: textFormat, from: textFormat.optional() }).nullable(),
  candidate: optionalText,
  order: textFormat,
  card: textFormat,
  needs: z.array(
    z.discriminatedUnion('on', [
      z.object({ on: z.literal('review'), by: textFormat }),
      z.object({ on: z.literal('approval'), why: textFormat, red: z.literal(true).optional() }),
    ]),
  ),
  red: z
    .object({ branch: textFormat, tip: textFormat, why: textFormat, words: z.number(), again: z.number().optional() })
    .optional(),
});

const reportFormat: z.ZodType<ReportParts> = z.object({
  id: textFormat,
  role: textFormat,
  from: textFormat,
  title: textFormat,
  outcome: outcomeSchema,
  note: textFormat,
  summary: textFormat,
  branch: optionalText,
  printed: textFormat.default(''),
  complaint: textFormat,
  commits: textsFormat,
  landed: textsFormat,
  sent: textsFormat,
  refused: z.array(z.object({ path: textFormat, sentence: textFormat, deed: textFormat.optional() })),
  scratch: textsFormat,
  checks: checksFormat,
  left: textsFormat,
  kept: textsFormat,
  unreached: textsFormat,
  missing: textsFormat,
  limit: optionalText,
  verdict: verdictSchema.nullable(),
  spent: spentFormat,
  by: optionalText,
});

const waitingFormat: z.ZodType<Waiting> = z.object({
  on: waitSchema,
  what: textFormat,
  form: z
    .object({
      title: textFormat,
      text: textFormat,
      hints: textsFormat,
      orders: z.array(z.object({ title: textFormat, lines: textsFormat })).optional(),
    })
    .optional(),
  held: z.object({ run: textFormat, commit: optionalText, repo: optionalText }).optional(),
  red: z.object({ repo: textFormat, branch: textFormat, tip: textFormat, again: z.number().optional() }).optional(),
  review: z.object({ id: textFormat, role: textFormat }).optional(),
  told: textsFormat.optional(),
  pr: z.object({ repo: textFormat, branch: textFormat, base: textFormat, ending: reportFormat }).optional(),
});

const schemas: { readonly [Name in keyof Formats]: z.ZodType<Formats[Name]> } = {
  'run.json': z.object({ run: textFormat, group: z.number(), room: textFormat, base: optionalText }),
  'verdicts.json': z.object({
    run: textFormat,
    base: optionalText,
    commit: optionalText,
    scratch: z.number().default(0),
    verdicts: verdictsFormat,
  }),
  'checks.json': z.object({ run: textFormat, commit: textFormat, results: checksFormat }),
  'state.json': z.object({ files: stateFilesFormat }),
  'held.json': heldFormat,
  'waiting.json': waitingFormat,
};

/** The result of reading a file's text: its value, or why it isn't valid. */
export type Reading<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  /** It is no JSON, or doesn't match its format. */
  | { readonly kind: 'damaged'; readonly reason: string }
  /** A later fourline wrote it. */
  | { readonly kind: 'newer'; readonly version: number };

/** Reads the text of a file of a record. */
export function parseStored<Name extends keyof Formats>(name: Name, text: string): Reading<Formats[Name]> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return { kind: 'damaged', reason: `it is not JSON (${error instanceof Error ? error.message : ''})` };
  }
  const version = typeof raw === 'object' && raw !== null && 'v' in raw ? raw.v : undefined;
  if (typeof version === 'number' && version > formatVersion) return { kind: 'newer', version };
  if (version !== undefined && version !== formatVersion)
    return { kind: 'damaged', reason: `its version is ${JSON.stringify(version)}` };
  // In 0.1 state.json held the bare list.
  const whole = name === 'state.json' && version === undefined && Array.isArray(raw) ? { files: raw } : raw;
  const reading = schemas[name].safeParse(whole);
  if (reading.success) return { kind: 'value', value: reading.data };
  const [issue] = reading.error.issues;
  return { kind: 'damaged', reason: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? ''}` };
}

/** The text of a file of a record. */
export function printStored<Name extends keyof Formats>(_name: Name, value: Formats[Name]): string {
  return `${JSON.stringify({ v: formatVersion, ...value }, null, 1)}\n`;
}
