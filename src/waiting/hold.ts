// Why: some landings wait for a word: a reviewer's, the operator's. Everything up to the move of the branch is done and checked before anybody is asked.
// Promises: what waits is on disk whole, and lands later as it was judged, by the card and the order it was judged by; a role never reviews itself.
// Never: moves the branch.

import type { RedBranch } from '../checks/red.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { makeId } from '../order/identity.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { readPlain, writeDurable } from '../platform/files/files.ts';
import { nextNumber } from '../platform/files/lock.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { countOf } from '../platform/text/text.ts';
import { keepForItself } from '../record/kept-work.ts';
import { recordFile } from '../record/path.ts';
import type { Base, Claimed, Judged } from '../record/work.ts';
import { needsApproval } from '../role/approval.ts';
import { openRoom } from '../room/room.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { tellOrders } from './drafts.ts';
import type { Held, Need } from './held.ts';
import { park, type Waiting } from './park.ts';

/** What a judged run's landing needs, in the order it is asked for. */
export function needsOf(workspace: Workspace, ledger: Ledger, judged: Judged): Need[] {
  const { settings, cards } = workspace;
  const { role } = judged.card;
  const needs: Need[] = [];
  const whys: string[] = [];
  const repo = judged.base?.target.name ?? '';
  const reviewer = role.review ?? settings.review.get(repo) ?? null;
  if (reviewer !== null && judged.commit !== null) {
    if (reviewer === judged.role) whys.push(`${reviewer} reviews repos/${repo}, and nobody reviews its own work`);
    else if (cards.has(reviewer)) needs.push({ on: 'review', by: reviewer });
    else whys.push(`its reviewer ${reviewer} has no card`);
  }
  const work = {
    paths: [...judged.allowedFiles, ...judged.stateOut.map((one) => one.path)],
    letters: judged.mail.length,
    landings: () => landingsOf(ledger, judged),
    role: judged.role,
  };
  const why =
    needsApproval(role.approve, judged.card.file, work) ?? needsApproval(settings.approve, 'fourline.yaml', work);
  if (why !== null) whys.push(why);
  return whys.length === 0 ? needs : [...needs, { on: 'approval', why: whys.join('; ') }];
}

// Only asked where a card counts them.
function landingsOf(ledger: Ledger, judged: Judged): number {
  let count = 0;
  for (const one of ledger.history.orders.values())
    if (one.role === judged.role && one.id !== judged.id) count += one.landed.length > 0 ? 1 : 0;
  return count;
}

/** Parks a landing that needs a word. `commit` is the one that was merged and checked; `red` says which of its checks fail on the branch as well. */
export async function hold(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  asked: readonly Need[],
  { commit: candidate, red }: { readonly commit: ObjectId | null; readonly red: RedBranch | null },
): Promise<void> {
  const { run, agent, ask, reported, verdicts, scratch, commit, allowedFiles, mail, stateOut, summary } = judged;
  const { unreached, spent, base, scratchIn, dropped, behind } = judged;
  const needs = red === null ? asked : withRed(asked, red.why);
  const words = ledger.history.orders.get(judged.id)?.decisions.filter((one) => one.run === run).length ?? 0;
  const held: Held = {
    ...{ run, agent, ask, reported, verdicts, scratch, commit, allowedFiles, mail, stateOut, summary },
    ...{
      unreached,
      spent,
      scratchIn,
      dropped,
      behind,
      candidate,
      needs,
      card: judged.card.digest,
      order: digestOf(judged.text),
      ...(red === null ? {} : { red: { ...red, words } }),
    },
    base: base === null ? null : { repo: base.target.name, branch: base.branch, commit: base.commit, from: base.from },
  };
  await keepForItself(judged);
  await writeDurable(recordFile(judged.folder, 'held.json'), `${JSON.stringify(held, null, 1)}\n`);
  crashPoint('hold.written');
  const [first] = needs;
  if (first !== undefined) await park(workspace, ledger, judged, askFor(workspace, ledger, judged, held, first));
}

