// Why: an order may wait for something that fourline cannot hurry: another order, a person, a review, the orders it
// sent. It waits without a run and without cost.
// Promises: the order lies in state/active with a waiting.json that says what it waits for. The person or role that is
// asked finds a file in their inbox. All of it can be done again after a crash.
// Never: decides when it goes on; release.ts does.

import type { Standing } from '../ledger/standing.ts';
import { waitWords } from '../ledger/story.ts';
import { type Wait, waitKinds } from '../ledger/waits.ts';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import {
  listFolder,
  makeFolder,
  moveDurable,
  readPlain,
  removeFile,
  stampOf,
  writeDurable,
} from '../platform/files/files.ts';
import { copyObjects, resolveRef, runGit, swapRef } from '../platform/git/git.ts';
import { ownWords } from '../platform/text/fault.ts';
import { firstLine } from '../platform/text/text.ts';
import type { FormText, Waiting } from '../record/format.ts';
import { moveBack } from '../record/move.ts';
import { activeFolder, givenFile, inboxFolder, recordFile, runFiles, runFolder } from '../record/path.ts';
import { readWaiting, writeStored } from '../record/stored.ts';
import { closeRoom } from '../room/room.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import { draftsOf, showDrafts } from './drafts.ts';
import { composeForm } from './form.ts';
import { postReview } from './review.ts';

/** The branch in a repository that a landing waits on. */
export function heldBranch(id: string): string {
  return `fourline/${id}`;
}

function formKind(on: Wait): 'approval' | 'question' {
  return waitKinds[on].asks === 'decision' ? 'approval' : 'question';
}

/** The path of a form that asks the operator about an order. */
export function formOf(places: Places, id: string, on: Wait): string {
  return `${inboxFolder(places, 'operator')}/${id}.${formKind(on)}.md`;
}

/** Parks an order that is in state/active. */
export async function park(
  session: Session,
  { id, role }: { readonly id: string; readonly role: string },
  waiting: Waiting,
): Promise<void> {
  const { workspace } = session;
  await writeStored(activeFolder(workspace.places, id), 'waiting.json', waiting);
  crashPoint('park.written');
  await finishParking(session, id, role, waiting);
  workspace.tell({ kind: 'waits', role, order: id, detail: firstLine(waitWords(waiting), 160), weight: 'minor' });
}

/** Does what parking promises; steps that are done already are skipped. */
export async function finishParking(session: Session, id: string, role: string, waiting: Waiting): Promise<void> {
  const { workspace, ledger } = session;
  const { on, what, held, review } = waiting;
  const standing = ledger.history.orders.get(id);
  const known =
    standing?.position === 'parked' &&
    standing.pause.waits?.on === on &&
    standing.pause.waits.what === firstLine(what, 300);
  if (!known)
    await ledger.record({
      step: 'parked',
      order: id,
      role,
      on,
      what: firstLine(what, 300),
      ...(held === undefined ? {} : { run: held.run }),
      ...(held?.commit == null ? {} : { commit: held.commit, branch: heldBranch(id) }),
      ...(review === undefined ? {} : { review: review.id }),
    });
  crashPoint('park.recorded');
  if (on === 'approval') await showDrafts(workspace.places, id);
  if (waiting.form !== undefined) await postForm(workspace.places, id, on, waiting.form);
  if (held?.commit != null && held.repo !== null) await tryBranch(workspace, id, held.repo, held.commit);
  // A run that only sent an order which it waits for has delivered as well.
  const delivered = on === 'children' || (on === 'order' && ledger.history.orders.get(what)?.bonds.parent === id);
  if (delivered && standing !== undefined) await putAway(workspace.places, id, standing.tries.attempt);
  crashPoint('park.shown');
  if (review !== undefined) await postReview(session, id, review);
  if (standing !== undefined) await closeRoom(workspace.places.outside.rooms, `${id}.${standing.tries.attempt}`);
  crashPoint('park.done');
}

