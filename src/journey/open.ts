// Why: the second step: a room on the newest base, furnished, with a brief that says the boundary first.
// Promises: work of an earlier attempt is there to go on from, merged onto the newest base; the room is recorded before
// anything runs in it.
// Never: lets anything of the workspace be reached from the room.

import type { Launch } from '../agent/agent.ts';
import { mergeOnto } from '../commit/build.ts';
import { readFrozen, readPinned } from '../delegation/refs.ts';
import { inStateTurn } from '../landing/decide-state.ts';
import { landsOn, ownBranch } from '../landing/own-branch.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { writeDurable } from '../platform/files/files.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { resolveRef } from '../platform/git/git.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { readObject } from '../platform/git/objects.ts';
import { syncTarget, type TargetFlaw } from '../platform/git/target.ts';
import { diffTrees } from '../platform/git/tree.ts';
import { isReason, type Reason } from '../platform/text/fault.ts';
import { workRef } from '../record/kept-work.ts';
import { recordFile } from '../record/path.ts';
import type { Base, Claimed, Opened } from '../record/work.ts';
import { type Furnishing, furnishRoom, giveBrief, seesState } from '../room/furnish.ts';
import { openRoom, type Room, type RoomPlan } from '../room/room.ts';
import { planLaunch } from '../runs/launch.ts';
import { findRoomKind } from '../runs/room-kind.ts';
import { nothingPrepared, type Prepared, prepare } from '../runs/setup.ts';
import type { SetupFailure } from '../runs/setup-failure.ts';
import { repoSettings, type Session, type Workspace } from '../workspace/workspace.ts';
import { writeBrief } from './briefing.ts';

/** Opens and furnishes a room; or says what is wrong with the repository. */
export async function open(
  session: Session,
  claimed: Claimed,
  signal: AbortSignal,
): Promise<Opened | TargetFlaw | SetupFailure> {
  const { workspace, ledger } = session;
  const base = await baseOf(session, claimed);
  if (base !== null && 'kind' in base) return base;
  crashPoint('open.synced');
  const run = `${claimed.id}.${claimed.attempt}`;
  const ground = base === null ? null : { ...base, work: await workOf(workspace, claimed, base) };
  const prepared = ground === null ? nothingPrepared : await prepareRoom(workspace, claimed, ground, signal);
  if (prepared.kind === 'failed') return prepared;
  const room = await openRoom(await roomPlan(workspace, claimed, run), ground);
  crashPoint('open.made');
  const launch = await planLaunch(claimed.card.role);
  const refs = await refsOf(workspace, claimed);
  const furnished = await furnish(workspace, room, furnishingOf(workspace, claimed, refs, launch));
  crashPoint('open.furnished');
  const brief = await writeBrief(session, claimed, { ...furnished, refs });
  await writeDurable(recordFile(claimed.folder, 'brief.md'), brief);
  await giveBrief(room, brief);
  await ledger.record({
    step: 'opened',
    order: claimed.id,
    run,
    role: claimed.role,
    repo: claimed.admitted.repo,
    branch: base?.branch ?? null,
    base: base?.commit ?? null,
    room: room.place,
    ...(base === null ? {} : { files: room.files }),
  });
  crashPoint('open.recorded');
  return { ...claimed, run, room, base, state: furnished.state, brief, prepared, launch };
}

async function roomPlan(workspace: Workspace, { role }: Claimed, run: string): Promise<RoomPlan> {
  return {
    rooms: workspace.places.outside.rooms,
    run,
    author: identityOf(role, workspace.settings.domain),
    walled: workspace.sandboxing.kind === 'bubblewrap',
    kind: await findRoomKind(workspace),
  };
}

// Gives the handed-down files as they were frozen, and the files that are pinned outside the room's repository.
async function refsOf(workspace: Workspace, { id, admitted }: Claimed): Promise<Map<string, string>> {
  const paths = admitted.contract.map((one) => one.path);
  return new Map([
    ...(await readPinned(workspace, paths, admitted.repo)),
    ...(await readFrozen(workspace, { id, position: 'claimed', month: null }, admitted.refs)),
  ]);
}

