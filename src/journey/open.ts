// Why: the second step: a room on the newest base, furnished, with a brief that says the boundary first.
// Promises: work of an earlier attempt is there to go on from, merged onto the newest base; the room is recorded before anything runs in it.
// Never: lets anything of the workspace be reached from the room.

import { composeBrief, type Note } from '../agent/brief.ts';
import type { Office } from '../agent/office.ts';
import { diffTrees, mergeOnto } from '../commit/build.ts';
import { readFrozen, readPinned } from '../delegation/refs.ts';
import { inStateTurn } from '../landing/decide-state.ts';
import { landsOn, ownBranch } from '../landing/own-branch.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { resolveRef, runGit } from '../platform/git/git.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { syncTarget, type TargetFlaw } from '../platform/git/target.ts';
import { workRef } from '../record/kept-work.ts';
import { recordFile } from '../record/path.ts';
import type { Base, Claimed, Opened } from '../record/work.ts';
import { type Furnishing, furnishRoom, giveBrief, seesState } from '../room/furnish.ts';
import { openRoom } from '../room/room.ts';
import { planLaunch } from '../runs/launch.ts';
import { nothingPrepared, type Prepared, prepare, repoSettings } from '../runs/setup.ts';
import type { SetupFailure } from '../runs/setup-failure.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Opens and furnishes a room; or says what is wrong with the repository. */
export async function open(
  workspace: Workspace,
  ledger: Ledger,
  claimed: Claimed,
  signal: AbortSignal,
): Promise<Opened | TargetFlaw | SetupFailure> {
  const base = await baseOf(workspace, ledger, claimed);
  if (base !== null && 'kind' in base) return base;
  crashPoint('open.synced');
  const run = `${claimed.id}.${claimed.attempt}`;
  const work = base === null ? null : await workOf(workspace, claimed, base);
  const prepared = base === null ? nothingPrepared : await prepareRoom(workspace, claimed, base, work, signal);
  if (prepared.kind === 'failed') return prepared;
  const room = await openRoom(
    workspace.places.outside.rooms,
    run,
    base === null ? null : { ...base, work },
    claimed.role,
    workspace.settings.domain,
    workspace.sandboxing.kind === 'bubblewrap',
  );
  crashPoint('open.made');
  const { role, grant } = claimed.card;
  const launch = await planLaunch(role);
  const refs = await refsOf(workspace, claimed);
  const furnishing: Furnishing = {
    order: claimed.text,
    refs,
    trays: role.send.map((one) => one.role),
    mailFrom: recordFile(claimed.folder, 'mail'),
    traysFrom: recordFile(claimed.folder, 'trays'),
    state: workspace.places.state,
    write: grant.write,
    read: grant.read,
    files: typeof launch === 'string' ? {} : launch.files,
  };
  // State files that land together are copied together.
  const furnished = seesState(furnishing)
    ? await inStateTurn(workspace, () => furnishRoom(room, furnishing))
    : await furnishRoom(room, furnishing);
  crashPoint('open.furnished');
  const brief = composeBrief({
    id: claimed.id,
    role: claimed.role,
    repo: claimed.admitted.repo,
    order: claimed.order,
    boundary: claimed.admitted.boundary,
    prompt: role.prompt,
    notes: [...(await notesOf(claimed.folder)), ...rejectionNotes(ledger, claimed)],
    mail: furnished.mail,
    state: furnished.state.map((one) => one.path),
    refs: [...refs.keys()],
    reviews: claimed.reviews,
    office: role.send.length === 0 ? null : officeOf(workspace, ledger, claimed),
  });
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
  });
  crashPoint('open.recorded');
  return { ...claimed, run, room, base, state: furnished.state, brief, prepared, launch };
}

