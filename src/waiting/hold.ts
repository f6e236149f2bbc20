// Why: some landings wait for a word: a reviewer's, the operator's. Everything up to the move of the branch is done and
// checked before anybody is asked.
// Promises: a landing that waits is whole on disk. It lands later exactly as it was judged, by the same card and the
// same order. A role never reviews itself.
// Never: moves the branch.

import type { RedBranch } from '../checks/red.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { makeId } from '../order/identity.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { nextNumber } from '../platform/files/lock.ts';
import { type ObjectId, resolveRef } from '../platform/git/git.ts';
import type { Reason } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import type { HeldLanding, Need, Waiting } from '../record/format.ts';
import { keepForItself } from '../record/kept-work.ts';
import { writeStored } from '../record/stored.ts';
import { type Claimed, contentsOf, type Parcel } from '../record/work.ts';
import { needsApproval } from '../role/approval.ts';
import { openBareRoom } from '../room/room.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import { tellOrders } from './drafts.ts';
import { park } from './park.ts';

/** The words a parcel needs, in the order in which they are asked for. */
export function needsOf(session: Session, parcel: Parcel): Need[] {
  const { settings, cards } = session.workspace;
  const { role } = parcel.card;
  const needs: Need[] = [];
  const whys: string[] = [];
  const repo = parcel.base?.target.name ?? '';
  const reviewer = role.review ?? settings.review.get(repo) ?? null;
  if (reviewer !== null && parcel.commit !== null) {
    if (reviewer === parcel.role) whys.push(`${reviewer} reviews repos/${repo}, and nobody reviews its own work`);
    else if (cards.has(reviewer)) needs.push({ on: 'review', by: reviewer });
    else whys.push(`its reviewer ${reviewer} has no card`);
  }
  const work = {
    paths: [...parcel.allowedFiles, ...parcel.stateOut.map((one) => one.path)],
    letters: parcel.mail.length,
    landings: () => landingsOf(session.ledger, parcel),
    role: parcel.role,
  };
  const why =
    needsApproval(role.approve, parcel.card.file, work) ?? needsApproval(settings.approve, 'fourline.yaml', work);
  if (why !== null) whys.push(why);
  return whys.length === 0 ? needs : [...needs, { on: 'approval', why: whys.join('; ') }];
}

// Called only if a card counts them.
function landingsOf(ledger: Ledger, parcel: Parcel): number {
  const { orders } = ledger.history;
  const own = orders.get(parcel.id)?.landing.landed.length ?? 0;
  return (orders.sums('').get(parcel.role)?.landed ?? 0) - (own > 0 ? 1 : 0);
}

/**
 * Parks a landing that needs a word. `commit` is the merged and checked commit; `red` says which of its checks fail on
 * the branch as well.
 */
export async function hold(
  session: Session,
  parcel: Parcel,
  asked: readonly Need[],
  { commit: candidate, red }: { readonly commit: ObjectId | null; readonly red: RedBranch | null },
): Promise<void> {
  const needs = red === null ? asked : withRed(asked, red.why);
  const words =
    session.ledger.history.orders.get(parcel.id)?.pause.decisions.filter((one) => one.run === parcel.run).length ?? 0;
  const { base } = parcel;
  const held: HeldLanding = {
    ...contentsOf(parcel),
    candidate,
    needs,
    card: parcel.card.digest,
    order: digestOf(parcel.text),
    ...(red === null ? {} : { red: { ...red, words } }),
    base: base === null ? null : { repo: base.target.name, branch: base.branch, commit: base.commit, from: base.from },
  };
  await keepForItself(parcel);
  await writeStored(parcel.folder, 'held.json', held);
  crashPoint('hold.written');
  const [first] = needs;
  if (first !== undefined) await park(session, parcel, askFor(session, parcel, held, first));
}

// The operator is asked once, for all reasons together.
function withRed(needs: readonly Need[], why: string): Need[] {
  const last = needs.at(-1);
  return last?.on === 'approval'
    ? [...needs.slice(0, -1), { on: 'approval', why: `${last.why}; ${why}` }]
    : [...needs, { on: 'approval', why, red: true }];
}

