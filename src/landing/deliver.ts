// Why: the steps of a landing after its branch has moved: the work tree follows, its cost is noted, state files land,
// mail goes out.
// Promises: every step can be done again and then changes nothing. A file that is not what it was is left and named.
// Never: moves a branch.

import { noteSpent } from '../commit/note.ts';
import { bondsOf } from '../delegation/bonds.ts';
import { tellFamily } from '../delegation/contracts.ts';
import { handDown, handedFields } from '../delegation/family.ts';
import type { Entry } from '../ledger/entry.ts';
import { parseOrder, stampedDate } from '../order/order.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { readPlain } from '../platform/files/files.ts';
import { committerOf } from '../platform/git/identity.ts';
import type { Target } from '../platform/git/target.ts';
import { diffTrees } from '../platform/git/tree.ts';
import { ownWords } from '../platform/text/fault.ts';
import { sendOrder } from '../record/move.ts';
import { letterFile } from '../record/path.ts';
import { workspaceGlob } from '../role/boundary.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import { noteBehind } from './behind.ts';
import { deliverState } from './decide-state.ts';
import { notePush } from './push.ts';
import { bringForward, type WorktreeFollowed } from './worktree.ts';

/**
 * Does what an intent promises once the branch has moved: work tree, journal line, mail, state. Every step can be done
 * again. `landed` is the landed commit as the branch holds it. Returns what it left as it was.
 */
export async function completeLanding(
  session: Session,
  intent: Extract<Entry, { step: 'intended' }>,
  landed: string | null,
  folder: string,
  target: Target | null,
): Promise<string[]> {
  const left: string[] = [];
  if (landed !== null && intent.from !== null && target !== null && intent.branch !== null)
    left.push(...(await bring(session, intent, intent.branch, intent.from, landed, target)));
  crashPoint('land.recorded');
  if (landed !== null && target !== null) await noteCost(session, intent, landed, target);
  crashPoint('land.noted');
  await tellFamily(session, { intent, commit: landed, folder, target });
  left.push(...(await deliverState(session, intent, folder)));
  for (const letter of intent.mail) {
    await deliver(session, intent, folder, letter).catch((error: unknown) =>
      left.push(`order ${letter.id} to ${letter.role} (${ownWords(error)}); it is in its record's outbox`),
    );
  }
  return left;
}

// Once only: after the landing is on record, people's changes to their files are theirs, even if they restore the old
// version.
async function bring(
  session: Session,
  intent: Extract<Entry, { step: 'intended' }>,
  branch: string,
  from: string,
  commit: string,
  target: Target,
): Promise<readonly string[]> {
  const { workspace, ledger } = session;
  const known = ledger.history.orders.get(intent.order)?.landing.landed.find((one) => one.commit === commit);
  if (known !== undefined) return known.left;
  // If somebody made the commit anew, it came with that person's own work tree.
  const { files, left } =
    commit === intent.commit ? await follow(workspace, target, branch, from, commit) : { files: 0, left: [] };
  crashPoint('land.followed');
  const { order, run, role } = intent;
  await notePush(workspace, target.name, { branch, commit, order, role });
  await ledger.record({ step: 'landed', order, run, role, repo: target.name, branch, commit, files, left: [...left] });
  return left;
}

// Brings the work trees forward; it notes those that cannot follow yet, so that they follow later.
async function follow(
  workspace: Workspace,
  target: Target,
  branch: string,
  from: string,
  commit: string,
): Promise<WorktreeFollowed> {
  try {
    const brought = await bringForward(target, from, commit, branch);
    await noteBehind(workspace, target.name, branch, brought.behind ?? []);
    return brought;
  } catch (error) {
    return {
      files: (await diffTrees(target.objects, from, commit)).length,
      left: [`the work tree (${ownWords(error)})`],
    };
  }
}

// Notes at the commit what its run spent, by the journal. If the note cannot be written, the landing still goes on.
async function noteCost(
  session: Session,
  { order, run }: Extract<Entry, { step: 'intended' }>,
  commit: string,
  target: Target,
): Promise<void> {
  const cost = session.ledger.history.orders.get(order)?.tries.cost ?? null;
  if (cost?.run !== run) return;
  const { clock, tell, settings } = session.workspace;
  await noteSpent(target.commonDir, commit, run, cost.spent, committerOf(settings.domain), clock.now()).catch(
    (error: unknown) =>
      tell({ kind: 'note', order, detail: `its note could not be written: ${ownWords(error)}`, weight: 'minor' }),
  );
}

async function deliver(
  session: Session,
  intent: Extract<Entry, { step: 'intended' }>,
  folder: string,
  letter: { id: string; role: string },
): Promise<void> {
  const { workspace, ledger } = session;
  if (ledger.history.orders.has(letter.id)) return;
  const file = await readPlain(letterFile(folder, letter.id));
  if (file.kind !== 'text') return;
  const reading = parseOrder(file.text, true);
  if (!reading.ok) return;
  const { after, repo = null } = reading.order.settings;
  const written = stampedDate(file.text);
  const line = {
    step: 'posted' as const,
    order: letter.id,
    role: letter.role,
    from: intent.role,
    parent: intent.order,
    title: reading.order.objective.text,
    repo,
    files: reading.order.files.map((entry) => workspaceGlob(entry.text, repo)),
    ...handedFields(handDown(ledger.history, { id: letter.id, parent: intent.order, order: reading.order, repo })),
    digest: digestOf(file.text),
    ...bondsOf(ledger.history, reading.order, { role: letter.role, repo }, after),
    ...(written === undefined ? {} : { written }),
  };
  await sendOrder(workspace.places, ledger, line, file.text, 'deliver');
}
