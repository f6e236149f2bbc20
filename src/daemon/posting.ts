// Why: a file that can be taken becomes a posted order: its name carries its id, and the journal has its line.
// Promises: first the rename in the inbox, then the line, then what is said of it; all of it can be done again.
// Never: asks whether the file can be taken; drop.ts does.
import { bondsOf } from '../delegation/bonds.ts';
import { tellDoubts } from '../delegation/doubts.ts';
import { handDown, handedFields } from '../delegation/family.ts';
import type { Step } from '../ledger/entry.ts';
import type { History } from '../ledger/history.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { isId, makeId } from '../order/identity.ts';
import type { Found } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { nextNumber } from '../platform/files/lock.ts';
import { onBranch } from '../platform/text/text.ts';
import { stampFile } from '../record/inbox.ts';
import { forgetWhole } from '../record/post.ts';
import type { Admitted } from '../record/work.ts';
import { tellBoundary } from '../role/boundary.ts';
import type { Session } from '../workspace/workspace.ts';
import { senderOf } from './arrival.ts';

/**
 * A file in a role's inbox that can be taken. `known` is the order of its name, if it exists; `after` are the ids it
 * waits for; `written` is the time at which the file came to its place.
 */
export type GoodFile = {
  readonly found: Extract<Found, { kind: 'ready' }>;
  readonly role: string;
  readonly known: Standing | undefined;
  readonly parent: string | null;
  readonly after: readonly string[];
  readonly written: Date;
  readonly admitted: Admitted;
};

/**
 * True when a file is not on record as it lies: it is new, it was moved to another role's inbox, or it had not been
 * taken meanwhile.
 */
export function needsPosting({ known, role }: Pick<GoodFile, 'known' | 'role'>): boolean {
  return known === undefined || known.role !== role || known.pause.untaken !== null;
}

/** Posts an order. Gives its id; throws what renaming the file or writing the journal throws. */
export async function postFile(session: Session, file: GoodFile): Promise<string> {
  const { workspace, ledger } = session;
  const { found, role, admitted } = file;
  const id = isId(found.stem)
    ? found.stem
    : makeId(nextNumber(workspace.places.session.numbers, ledger.history.number), found.stem);
  await stampFile(found.path, id);
  crashPoint('post.stamped');
  await ledger.record(postedStep(ledger, id, file));
  crashPoint('post.recorded');
  await forgetWhole(workspace.places, id);
  workspace.tell({
    kind: 'accepted',
    role,
    order: id,
    detail: `${tellBoundary(admitted.boundary)}${onBranch(admitted.branch)}`,
  });
  // `fourline order` gives an id, and has said it already.
  const doubts = { list: [...found.order.warnings, ...admitted.doubts], text: found.text, mail: !isId(found.stem) };
  await tellDoubts(workspace, role, id, doubts);
  return id;
}

function postedStep(ledger: Ledger, id: string, { found, role, known, parent, after, ...file }: GoodFile): Step {
  const { history } = ledger;
  const { order } = found;
  const { repo, files } = file.admitted;
  const written = file.written.toISOString();
  return {
    step: 'posted',
    order: id,
    role,
    from: known?.asked.from ?? senderOf(ledger, found),
    ...(parent === null ? {} : { parent }),
    title: order.objective.text,
    repo,
    files: [...files],
    ...handedFields(handDown(history, { id, parent, order, repo })),
    digest: found.digest,
    ...(known?.bonds.reviews == null ? {} : { reviews: known.bonds.reviews }),
    ...bondsOf(history, order, { role, repo }, after),
    ...(known === undefined && precedesRejection(history, written) ? { written } : {}),
  };
}

// When a file was written is said only where it matters: it lay there before something was rejected.
function precedesRejection({ rejected, orders }: History, written: string): boolean {
  return [...rejected].some((id) => (orders.get(id)?.changedAt ?? '') > written);
}