/** The next word that a held landing waits for, in the form of a waiting.json. */
export function askFor(
  session: Session,
  order: { readonly id: string; readonly role: string },
  held: HeldLanding,
  need: Need,
): Waiting {
  const waits = { held: { run: held.run, commit: held.candidate, repo: held.base?.repo ?? null } };
  if (need.on === 'review') {
    const slug = `review-${order.id.replace(/^\d+-/, '')}`;
    const id = makeId(nextNumber(session.workspace.places.session.numbers, session.ledger.history.number), slug);
    return { ...waits, on: 'review', what: need.by, review: { id, role: need.by } };
  }
  const red = need.red === true && held.base !== null ? held.red : undefined;
  return {
    ...waits,
    on: 'approval',
    what: need.why,
    ...(red === undefined
      ? {}
      : { red: { repo: held.base?.repo ?? '', branch: red.branch, tip: red.tip, again: red.again } }),
    form: {
      title: `${order.id} of ${order.role} waits for your approval`,
      text: held.summary,
      hints: [
        `because of ${need.why}`,
        ...listedItems(held.allowedFiles, 'file'),
        ...listedItems(
          held.stateOut.map((one) => one.path),
          'state file',
        ),
        `look at it: fourline show ${order.id} --diff`,
        ...redHints(held),
        ...(held.mail.length === 0
          ? []
          : [
              `its orders are ${order.id}.orders/*.md beside this form: edit them, or remove those that are not to be sent`,
            ]),
      ],
      orders: tellOrders(held.mail, 60),
    },
  };
}

// Hints for the three answers: go on, wait, or give it back.
function redHints({ red, base }: HeldLanding): string[] {
  if (red === undefined || base === null) return [];
  const wait =
    red.again === undefined
      ? `mend ${red.branch} (another order may); the checks are run again when it moves`
      : 'the setup is tried again every few minutes, and the checks are run when it works';
  return ['approve: it lands, and these checks do not count for it', `wait: ${wait}`];
}

function listedItems(items: readonly string[], noun: string): string[] {
  return items.length > 40 ? [...items.slice(0, 40), `and ${countOf(items.length - 40, noun)} more`] : [...items];
}

/**
 * The first word a held landing still needs; null when it has all of them. The operator's word is the last: nobody is
 * asked twice about the same work.
 */
export function needLeft(held: HeldLanding, standing: Standing): Need | null {
  const words = standing.pause.decisions
    .filter((one) => one.run === held.run && one.verdict === 'approved')
    .slice(held.red?.words ?? 0);
  return words.some((one) => one.by === 'operator') ? null : (held.needs[words.length] ?? null);
}

/**
 * The parcel of an approved landing: the parcel that waited, with a fresh room to check in. Returns a string that says
 * why the landing can't go on.
 */
export async function restoreParcel(
  workspace: Workspace,
  claimed: Claimed,
  held: HeldLanding,
  standing: Standing | undefined,
): Promise<Parcel | Reason> {
  const { base, needs: _needs, candidate: _candidate, order: _order, card: _card, red, ...contents } = held;
  const target = base === null ? null : await workspace.target(base.repo);
  if (target !== null && 'kind' in target) return target.message;
  const { rooms } = workspace.places.outside;
  return {
    ...claimed,
    ...contents,
    base:
      base === null || target === null ? null : { target, branch: base.branch, commit: base.commit, from: base.from },
    room: await openBareRoom({ rooms, run: held.run }),
    approved: true,
    despiteRed: red !== undefined && standing !== undefined && needLeft(held, standing) === null,
  };
}

/** Why the checks of a landing are run again; null when they would end as they did. */
export async function checkAgain(
  workspace: Workspace,
  { repo, branch, tip, again }: NonNullable<Waiting['red']>,
): Promise<string | null> {
  if (again !== undefined && workspace.clock.now().getTime() >= again) return 'its setup is tried again';
  const target = await workspace.target(repo);
  if ('kind' in target) return null;
  const now = await resolveRef(target.commonDir, `refs/heads/${branch}`);
  return now !== null && now !== tip ? `${branch} moved: its checks are run again` : null;
}
