// Why: what a landing rests on is spread over the journal; here its lines are put together.
// Promises: pure; each landing, and each order that was settled as done with an intent, becomes one delivery with the lines that led to it.
// Never: says whether they fit; a line that is missing is null.
import type { Pin } from '../gate/contract.ts';
import type { Entry, Wait } from '../ledger/entry.ts';

type Of<Step extends Entry['step']> = Extract<Entry, { step: Step }>;

/** What one run delivered, with the journal's lines about it. `index` counts readable lines; it is that of the line that says it was delivered. */
export type Delivery = {
  readonly index: number;
  readonly at: string;
  readonly order: string;
  readonly role: string;
  readonly claimed: Of<'claimed'> | null;
  readonly opened: Of<'opened'> | null;
  readonly judged: Of<'judged'> | null;
  readonly intended: Of<'intended'> | null;
  readonly intendedIndex: number;
  readonly landed: Of<'landed'> | null;
  /** False when no line before the claim says that its card came into force. */
  readonly cardKnown: boolean;
  readonly parent: string | null;
  /** The parent's Files when the order was claimed; null when it has none. */
  readonly parentFiles: readonly string[] | null;
  /** What was pinned for it when it was claimed, and for its parent then. */
  readonly contract: readonly Pin[];
  readonly parentContract: readonly Pin[];
};

type TrailDraft = {
  role: string;
  parent: string | null;
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

/** What an order waits for that has delivered and may go on. */
const goesOn: readonly Wait[] = ['children', 'pr'];

/** Puts together what was delivered, in the order of the journal. */
export function followTrail(entries: readonly Entry[]): Delivery[] {
  const drafts = new Map<string, TrailDraft>();
  const cards = new Set<string>();
  const out: Delivery[] = [];
  const none = { claimed: null, opened: null, judged: null, intended: null, intendedIndex: -1 };
  const draftOf = (order: string, role: string): TrailDraft => {
    const pins = { contract: [], parentContract: [] };
    const blank = { role, parent: null, files: [], parentFiles: null, cardKnown: false, ...pins, ...none };
    const draft = drafts.get(order) ?? blank;
    drafts.set(order, draft);
    return draft;
  };
  for (const [index, entry] of entries.entries()) {
    if (entry.step === 'amended' && (entry.what === 'added' || entry.what === 'edited'))
      cards.add(`${entry.role} ${entry.digest}`);
    if (!('order' in entry) || entry.step === 'refused' || entry.step === 'signalled') continue;
    const draft = draftOf(entry.order, entry.role);
    const deliver = (landed: Of<'landed'> | null): void => {
      const { files: _, ...lines } = draft;
      out.push({ ...lines, role: entry.role, order: entry.order, index, at: entry.at, landed });
      draft.intended = null;
    };
    switch (entry.step) {
      case 'posted':
        Object.assign(draft, {
          parent: entry.parent ?? null,
          files: entry.files,
          contract: entry.contract ?? [],
          ...none,
        });
        break;
      case 'claimed':
        Object.assign(draft, {
          ...(entry.resumes === true ? { intended: null, intendedIndex: -1 } : none),
          claimed: entry,
          files: entry.files ?? draft.files,
          contract: entry.contract ?? draft.contract,
          parentContract: drafts.get(draft.parent ?? '')?.contract ?? [],
          parentFiles: draft.parent === null ? null : (drafts.get(draft.parent)?.files ?? []),
          cardKnown: cards.has(`${entry.role} ${entry.card}`),
        });
        break;
      case 'opened':
        draft.opened = entry;
        break;
      case 'judged':
        draft.judged = entry;
        break;
      case 'intended':
        Object.assign(draft, { intended: entry, intendedIndex: index });
        break;
      case 'returned':
        draft.intended = null;
        break;
      case 'landed':
        deliver(entry);
        break;
      case 'settled':
        if (draft.intended !== null && entry.outcome === 'done') deliver(null);
        break;
      case 'parked':
        // A run that only sent orders has delivered, and its order goes on.
        if (draft.intended !== null && (goesOn.includes(entry.on) || draft.intended.behind !== undefined))
          deliver(null);
        break;
      case 'ran':
      case 'checked':
      case 'stated':
      case 'routed':
      case 'released':
      case 'decided':
      case 'answered':
      case 'flagged':
      case 'pushed':
      case 'proposed':
        break;
    }
  }
  return out;
}
