// Why: the fifth step: what is allowed becomes a commit on the target's branch, mail in inboxes, state in the workspace.
// Promises: the intent is on record before the branch moves, and the branch moves by compare-and-swap; checks ran on exactly what lands; a landing that is
// repeated after a crash lands nothing twice.
// Never: lands on a branch that moved without merging onto it and checking again.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../ground/fault.ts';
import { readPlain, removeFile, writeDurable } from '../ground/files.ts';
import { copyObjects, resolveRef, runGit, swapRef } from '../ground/git.ts';
import { committerOf, identityOf } from '../ground/identity.ts';
import type { Target } from '../ground/target.ts';
import { diffTrees, mergeOnto } from '../landing/build.ts';
import { type CheckResult, runChecks } from '../landing/check.ts';
import { composeMessage } from '../landing/message.ts';
import { bringForward } from '../landing/worktree.ts';
import type { Entry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { parseOrder } from '../order/order.ts';
import { postOrder } from '../order/post.ts';
import { digestOf } from '../order/scan.ts';
import { workspaceGlob } from '../role/boundary.ts';
import { openCheckout } from '../room/room.ts';
import type { Workspace } from '../workspace.ts';
import { roomEnvironment } from './run.ts';
import { type Base, type Judged, refusedOf, type StateChange } from './trip.ts';

/** What landing came to. `back` gives the order back with feedback; `work` is the commit the next attempt goes on from. */
export type LandingResult =
  | {
      readonly kind: 'landed';
      readonly commit: string | null;
      readonly checks: readonly CheckResult[];
      readonly left: readonly string[];
    }
  | { readonly kind: 'back'; readonly reason: string; readonly feedback: string; readonly work: string | null }
  | { readonly kind: 'stopped' };

const swapTries = 5;

/** Lands a judged run. */
export async function land(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  signal: AbortSignal,
): Promise<LandingResult> {
  if (judged.base === null || (judged.commit === null && judged.card.role.write.length === 0))
    return finish(workspace, ledger, judged, null, []);
  const { base } = judged;
  let commit = judged.commit ?? base.commit;
  let checks = await check(workspace, ledger, judged, base, commit, signal);
  if (signal.aborted) return { kind: 'stopped' };
  const failed = checksFailed(judged, checks);
  if (failed !== null) return { ...failed, work: judged.commit };
  if (judged.commit === null) return finish(workspace, ledger, judged, null, checks);
  for (let round = 0; round < swapTries; round += 1) {
    const tip = await resolveRef(base.target.commonDir, `refs/heads/${base.branch}`);
    if (tip === null)
      return {
        kind: 'back',
        reason: `the branch ${base.branch} is gone from ${base.target.name}`,
        feedback: `The branch ${base.branch} was deleted while you worked.`,
        work: judged.commit,
      };
    if (tip !== base.commit) {
      const merge = await mergeMoved(workspace, judged, base, tip);
      if (merge.kind === 'conflict') return conflictBack(judged, base, merge.paths, merge.work);
      if (merge.commit !== commit) {
        commit = merge.commit;
        checks = await check(workspace, ledger, judged, base, commit, signal);
        if (signal.aborted) return { kind: 'stopped' };
        const again = checksFailed(judged, checks);
        if (again !== null) return { ...again, work: commit };
      }
    }
    const landed = await swap(workspace, ledger, judged, base, commit, tip);
    if (landed) return finish(workspace, ledger, judged, { commit, from: tip }, checks);
  }
  return {
    kind: 'back',
    reason: `the branch ${base.branch} could not be moved (${swapTries} tries)`,
    feedback: 'The branch was busy; nothing was wrong with your work.',
    work: judged.commit,
  };
}

async function mergeMoved(workspace: Workspace, judged: Judged, base: Base, tip: string) {
  const { target } = base;
  if ((await target.reader.read(tip)) === null) await copyObjects(target.commonDir, target.mirror, tip, [base.commit]);
  const { domain } = workspace.settings;
  const prefix = `repos/${target.name}/`;
  const allowed = new Set(judged.allowedFiles.map((path) => path.slice(prefix.length)));
  const message = composeMessage({
    objective: judged.order.objective.text,
    order: judged.id,
    run: judged.run,
    role: judged.role,
    card: judged.card.digest,
    agent: judged.agent,
    files: judged.allowedFiles.length,
    refused: refusedOf(judged.verdicts).length,
  });
  return mergeOnto(target.mirror, judged.commit ?? base.commit, tip, allowed, {
    author: identityOf(judged.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message,
    run: judged.run,
  });
}

function conflictBack(judged: Judged, base: Base, paths: readonly string[], work: string | null): LandingResult {
  const named = paths.length === 0 ? 'its history' : paths.join(', ');
  const feedback = [
    `The branch ${base.branch} moved while you worked, and your changes do not merge with it: ${named}.`,
    'In your room these files now stand as they are on the branch; your other changes are in. Make the change again where it is still needed.',
  ].join('\n');
  return { kind: 'back', reason: `conflict with ${base.branch}: ${named}`, feedback, work: work ?? judged.commit };
}

async function check(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  base: Base,
  commit: string,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const commands = judged.order.acceptance.flatMap((one) => one.command ?? []);
  if (commands.length === 0) return [];
  const folder = await openCheckout(judged.room, 'check', base.target, commit);
  const env = { ...roomEnvironment(judged), CI: 'true' };
  const results = await runChecks(commands, folder, env, judged.card.role.limits.minutes, workspace.clock, signal);
  await writeDurable(
    `${judged.folder}/checks.json`,
    `${JSON.stringify({ run: judged.run, commit, results }, null, 1)}\n`,
  );
  await ledger.record({ step: 'checked', order: judged.id, run: judged.run, role: judged.role, results });
  return results;
}

function checksFailed(
  judged: Judged,
  checks: readonly CheckResult[],
): { kind: 'back'; reason: string; feedback: string } | null {
  const failed = checks.filter((one) => one.status !== 0);
  const [first] = failed;
  if (first === undefined) return null;
  const refused = refusedOf(judged.verdicts);
  const lines = failed.map(
    (one) => `\`${one.command}\` ${one.timedOut ? 'ran out of time' : `ended with status ${one.status}`}:\n${one.tail}`,
  );
  if (refused.length > 0)
    lines.push(
      `The checks ran without these changes of yours, which were refused:\n${refused
        .slice(0, 20)
        .map((one) => `${one.path}: ${one.sentence}`)
        .join('\n')}`,
    );
  return {
    kind: 'back',
    reason: `check failed: ${first.command}`,
    feedback: `Checks ran on exactly what would land and failed.\n${lines.join('\n')}`,
  };
}

// Intent first, then objects, then the one move that counts.
async function swap(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  base: Base,
  commit: string,
  tip: string,
): Promise<boolean> {
  await prepare(ledger, judged, { commit, from: tip });
  await copyObjects(base.target.mirror, base.target.commonDir, commit, [tip]);
  const ref = `refs/heads/${base.branch}`;
  const moved = await swapRef(base.target.commonDir, ref, commit, tip);
  if (!moved.moved)
    workspace.log.say(
      `${judged.id}: ${base.branch} could not be moved yet: ${moved.reason.split('\n')[0] ?? ''}`,
      'dim',
    );
  if (!moved.moved && (await resolveRef(base.target.commonDir, ref)) === tip)
    await new Promise((resolve) => setTimeout(resolve, 300));
  return moved.moved;
}

// Texts of mail and state are on disk before the intent that names them.
async function prepare(ledger: Ledger, judged: Judged, move: { commit: string; from: string } | null): Promise<void> {
  if (judged.mail.length > 0) await mkdir(`${judged.folder}/outbox`, { recursive: true });
  for (const letter of judged.mail) await writeDurable(`${judged.folder}/outbox/${letter.id}.md`, letter.text);
  if (judged.stateOut.length > 0) await writeDurable(`${judged.folder}/state.json`, JSON.stringify(judged.stateOut));
  await ledger.record({
    step: 'intended',
    order: judged.id,
    run: judged.run,
    role: judged.role,
    repo: move === null ? null : (judged.base?.target.name ?? null),
    branch: move === null ? null : (judged.base?.branch ?? null),
    from: move?.from ?? null,
    commit: move?.commit ?? null,
    mail: judged.mail.map(({ id, role, file }) => ({ id, role, file })),
  });
}

async function finish(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  move: { commit: string; from: string } | null,
  checks: readonly CheckResult[],
): Promise<LandingResult> {
  if (move === null) await prepare(ledger, judged, null);
  const intent = ledger.history.orders.get(judged.id)?.intent;
  const left =
    intent == null ? [] : await completeLanding(workspace, ledger, intent, judged.folder, judged.base?.target ?? null);
  return { kind: 'landed', commit: move?.commit ?? null, checks, left };
}

/**
 * Does what an intent promises once the branch has moved: work tree, journal line, mail, state. Every part of it can be done again. Returns what was left as it was.
 */
export async function completeLanding(
  workspace: Workspace,
  ledger: Ledger,
  intent: Extract<Entry, { step: 'intended' }>,
  folder: string,
  target: Target | null,
): Promise<string[]> {
  const left: string[] = [];
  if (intent.commit !== null && intent.from !== null && target !== null && intent.branch !== null) {
    const known = ledger.history.orders.get(intent.order)?.landed.some((one) => one.commit === intent.commit) === true;
    const head = (await runGit(target.gitDir, 'symbolic-ref', ['-q', 'HEAD'], { answers: [1, 128] })).stdout
      .toString()
      .trim();
    if (head === `refs/heads/${intent.branch}`)
      left.push(
        ...(await bringForward(target, intent.from, intent.commit).catch((error: unknown) => [
          `the work tree (${messageOf(error)})`,
        ])),
      );
    const files = (await diffTrees(target.mirror, intent.from, intent.commit)).length;
    if (!known)
      await ledger.record({
        step: 'landed',
        order: intent.order,
        run: intent.run,
        role: intent.role,
        repo: target.name,
        branch: intent.branch,
        commit: intent.commit,
        files,
        left,
      });
  }
  left.push(...(await landState(workspace, folder)));
  for (const letter of intent.mail) await deliver(workspace, ledger, intent, folder, letter);
  return left;
}

async function deliver(
  workspace: Workspace,
  ledger: Ledger,
  intent: Extract<Entry, { step: 'intended' }>,
  folder: string,
  letter: { id: string; role: string },
): Promise<void> {
  if (ledger.history.orders.has(letter.id)) return;
  const file = await readPlain(`${folder}/outbox/${letter.id}.md`);
  if (file.kind !== 'text') return;
  const reading = parseOrder(file.text);
  if (!reading.ok) return;
  const repo = reading.order.settings.repo ?? null;
  await postOrder(workspace.places, letter.role, letter.id, file.text);
  await ledger.record(
    {
      step: 'posted',
      order: letter.id,
      role: letter.role,
      from: intent.role,
      parent: intent.order,
      title: reading.order.objective.text,
      repo,
      files: reading.order.files.map((entry) => workspaceGlob(entry.text, repo)),
      digest: digestOf(file.text),
    },
    { step: 'delivered', order: letter.id, role: letter.role, from: intent.role, parent: intent.order },
  );
}

// A state file lands only on the version it was copied from; what changed meanwhile is left and named.
async function landState(workspace: Workspace, folder: string): Promise<string[]> {
  const file = await readPlain(`${folder}/state.json`, 64 * 1024 * 1024);
  if (file.kind !== 'text') return [];
  const left: string[] = [];
  for (const change of JSON.parse(file.text) as StateChange[]) {
    const path = `${workspace.places.root}/${change.path}`;
    const now = await readPlain(path, 16 * 1024 * 1024);
    const current = now.kind === 'text' ? now.text : null;
    if (current === change.after && now.kind !== 'flawed') continue;
    if (current !== change.before || now.kind === 'flawed') left.push(`${change.path} (it changed meanwhile)`);
    else if (change.after === null) await removeFile(path);
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeDurable(path, change.after);
    }
  }
  return left;
}