function furnishingOf(
  workspace: Workspace,
  claimed: Claimed,
  refs: ReadonlyMap<string, string>,
  launch: Launch | Reason,
): Furnishing {
  const { role, grant } = claimed.card;
  return {
    order: claimed.text,
    refs,
    trays: role.send.map((one) => one.role),
    mailFrom: recordFile(claimed.folder, 'mail'),
    traysFrom: recordFile(claimed.folder, 'trays'),
    state: workspace.places.state,
    write: grant.write,
    read: grant.read,
    files: isReason(launch) ? {} : launch.files,
  };
}

// State files that land together are copied together.
function furnish(workspace: Workspace, room: Room, plan: Furnishing): ReturnType<typeof furnishRoom> {
  const put = (): ReturnType<typeof furnishRoom> => furnishRoom(room, plan);
  return seesState(plan) ? inStateTurn(workspace, put) : put();
}

// A review stands on what would land.
async function baseOf(session: Session, claimed: Claimed): Promise<Base | TargetFlaw | null> {
  const { workspace, ledger } = session;
  const { repo } = claimed.admitted;
  if (repo === null) return null;
  const target = await workspace.target(repo);
  if ('kind' in target) return target;
  const held = ledger.history.orders.get(claimed.reviews ?? '')?.pause.held;
  if (held?.commit != null) return { target, branch: held.branch ?? 'held', commit: held.commit };
  const standing = ledger.history.orders.get(claimed.id);
  const landed = standing === undefined || claimed.reviews !== null ? null : landsOn(standing);
  const there = landed === null ? null : await syncTarget(target, landed);
  const tip = there?.kind === 'tip' ? there : await syncTarget(target, claimed.admitted.branch);
  if (tip.kind === 'flaw') return tip;
  const own = claimed.reviews === null && (landed !== null || repoSettings(workspace, repo).remote.ownBranch);
  if (!own || standing === undefined) return { target, branch: tip.branch, commit: tip.commit };
  const from = claimed.admitted.branch ?? tip.branch;
  return { target, branch: await ownBranch(target, standing), commit: tip.commit, from };
}

// Earlier work that needs other packages finds those. If they can't be installed, its role hears so from the check. No
// other run may meet the packages of a commit that a review looks at, or that an order landed on a branch of its own.
async function prepareRoom(
  workspace: Workspace,
  claimed: Claimed,
  { target, commit, from, work }: Base & { readonly work: string | null },
  signal: AbortSignal,
): Promise<Prepared> {
  const tip = claimed.reviews === null && from === undefined ? null : await syncTarget(target, from);
  const landed = tip?.kind === 'tip' ? tip.commit : commit;
  const own = work === null ? null : await prepare(workspace, target, work, landed, signal);
  return own?.kind === 'ready' ? own : prepare(workspace, target, commit, landed, signal);
}

// Earlier work counts from the base it was made on; when the branch has moved since, it is put onto the new tip.
async function workOf(workspace: Workspace, claimed: Claimed, base: Base): Promise<string | null> {
  const { mirror, objects } = base.target;
  const work = await resolveRef(mirror, workRef(claimed.id));
  if (work === null) return null;
  const parent = readCommitText((await readObject(objects, 'commit', work)).toString()).parents[0];
  if (parent === undefined || parent === base.commit) return work;
  const { domain } = workspace.settings;
  const plan = {
    author: identityOf(claimed.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message: 'Work\n',
    run: `${claimed.id}.${claimed.attempt}.work`,
  };
  const allowed = new Set((await diffTrees(objects, parent, work)).map((one) => one.path));
  const merge = await mergeOnto(objects, work, base.commit, allowed, plan);
  return merge.kind === 'merged' ? merge.commit : merge.work;
}
