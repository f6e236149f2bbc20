// Why: a person who removes, moves or edits a claimed order's file has the last word. The run was for something that
// nobody wants any more.
// Promises: nothing of the run lands, and no attempt is spent. A removed order is withdrawn, a moved order belongs to
// that role, and an edited order is done again as it now stands. The run's work is kept for the next run of the same
// role, else as a patch.
// Never: asks what became of the file; order-file.ts does.
import type { Outcome } from '../ledger/entry.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { firstLine } from '../platform/text/text.ts';
import { keepForItself, keepForNobody } from '../record/kept-work.ts';
import { recordBack } from '../record/move.ts';
import type { Stray } from '../record/order-file.ts';
import { reportOf } from '../record/report.ts';
import type { Parcel } from '../record/work.ts';
import { clearBranch, handBack, keptOf, settle } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';

/**
 * An order that has been claimed this often goes on no more without an attempt being spent: something moves or edits it
 * each time it runs.
 */
const mostClaims = 100;

/**
 * Ends a judged run whose order's file is not what was claimed. Answers with the outcome where the order has ended,
 * null where it goes on.
 */
export async function giveWay(session: Session, parcel: Parcel, stray: Stray): Promise<Outcome | null> {
  const { workspace, ledger } = session;
  const { id, role } = parcel;
  const kind = stray.kind === 'gone' || parcel.attempt < mostClaims ? stray.kind : 'again and again';
  switch (kind) {
    case 'again and again':
    case 'gone': {
      const what = kind === 'gone' ? 'taken out of state/active while it ran' : `${stray.kind} in run after run`;
      const note = kind === 'gone' ? `withdrawn: its file was ${what}` : `its file was ${what}`;
      const limit = kind === 'gone' ? null : 'attempts';
      const parts = { ...reportOf(parcel), outcome: 'halted' as const, note, limit };
      await settle(session, { ...parts, kept: await keptOf(parcel, false) }, parcel.base?.target.mirror ?? null);
      return 'halted';
    }
    case 'edited': {
      const reason = 'the order was edited while it ran';
      workspace.tell({
        kind: 'edited',
        role,
        order: id,
        detail: `nothing lands by what it said before: order-${parcel.attempt}.md`,
        weight: 'bad',
      });
      await handBack(session, parcel, {
        reason,
        feedback: `${reason}: read it anew. What you had done by its earlier text is in your room; nothing of it landed.`,
        work: parcel.commit,
        spent: false,
      });
      return null;
    }
    case 'moved': {
      const to = stray.kind === 'moved' ? stray.role : role;
      if (to === role) await keepForItself(parcel);
      else await keepForNobody(parcel);
      crashPoint('return.kept');
      if (parcel.approved) await clearBranch(session, id);
      const reason = `its file was moved to inbox/${to} while it ran`;
      await recordBack(ledger, { step: 'returned', order: id, role, reason, spent: false });
      crashPoint('return.recorded');
      workspace.tell({ kind: 'moved', role, order: id, detail: firstLine(reason, 160), weight: 'bad' });
      return null;
    }
  }
}
