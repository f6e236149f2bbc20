// Why: what a landing rests on is spread over the journal; here its lines are put together.
// Promises: pure; each landing, and each order that was settled as done with an intent, becomes one delivery with the
// lines that led to it.
// Never: says whether they fit; a line that is missing is null.
import type { Pin } from '../gate/contract.ts';
import type { Entry } from '../ledger/entry.ts';
import { waitKinds } from '../ledger/waits.ts';

type Of<Step extends Entry['step']> = Extract<Entry, { step: Step }>;

/** The journal's lines that led to a delivery; null where one is missing. */
type DeliveryLines = {
  readonly claimed: Of<'claimed'> | null;
  readonly opened: Of<'opened'> | null;
  readonly judged: Of<'judged'> | null;
  readonly intended: Of<'intended'> | null;
  readonly intendedIndex: number;
  readonly landed: Of<'landed'> | null;
};

/**
 * The delivery of one run, with the journal's lines about it. `index` counts readable lines; it is the index of the
 * line that says that the run delivered.
 */
export type Delivery = DeliveryLines & {
  readonly index: number;
  readonly at: string;
  readonly order: string;
  readonly role: string;
  /** False when no line before the claim says that its card came into force. */
  readonly cardKnown: boolean;
  readonly parent: string | null;
  /** The order that it takes back, if it is an undo: then no card was in force. */
  readonly undoes: string | null;
  /** The parent's Files when the order was claimed; null without a parent. */
  readonly parentFiles: readonly string[] | null;
  /** The files that were pinned for the order, and for its parent, when the order was claimed. */
  readonly contract: readonly Pin[];
  readonly parentContract: readonly Pin[];
};

type TrailDraft = {
  role: string;
  parent: string | null;
  undoes: string | null;
  files: readonly string[];
  parentFiles: readonly string[] | null;
  contract: readonly Pin[];
  parentContract: readonly Pin[];
  cardKnown: boolean;
  claimed: Of<'claimed'> | null;
  opened: Of<'opened'> | null;
  judged: Of<'judged'> | null;
  intended: Of<'intended'> | null;
  intendedIndex: number;
};

const noLines = { claimed: null, opened: null, judged: null, intended: null, intendedIndex: -1 };

/** Puts together what was delivered, in the order of the journal. */
export function followTrail(entries: readonly Entry[]): Delivery[] {
  const drafts = new Map<string, TrailDraft>();
  const cards = new Set<string>();
  const out: Delivery[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entry.step === 'amended' && (entry.what === 'added' || entry.what === 'edited'))
      cards.add(`${entry.role} ${entry.digest}`);
    if (!('order' in entry) || entry.step === 'refused' || entry.step === 'signalled') continue;
    const draft = drafts.get(entry.order) ?? beginDraft(entry.role);
    drafts.set(entry.order, draft);
    if (entry.step === 'claimed') claimDraft(draft, entry, drafts.get(draft.parent ?? ''), cards);
    else noteLine(draft, entry, index);
    if (!delivers(entry, draft.intended)) continue;
    const { files: _, ...lines } = draft;
    const landed = entry.step === 'landed' ? entry : null;
    out.push({ ...lines, role: entry.role, order: entry.order, index, at: entry.at, landed });
    draft.intended = null;
  }
  return out;
}

function beginDraft(role: string): TrailDraft {
  const pins = { contract: [], parentContract: [] };
  return { role, parent: null, undoes: null, files: [], parentFiles: null, cardKnown: false, ...pins, ...noLines };
}

function claimDraft(
  draft: TrailDraft,
  entry: Of<'claimed'>,
  parent: TrailDraft | undefined,
  cards: ReadonlySet<string>,
): void {
  Object.assign(draft, {
    ...(entry.resumes === true ? { intended: null, intendedIndex: -1 } : noLines),
    claimed: entry,
    files: entry.files ?? draft.files,
    contract: entry.contract ?? draft.contract,
    parentContract: parent?.contract ?? [],
    parentFiles: draft.parent === null ? null : (parent?.files ?? []),
    cardKnown: cards.has(`${entry.role} ${entry.card}`),
  });
}

// Lines that say something of a delivery to come; the others change nothing of it.
function noteLine(draft: TrailDraft, entry: Entry, index: number): void {
  if (entry.step === 'posted')
    Object.assign(draft, {
      parent: entry.parent ?? null,
      undoes: entry.undoes ?? null,
      files: entry.files,
      contract: entry.contract ?? [],
      ...noLines,
    });
  if (entry.step === 'opened') draft.opened = entry;
  if (entry.step === 'judged') draft.judged = entry;
  if (entry.step === 'intended') Object.assign(draft, { intended: entry, intendedIndex: index });
  if (entry.step === 'returned') draft.intended = null;
}

// True when a line says that something was delivered.
function delivers(entry: Entry, intended: Of<'intended'> | null): boolean {
  if (entry.step === 'landed') return true;
  if (intended === null) return false;
  if (entry.step === 'settled') return entry.outcome === 'done';
  // A run that only sent orders has delivered, and its order goes on.
  return entry.step === 'parked' && (waitKinds[entry.on].rests || intended.behind !== undefined);
}
