// Why: the first step. From here on the order is fourline's until it is settled or handed back.
// Promises: the card is frozen by its digest; the order that counts is the one that was renamed, read after the rename.
// Never: starts anything.
import { admitOrder } from '../delegation/admission.ts';
import { nothingLies, resolveAfter } from '../delegation/bonds.ts';
import { handedFields } from '../delegation/family.ts';
import { freezeRefs } from '../delegation/refs.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder } from '../order/order.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import type { HeldLanding } from '../record/format.ts';
import { claimOrder, returnOrder, takeMail } from '../record/inbox.ts';
import { activeFolder, givenFile, recordFile } from '../record/path.ts';
import { readStored } from '../record/stored.ts';
import type { Claimed } from '../record/work.ts';
import { keepCard } from '../role/roles.ts';
import { needLeft } from '../waiting/hold.ts';
import { writeNote } from '../waiting/move-on.ts';
import { takeForms } from '../waiting/park.ts';
import { clearBranch } from '../waiting/settle.ts';
import { reportsToTake } from '../waiting/wake.ts';
import { sayStep, type Workspace } from '../workspace/workspace.ts';

/** Claims a posted order; null when it is no longer there or no longer good (it then stays in its inbox, and the next look answers). */
export async function claim(workspace: Workspace, ledger: Ledger, id: string, role: string): Promise<Claimed | null> {
  const { places } = workspace;
  const standing = ledger.history.orders.get(id);
  if (standing === undefined) return null;
  // A landing that waited and can't be read is said before the order moves: it stays posted until that is mended.
  const held = standing.pause.held === null ? null : await readStored(activeFolder(places, id), 'held.json');
  // What it waited for is over, whoever put it back into an inbox.
  await removeFile(recordFile(activeFolder(places, id), 'waiting.json'));
  await takeForms(places, id);
  const folder = await claimOrder(places, role, id);
  crashPoint('claim.moved');
  const file = await readPlain(recordFile(folder, 'order.md'));
  const reading = file.kind === 'text' ? parseOrder(file.text, true) : null;
  const admission =
    reading?.ok === true
      ? await admitOrder(workspace, ledger.history, {
          id,
          role,
          order: reading.order,
          file: 'order',
          after: resolveAfter(ledger.history, reading.order.settings.after, nothingLies, standing),
          parent: standing.bonds.parent,
          reviews: standing.bonds.reviews,
        })
      : null;
  if (file.kind !== 'text' || reading?.ok !== true || admission?.ok !== true) {
    await returnOrder(places, role, id);
    return null;
  }
  if ((await freezeRefs(workspace, ledger.history, standing, admission.refs)) !== null) {
    await returnOrder(places, role, id);
    return null;
  }
  const resumes = await isApproved(workspace, standing, held, {
    card: admission.card.digest,
    order: digestOf(file.text),
  });
  const attempt = standing.tries.attempt + (resumes ? 0 : 1);
  await writeDurable(givenFile(folder, attempt), file.text);
  await keepCard(places, workspace.cards.get(role) ?? admission.card);
  if (!resumes) await clearBranch(workspace, ledger, id);
  if (!resumes) await removeFile(recordFile(folder, 'held.json'));
  crashPoint('claim.kept');
  await takeMail(places, role, id, await reportsToTake(workspace, ledger.history, id, role));
  crashPoint('claim.mailed');
  await ledger.record({
    step: 'claimed',
    order: id,
    role,
    attempt,
    card: admission.card.digest,
    boundary: admission.boundary.lines.length,
    title: reading.order.objective.text,
    files: [...admission.files],
    ...(admission.branch === null || standing.bonds.reviews !== null ? {} : { branch: admission.branch }),
    ...handedFields(admission, standing.asked),
    digest: digestOf(file.text),
    ...(resumes ? { resumes } : {}),
  });
  crashPoint('claim.recorded');
  const last = standing.tries.spent + 1 >= admission.card.role.limits.attempts;
  return {
    id,
    role,
    from: standing.asked.from,
    attempt,
    last,
    handOvers: standing.tries.handOvers,
    order: reading.order,
    text: file.text,
    card: admission.card,
    admitted: admission,
    folder,
    reviews: standing.bonds.reviews,
    resumes,
  };
}

// An approval is of what was judged, by that card and that order: where either was edited since, the order is run again, with its work in its room.
async function isApproved(
  workspace: Workspace,
  standing: Standing,
  held: HeldLanding | null,
  { card, order }: Pick<HeldLanding, 'card' | 'order'>,
): Promise<boolean> {
  if (held === null || held.run !== standing.pause.held?.run) return false;
  const left = needLeft(held, standing);
  // Only its branch was red: its checks are run again.
  if (left !== null && !(left.on === 'approval' && left.red === true)) return false;
  if (held.card === card && held.order === order) return true;
  const what = held.card === card ? 'the order' : 'your card';
  const words = `approved, but ${held.card === card ? what : 'the card'} was edited since: it is run again`;
  sayStep(workspace, standing.role, standing.id, 'edited', words, 'bad');
  const title = `What you did was approved, but ${what} was edited since; it is to be judged again:`;
  await writeNote(
    { folder: activeFolder(workspace.places, standing.id), attempt: standing.tries.attempt },
    'edited',
    title,
    'Look at what has changed, then finish.',
  );
  return false;
}