// A review stands on what would land.
async function baseOf(workspace: Workspace, ledger: Ledger, claimed: Claimed): Promise<Base | TargetFlaw | null> {
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

// Earlier work that needs other packages finds those; where they can't be installed, its role hears that from the check. What a review looks at, and what an order landed on a branch of its own, nobody else is to meet.
async function prepareRoom(
  workspace: Workspace,
  claimed: Claimed,
  { target, commit, from }: Base,
  work: string | null,
  signal: AbortSignal,
): Promise<Prepared> {
  const tip = claimed.reviews === null && from === undefined ? null : await syncTarget(target, from);
  const landed = tip?.kind === 'tip' ? tip.commit : commit;
  const own = work === null ? null : await prepare(workspace, target, work, landed, signal);
  return own?.kind === 'ready' ? own : prepare(workspace, target, commit, landed, signal);
}

// Earlier work counts from the base it was made on; when the branch has moved since, it is put onto the new tip.
async function workOf(workspace: Workspace, claimed: Claimed, base: Base): Promise<string | null> {
  const { mirror } = base.target;
  const work = await resolveRef(mirror, workRef(claimed.id));
  if (work === null) return null;
  const parent = (await runGit(mirror, 'rev-list', ['--parents', '-n', '1', work])).stdout
    .toString()
    .trim()
    .split(' ')[1];
  if (parent === undefined || parent === base.commit) return work;
  const { domain } = workspace.settings;
  const plan = {
    author: identityOf(claimed.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message: 'Work\n',
    run: `${claimed.id}.${claimed.attempt}.work`,
  };
  const allowed = new Set((await diffTrees(mirror, parent, work)).map((one) => one.path));
  const merge = await mergeOnto(mirror, work, base.commit, allowed, plan);
  return merge.kind === 'merged' ? merge.commit : merge.work;
}

// What a role that sends orders should know of where they stand. Its own order is no news to it.
function officeOf(workspace: Workspace, ledger: Ledger, claimed: Claimed): Office {
  const { orders, open } = ledger.history;
  const going = [...open].flatMap((id) => orders.get(id) ?? []).filter((one) => one.id !== claimed.id);
  const sent = [...orders.values()].filter((one) => one.asked.from === claimed.role && one.bonds.reviews === null);
  return {
    sent: sent.map((one) => ({
      id: one.id,
      role: one.role,
      state: one.end.outcome ?? (one.position === 'claimed' ? 'runs' : 'waits'),
    })),
    free: claimed.card.role.send
      .filter((one) => one.role !== 'operator')
      .map(({ role }) => {
        const mine = going.filter((one) => one.role === role);
        const running = mine.filter((one) => one.position === 'claimed').length;
        const slots = workspace.cards.get(role)?.role.limits.runs ?? 0;
        return { role, free: Math.max(0, slots - running), waiting: mine.length - running };
      }),
  };
}

// What is handed down, as it was frozen, and what is pinned elsewhere than in the room's repository.
async function refsOf(workspace: Workspace, { id, admitted }: Claimed): Promise<Map<string, string>> {
  const paths = admitted.contract.map((one) => one.path);
  return new Map([
    ...(await readPinned(workspace, paths, admitted.repo)),
    ...(await readFrozen(workspace, { id, position: 'claimed', month: null }, admitted.refs)),
  ]);
}

// What came of earlier attempts, and what others said since: oldest first. A note's first line is its title. What was before a role was woken last is done with.
async function notesOf(folder: string): Promise<Note[]> {
  const names = (await listFolder(folder))
    .filter((name) => /^(?:feedback-\d+|note-[\w.-]+)\.md$/.test(name))
    .sort((a, b) => numberInText(a) - numberInText(b) || (a < b ? -1 : 1));
  const woken = Math.max(0, ...names.filter((name) => name.endsWith('-wake.md')).map(numberInText));
  const out: Note[] = [];
  for (const name of names.filter((one) => numberInText(one) >= woken)) {
    const file = await readPlain(`${folder}/${name}`);
    if (file.kind !== 'text') continue;
    const cut = file.text.indexOf('\n');
    if (name.startsWith('feedback'))
      out.push({ title: `Attempt ${numberInText(name)} was handed back:`, text: file.text });
    else out.push({ title: file.text.slice(0, cut), text: file.text.slice(cut + 1) });
  }
  return out;
}

// What others changed meanwhile holds until the order ends.
function numberInText(name: string): number {
  if (name.endsWith('-contract.md')) return 1e9;
  return Number(/\d+/.exec(name)?.[0] ?? 0);
}

// What was said of the rejected or halted orders that this one names, and why it is ordered again.
function rejectionNotes(ledger: Ledger, claimed: Claimed): Note[] {
  const out: Note[] = [];
  for (const id of ledger.history.orders.get(claimed.id)?.bonds.answers ?? []) {
    const one = ledger.history.orders.get(id);
    const by = one?.end.rejection?.by ?? one?.end.haltedBy ?? null;
    if (one === undefined || by === null) continue;
    const did = one.end.rejection === null ? 'halted' : 'rejected';
    const title = `${one.id}, which this order answers, was ${did} by ${by}:`;
    out.push({ title, text: (one.end.rejection?.note ?? one.end.note) || 'no reason was given' });
  }
  const { reason = '', from = '' } = ledger.history.orders.get(claimed.id)?.asked ?? {};
  if (reason !== '') out.push({ title: `${from} orders it again, and says why:`, text: reason });
  return out;
}