// The operator is asked once, for all reasons together.
function withRed(needs: readonly Need[], why: string): Need[] {
  const last = needs.at(-1);
  return last?.on === 'approval'
    ? [...needs.slice(0, -1), { on: 'approval', why: `${last.why}; ${why}` }]
    : [...needs, { on: 'approval', why, red: true }];
}

/** The next word that a held landing waits for, as a parked order's waiting. */
export function askFor(
  workspace: Workspace,
  ledger: Ledger,
  order: { readonly id: string; readonly role: string },
  held: Held,
  need: Need,
): Waiting {
  const waits = { held: { run: held.run, commit: held.candidate, repo: held.base?.repo ?? null } };
  if (need.on === 'review') {
    const slug = `review-${order.id.replace(/^\d+-/, '')}`;
    const id = makeId(nextNumber(workspace.places.numbers, ledger.history.number), slug);
    return { ...waits, on: 'review', what: need.by, review: { id, role: need.by } };
  }
  const red = need.red === true && held.base !== null ? held.red : undefined;
  return {
    ...waits,
    on: 'approval',
    what: need.why,
    ...(red === undefined ? {} : { red: { repo: held.base?.repo ?? '', branch: red.branch, tip: red.tip } }),
    form: {
      title: `${order.id} of ${order.role} waits for your approval`,
      text: held.summary,
      hints: [
        `because of ${need.why}`,
        ...listed(held.allowedFiles, 'file'),
        ...listed(
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

// Go on, wait, or give it back.
function redHints({ red, base }: Held): string[] {
  if (red === undefined || base === null) return [];
  return [
    'approve: it lands, and these checks do not count for it',
    `wait: mend ${red.branch} (another order may); the checks are run again when it moves`,
  ];
}

function listed(items: readonly string[], noun: string): string[] {
  return items.length > 40 ? [...items.slice(0, 40), `and ${countOf(items.length - 40, noun)} more`] : [...items];
}

/** Reads a landing that waits; null when there is none. */
export async function readHeld(folder: string): Promise<Held | null> {
  const file = await readPlain(recordFile(folder, 'held.json'), 256 * 1024 * 1024);
  if (file.kind !== 'text') return null;
  try {
    return JSON.parse(file.text) as Held;
  } catch {
    return null;
  }
}

/** The first word a held landing still needs; null when it has all of them. The operator's is the last: nobody is asked twice about the same work. */
export function needLeft(held: Held, standing: Standing): Need | null {
  const words = standing.decisions
    .filter((one) => one.run === held.run && one.verdict === 'approved')
    .slice(held.red?.words ?? 0);
  return words.some((one) => one.by === 'operator') ? null : (held.needs[words.length] ?? null);
}

/** What an approved landing goes on from: the run as it was judged, with a fresh room to check in. A string says why it cannot. */
export async function restoreJudged(
  workspace: Workspace,
  claimed: Claimed,
  held: Held,
  standing: Standing | undefined,
): Promise<Judged | string> {
  const { base, needs: _needs, candidate: _candidate, order: _order, card: _card, red, ...run } = held;
  const target = base === null ? null : await workspace.target(base.repo);
  if (target !== null && 'kind' in target) return target.message;
  const { rooms } = workspace.places;
  const room = await openRoom(rooms, held.run, null, claimed.role, workspace.settings.domain);
  const found: Base | null =
    base === null || target === null ? null : { target, branch: base.branch, commit: base.commit, from: base.from };
  return {
    ...claimed,
    ...run,
    // A landing that an older fourline held does not say.
    scratchIn: held.scratchIn ?? [],
    base: found,
    room,
    state: [],
    brief: '',
    prepared: { layers: [], env: {} },
    launch: 'it is not run again',
    failure: null,
    badEnd: null,
    usedUp: null,
    hindered: null,
    complaint: '',
    woken: false,
    limit: null,
    stopped: false,
    questions: [],
    approved: true,
    despiteRed: red !== undefined && standing !== undefined && needLeft(held, standing) === null,
  };
}