/** Puts the files of one run into a folder of its own: the next run of the same order writes under the same names. */
export async function putAway(places: Places, id: string, attempt: number): Promise<void> {
  const folder = activeFolder(places, id);
  const to = runFolder(folder, attempt);
  await makeFolder(to);
  const there = new Set(await listFolder(folder));
  for (const name of runFiles) if (there.has(name)) await moveDurable(`${folder}/${name}`, `${to}/${name}`);
  // Records of an earlier fourline have no copy of the text that a run was given.
  const given = await readPlain(givenFile(folder, attempt));
  const order = given.kind === 'text' ? given : await readPlain(recordFile(folder, 'order.md'));
  if (order.kind === 'text') await writeDurable(`${to}/order.md`, order.text);
}

/** Restores the form about a parked order if somebody removed it: people must see what waits for them. */
export async function askAgain({ places }: Workspace, { id }: { readonly id: string }): Promise<void> {
  const waiting = await readWaiting(places, id);
  if (waiting?.on === 'approval') await showDrafts(places, id);
  if (waiting?.form !== undefined) await postForm(places, id, waiting.on, waiting.form);
}

async function postForm(places: Places, id: string, on: Wait, form: FormText): Promise<void> {
  await makeFolder(inboxFolder(places, 'operator'));
  const text = composeForm({ ...form, id, kind: formKind(on) });
  await writeDurable(formOf(places, id, on), text, { replace: false });
}

// The mirror also holds the work that waits, so nothing depends on the branch.
async function tryBranch(workspace: Workspace, id: string, repo: string, commit: string): Promise<void> {
  const reason = await showBranch(workspace, id, repo, commit).catch(ownWords);
  if (reason !== null)
    workspace.tell({
      kind: 'branch',
      order: id,
      detail: `its branch ${heldBranch(id)} could not be made: ${firstLine(reason, 200)}`,
      weight: 'bad',
    });
}

// A branch that people can look at with their own tools. It moves if a newer attempt waits, and is removed when the
// order goes on.
async function showBranch(workspace: Workspace, id: string, repo: string, commit: string): Promise<string | null> {
  const target = await workspace.target(repo);
  if ('kind' in target) return target.message;
  const ref = `refs/heads/${heldBranch(id)}`;
  const now = await resolveRef(target.commonDir, ref);
  if (now === commit) return null;
  await copyObjects(target.mirror, target.commonDir, commit, []);
  const moved = await swapRef(target.commonDir, ref, commit, now);
  return moved.moved ? null : moved.reason;
}

/** Removes the branch a landing waited on. */
export async function dropBranch(workspace: Workspace, id: string, repo: string | null): Promise<void> {
  const target = repo === null ? null : await workspace.target(repo);
  if (target === null || 'kind' in target) return;
  const ref = `refs/heads/${heldBranch(id)}`;
  const now = await resolveRef(target.commonDir, ref);
  if (now !== null) await runGit(target.commonDir, 'update-ref', ['-d', ref, now], { answers: [1, 128] });
}

/**
 * Moves the forms about an order into its record, and the orders they asked about: a person's words in them are part of
 * it.
 */
export async function takeForms(places: Places, id: string): Promise<void> {
  const kept = [
    { path: formOf(places, id, 'answer'), name: 'question', end: '.md' },
    { path: formOf(places, id, 'approval'), name: 'approval', end: '.md' },
    { path: draftsOf(places, id), name: 'orders', end: '' },
  ];
  for (const { path, name, end } of kept) {
    if ((await stampOf(path)) === null) continue;
    const folder = activeFolder(places, id);
    await makeFolder(folder);
    let count = 1;
    while ((await stampOf(`${folder}/${name}-${count}${end}`)) !== null) count += 1;
    await moveDurable(path, `${folder}/${name}-${count}${end}`);
  }
}

/** Puts a parked order back into its inbox. `by` is who said so. */
export async function goOn(session: Session, standing: Standing, by: string, why: string): Promise<null> {
  const { workspace, ledger } = session;
  const { id, role } = standing;
  await unpark(workspace, standing);
  await moveBack(workspace.places, ledger, { step: 'released', order: id, role, by, why }, 'release');
  workspace.tell({ kind: 'goes on', role, order: id, detail: firstLine(why, 160) });
  return null;
}

/** Removes what a parked order waits for, and the forms about it. */
export async function unpark(workspace: Workspace, standing: Standing): Promise<void> {
  // In this order: while its waiting.json exists, fourline would ask again.
  await removeFile(recordFile(activeFolder(workspace.places, standing.id), 'waiting.json'));
  crashPoint('release.cleared');
  await takeForms(workspace.places, standing.id);
}
