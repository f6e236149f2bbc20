// Why: a person sees that what landed was wrong, and takes it back with one command, whoever works there meanwhile.
// Promises: works with and without a running daemon; answers when the undo has ended, with what it took back, or with
// why nothing changed.
// Never: changes anything itself; the session's holder does.
import { setTimeout as pause } from 'node:timers/promises';
import { openSession } from '../daemon/session.ts';
import { isUndoAsked, requestUndo, takeUndos } from '../daemon/undos.ts';
import type { UndoRequest } from '../journey/undo.ts';
import { sentBy, undoHindrance } from '../journey/undoable.ts';
import type { Outcome } from '../ledger/entry.ts';
import type { Standing } from '../ledger/standing.ts';
import { makeId } from '../order/identity.ts';
import { placesOf } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { nextNumber } from '../platform/files/lock.ts';
import { Fault } from '../platform/text/fault.ts';
import { whereaboutsOf } from '../record/inbox.ts';
import { isHeld } from '../workspace/holder.ts';
import { findOrder, type Look } from '../workspace/look.ts';
import { readRecord, readVerdicts } from './record-files.ts';
import { type Site, withLook } from './site.ts';

/** How an undo ended. `undo` is its own id, which can be shown and undone like any order's. */
export type Undone = {
  /** `undone`; `proposed`: it waits for its pull request; `unchanged`: nothing was changed, and `note` says why. */
  readonly did: 'undone' | 'proposed' | 'unchanged';
  readonly id: string;
  readonly undo: string;
  /** Null while it waits for its pull request. */
  readonly outcome: Outcome | null;
  readonly note: string;
  /** Where it landed; null where it changed state files alone, or nothing. */
  readonly landed: { readonly repo: string; readonly branch: string; readonly commit: string } | null;
  /** The paths that it took back, in workspace terms. */
  readonly files: readonly string[];
  /** The parts of work trees that could not follow, in words. */
  readonly left: readonly string[];
  /** The orders that the undone one had sent; they are not taken back. */
  readonly sent: readonly { readonly id: string; readonly role: string; readonly state: string }[];
};

/** Milliseconds between two looks whether the undo has ended. */
const undoPause = 100;

/**
 * Takes back what an order landed, and waits until that has ended. Throws Fault `order-open`, `order-not-landed`,
 * `order-undone`, `order-unknown`, `order-ambiguous`, `undo-lost`.
 */
export async function undo(site: Site, prefix: string): Promise<Undone> {
  const request = await withLook(site, (look) => planUndo(look, prefix));
  const places = placesOf(site.root, '', '');
  await requestUndo(places, request);
  crashPoint('undo.asked');
  for (;;) {
    if (!(await isHeld(places))) await carryUndos(site);
    const lies = await whereaboutsOf(places, request.id);
    const ended = lies.kind === 'archive' || (lies.kind === 'active' && lies.waits);
    const told = ended ? await withLook(site, (look) => tellUndo(look, request)) : null;
    if (told !== null) return told;
    if (lies.kind === 'nowhere' && !(await isUndoAsked(places, request.id)))
      throw new Fault('undo-lost', `the request to undo ${request.undoes} was removed before it was carried out`, {
        hint: `fourline undo ${request.undoes}`,
      });
    await pause(undoPause);
  }
}

function planUndo({ workspace, history, steps }: Look, prefix: string): UndoRequest {
  const undoes = findOrder(history, prefix);
  const standing = history.orders.get(undoes);
  const hindrance = standing === undefined ? null : undoHindrance(history, { standing, steps: steps.of(undoes) });
  if (hindrance !== null) throw new Fault(hindrance.code, hindrance.reason, { hint: hindrance.hint });
  const number = nextNumber(workspace.places.session.numbers, history.number);
  return { id: makeId(number, `undo-${undoes.replace(/^(\d+)-(?:undo-)*/, '')}`), undoes };
}

// Nobody works there: this process takes the session, unless another one just did.
async function carryUndos({ root, tell, host }: Site): Promise<void> {
  const session = await openSession(root, tell, host);
  if (session === null) return;
  try {
    await takeUndos(session, () => new AbortController().signal);
  } finally {
    await session.close();
  }
}

// Null while the journal does not say yet how it ended.
async function tellUndo({ workspace, history }: Look, { id, undoes }: UndoRequest): Promise<Undone | null> {
  const standing = history.orders.get(id);
  if (standing?.position !== 'settled' && standing?.position !== 'parked') return null;
  const { outcome } = standing.end;
  const did = standing.position === 'parked' ? 'proposed' : outcome === 'done' ? 'undone' : 'unchanged';
  const last = standing.landing.landed.at(-1);
  const verdicts = did === 'unchanged' ? null : await readVerdicts(workspace.places, standing);
  return {
    did,
    id: undoes,
    undo: id,
    outcome,
    note: did === 'unchanged' ? await undoNote(workspace.places, standing) : '',
    landed: last === undefined ? null : { repo: last.repo, branch: last.branch, commit: last.commit },
    files: (verdicts?.verdicts ?? []).map((one) => one.path),
    left: last?.left ?? [],
    sent: sentBy(history, undoes).map((one) => ({
      id: one.id,
      role: one.role,
      state: one.end.outcome ?? one.position,
    })),
  };
}

// The journal has the first line of it; the report has all.
async function undoNote(places: Look['workspace']['places'], standing: Standing): Promise<string> {
  const report = (await readRecord(places, standing, 'report.md')) ?? '';
  const quoted = report.split('\n').filter((line) => /^>(?: |$)/.test(line));
  return quoted.length === 0 ? standing.end.note : quoted.map((line) => line.slice(2)).join('\n');
}
