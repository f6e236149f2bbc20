// Why: the first step. From here on the order is fourline's until it is settled or handed back.
// Promises: the card is frozen by its digest; the order that counts is the one that was renamed, read after the rename.
// Never: starts anything.
import { admitOrder } from '../delegation/admission.ts';
import { nothingLies, resolveAfter } from '../delegation/bonds.ts';
import { handedFields } from '../delegation/family.ts';
import { freezeRefs } from '../delegation/refs.ts';
import type { Step } from '../ledger/entry.ts';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder } from '../order/order.ts';
import { digestOf } from '../order/scan.ts';
import type { Places } from '../places.ts';
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
import type { Session, Workspace } from '../workspace/workspace.ts';

/**
 * Claims a posted order; null when it is no longer there or no longer good (it then stays in its inbox, and the next
 * look answers).
 */
export async function claim(session: Session, id: string, role: string): Promise<Claimed | null> {
  const { workspace, ledger } = session;
  const { places } = workspace;
  const standing = ledger.history.orders.get(id);
  if (standing === undefined) return null;
  // A landing that waited and can't be read is said before the order moves: it stays posted until that is mended.
  const held = standing.pause.held === null ? null : await readStored(activeFolder(places, id), 'held.json');
  await endWaiting(places, id);
  const folder = await claimOrder(places, role, id);
  crashPoint('claim.moved');
  const found = await readClaimed(session, standing, { role, folder });
  if (found === null) {
    await returnOrder(places, role, id);
    return null;
  }
  const resumes = await isApproved(workspace, standing, held, {
    card: found.card.digest,
    order: digestOf(found.text),
  });
  const attempt = standing.tries.attempt + (resumes ? 0 : 1);
  const last = standing.tries.spent + 1 >= found.card.role.limits.attempts;
  const { from } = standing.asked;
  const { handOvers } = standing.tries;
  const { reviews } = standing.bonds;
  const claimed = { id, role, from, attempt, last, handOvers, ...found, folder, reviews, resumes };
  await keepClaimed(session, claimed);
  crashPoint('claim.kept');
  await takeMail(places, role, id, await reportsToTake(workspace, ledger.history, id, role));
  crashPoint('claim.mailed');
  await ledger.record(claimedStep(claimed, standing));
  crashPoint('claim.recorded');
  return claimed;
}

// Ends the order's wait, whoever put the order back into an inbox.
async function endWaiting(places: Places, id: string): Promise<void> {
  await removeFile(recordFile(activeFolder(places, id), 'waiting.json'));
  await takeForms(places, id);
}

// Reads the renamed order and asks once more whether it can be taken. Freezes the files that are handed down with it.
// Null when it is no longer good.
async function readClaimed(
  session: Session,
  standing: Standing,
  { role, folder }: Pick<Claimed, 'role' | 'folder'>,
): Promise<Pick<Claimed, 'order' | 'text' | 'card' | 'admitted'> | null> {
  const { workspace, ledger } = session;
  const { history } = ledger;
  const file = await readPlain(recordFile(folder, 'order.md'));
  const reading = file.kind === 'text' ? parseOrder(file.text, true) : null;
  if (file.kind !== 'text' || reading?.ok !== true) return null;
  const { order } = reading;
  const admitted = await admitOrder(workspace, history, {
    id: standing.id,
    role,
    order,
    file: 'order',
    after: resolveAfter(history, order.settings.after, nothingLies, standing),
    parent: standing.bonds.parent,
    reviews: standing.bonds.reviews,
  });
  if (!admitted.ok || (await freezeRefs(workspace, history, standing, admitted.refs)) !== null) return null;
  return { order, text: file.text, card: admitted.card, admitted };
}

// Keeps the order and the card that this attempt goes by. Removes what an earlier landing left, unless that landing is
// approved.
async function keepClaimed(session: Session, claimed: Claimed): Promise<void> {
  const { workspace } = session;
  const { id, role, folder } = claimed;
  await writeDurable(givenFile(folder, claimed.attempt), claimed.text);
  await keepCard(workspace.places, workspace.cards.get(role) ?? claimed.card);
  if (claimed.resumes) return;
  await clearBranch(session, id);
  await removeFile(recordFile(folder, 'held.json'));
}

function claimedStep({ admitted, ...claimed }: Claimed, standing: Standing): Step {
  return {
    step: 'claimed',
    order: claimed.id,
    role: claimed.role,
    attempt: claimed.attempt,
    card: claimed.card.digest,
    boundary: admitted.boundary.lines.length,
    title: claimed.order.objective.text,
    files: [...admitted.files],
    ...(admitted.branch === null || claimed.reviews !== null ? {} : { branch: admitted.branch }),
    ...handedFields(admitted, standing.asked),
    digest: digestOf(claimed.text),
    ...(claimed.resumes ? { resumes: true } : {}),
  };
}

// An approval is of what was judged, by that card and that order: where either was edited since, the order is run
// again, with its work in its room.
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
  workspace.tell({ kind: 'edited', role: standing.role, order: standing.id, detail: words, weight: 'bad' });
  const title = `What you did was approved, but ${what} was edited since; it is to be judged again:`;
  await writeNote(
    { folder: activeFolder(workspace.places, standing.id), attempt: standing.tries.attempt },
    'edited',
    title,
    'Look at what has changed, then finish.',
  );
  return false;
}
