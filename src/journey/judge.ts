// Why: the fourth step: what is different in the sealed room, the gate's word on each difference, and the commits made of it.
// Promises: every difference ends as allowed, kept as refused, or counted as scratch; verdicts are on disk before anything is built on them.
// Never: moves a branch or delivers anything.
import { isUtf8 } from 'node:buffer';
import { rm } from 'node:fs/promises';
import { type Ask, parseLastWords, parseReport } from '../agent/report.ts';
import type { Change } from '../changes/change.ts';
import { readRoomFile } from '../changes/survey.ts';
import { type Built, buildCommits } from '../commit/build.ts';
import { readMail } from '../delegation/mail.ts';
import { judge as judgeChanges, refuseHalfMoves, rejectAll } from '../gate/gate.ts';
import type { Verdict } from '../gate/verdict.ts';
import { landingMessage } from '../landing/candidate.ts';
import { signerOf } from '../landing/signer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { keepRefused } from '../record/keep.ts';
import { letterFile, recordFile } from '../record/path.ts';
import { writeStored } from '../record/stored.ts';
import { type Judged, lawOf, type Opened, type Ran, refusedOf, type StateChange } from '../record/work.ts';
import { badEndOf, hindranceOf, lastLines, runFailure } from '../runs/bad-end.ts';
import { guardChanges } from '../runs/guard.ts';
import { basePaths, movesOf, prefixOf, surveyRoom } from '../runs/survey-room.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Judges a finished run. */
export async function judgeRun(workspace: Workspace, ledger: Ledger, opened: Opened, result: Ran): Promise<Judged> {
  const { ask, reported } = await readAsk(opened, result);
  const summary = ask.kind === 'unreadable' ? result.tail.slice(-2000) : ask.summary;
  const seen = await surveyRoom(workspace, opened);
  const guarded = await guardChanges(opened, result.guard, seen.kind === 'surveyed' ? seen.changes : []);
  const { changes } = guarded;
  const moves = await movesOf(opened, changes);
  const first = refuseHalfMoves(guarded.refuse(judgeChanges(changes, lawOf(opened), basePaths(opened), moves)), moves);
  const began = new Date(workspace.clock.now().getTime() - result.milliseconds);
  const mail = await readMail(workspace, ledger, { ...opened, began }, first);
  const read = refuseOddState(opened, mail.verdicts);
  const verdicts = opened.card.role.onRefusal === 'reject' ? rejectAll(read) : read;
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const allowed = verdicts.filter((one) => one.decision === 'allow');
  const prefix = prefixOf(opened);
  const refused = pick(refusedOf(verdicts), byPath);
  const inPatch = guarded.patchable(refused, prefix);
  const built = await build(workspace, opened, result.agent, pick(allowed, byPath), inPatch, refused.length);
  crashPoint('judge.built');
  const stateOut = stateChanges(opened, pick(allowed, byPath));
  await keepRefused({
    folder: opened.folder,
    mirror: opened.base?.target.mirror ?? null,
    built,
    others: refused.filter((one) => !inPatch.includes(one)),
    take: guarded.take,
  });
  crashPoint('judge.kept');
  const allowedFiles = allowed.map((one) => one.path).filter((path) => path.startsWith(prefix));
  const commit = allowedFiles.length > 0 ? (built?.commit ?? null) : null;
  const { scratch, scratchIn } = seen.kind === 'surveyed' ? seen : { scratch: 0, scratchIn: [] };
  const rejected = opened.card.role.onRefusal === 'reject' && refusedOf(verdicts).length > 0;
  const sent = rejected ? [] : mail.mail;
  await keepOut(opened.folder, sent, stateOut, mail.questions);
  await keepSaid(opened, ask, summary);
  crashPoint('judge.outboxed');
  const record = await writeStored(opened.folder, 'verdicts.json', {
    run: opened.run,
    base: opened.base?.commit ?? null,
    commit,
    scratch,
    verdicts,
  });
  crashPoint('judge.written');
  await ledger.record({
    step: 'judged',
    order: opened.id,
    run: opened.run,
    role: opened.role,
    changed: verdicts.length,
    allowed: allowed.length,
    refused: refusedOf(verdicts)
      .slice(0, 200)
      .map(({ path, sentence, reason }) => ({ path, sentence, reason })),
    scratch,
    digest: digestOf(record),
    ...(summary.trim() === '' && !reported ? { quiet: true } : {}),
  });
  crashPoint('judge.recorded');
  const failure =
    seen.kind === 'surveyed'
      ? runFailure(result, ask)
      : seen.kind === 'gone'
        ? 'its room was removed or replaced'
        : `the room holds more than ${seen.limit} entries; nothing of it was read`;
  return {
    ...opened,
    agent: result.agent,
    unreached: result.unreached,
    spent: result.spent,
    ask,
    reported,
    failure,
    ...badEndOf(result.ending, ask),
    hindered: await hindranceOf(workspace, opened, result.ending),
    complaint: failure === null ? '' : lastLines(result.complaint),
    woken: (ledger.history.orders.get(opened.id)?.tries.wakes ?? 0) > 0,
    limit: result.ending.kind === 'over-limit' ? result.ending.limit : mail.limit,
    stopped: result.ending.kind === 'stopped',
    verdicts,
    scratch,
    scratchIn,
    commit,
    allowedFiles,
    mail: sent,
    questions: rejected ? [] : mail.questions,
    approved: false,
    despiteRed: false,
    stateOut,
    summary,
  };
}

// Letters and state files that are allowed are on disk before anything says so: what does not land is kept there. What an earlier attempt left is not this one's.
async function keepOut(
  folder: string,
  mail: Judged['mail'],
  state: readonly StateChange[],
  questions: readonly string[],
): Promise<void> {
  await rm(recordFile(folder, 'outbox'), { recursive: true, force: true });
  if (mail.length + questions.length > 0) await makeFolder(recordFile(folder, 'outbox'));
  if (questions.length > 0) await writeDurable(letterFile(folder, 'question'), `${questions.join('\n\n')}\n`);
  for (const letter of mail) await writeDurable(letterFile(folder, letter.id), letter.text);
  if (state.length > 0) await writeStored(folder, 'state.json', { files: state });
  else await removeFile(recordFile(folder, 'state.json'));
}

// Kept for roles that send orders: theirs is to route, and what they say shows whether they do.
async function keepSaid({ folder, card }: Opened, ask: Ask, summary: string): Promise<void> {
  const note = 'note' in ask && ask.note !== summary ? ask.note : '';
  const text = [note, summary].filter(Boolean).join('\n\n').trim();
  if (card.role.send.length === 0 || text === '')
    return removeFile(recordFile(folder, 'said.md')).then(() => undefined);
  await writeDurable(recordFile(folder, 'said.md'), `${text}\n`);
}

async function readAsk(opened: Opened, { tail, guard }: Ran): Promise<{ ask: Ask; reported: boolean }> {
  const file = await readPlain(`${opened.room.folder}/report.md`);
  const spoken = typeof opened.launch !== 'string' && opened.launch.openReader !== null;
  if (file.kind === 'absent') return { ask: parseLastWords(tail.slice(-2000), spoken), reported: false };
  return {
    ask: file.kind === 'text' ? parseReport(guard.blot(file.text)) : { kind: 'unreadable', reason: file.flaw },
    reported: true,
  };
}

// State lands as text; what is none is refused and kept rather than changed on its way.
function refuseOddState(opened: Opened, verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.map((one) => {
    if (one.decision !== 'allow' || !one.path.startsWith('state/') || one.what === 'deleted') return one;
    if (isUtf8(readRoomFile(`${opened.room.folder}/${one.path}`))) return one;
    return {
      decision: 'refuse',
      path: one.path,
      what: one.what,
      reason: 'kind',
      sentence: 'state files are UTF-8 text',
      by: one.by,
    };
  });
}

function inRepository(change: Change, prefix: string): Change {
  return { ...change, path: change.path.slice(prefix.length) };
}

function pick(verdicts: readonly Verdict[], byPath: ReadonlyMap<string, Change>): Change[] {
  return verdicts.flatMap((one) => byPath.get(one.path) ?? []);
}

async function build(
  workspace: Workspace,
  opened: Opened,
  agent: string,
  allowed: readonly Change[],
  refused: readonly Change[],
  refusedCount: number,
): Promise<Built | null> {
  if (opened.base === null) return null;
  const prefix = prefixOf(opened);
  const inside = (changes: readonly Change[]): Change[] =>
    changes.filter((one) => one.path.startsWith(prefix)).map((one) => inRepository(one, prefix));
  const [take, keep] = [inside(allowed), inside(refused)];
  if (take.length + keep.length === 0) return null;
  const { domain } = workspace.settings;
  return buildCommits({
    mirror: opened.base.target.mirror,
    run: opened.run,
    base: opened.base.commit,
    author: identityOf(opened.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message: landingMessage(opened, agent, take.length, refusedCount),
    allowed: take,
    refused: keep,
    sign: take.length > 0 ? await signerOf(workspace, opened.role, opened.id) : undefined,
    read: async (change) =>
      change.after?.kind === 'blob' && change.after.target !== undefined
        ? Buffer.from(change.after.target)
        : readRoomFile(`${opened.room.folder}/${prefix}${change.path}`),
  });
}

function stateChanges(opened: Opened, allowed: readonly Change[]): StateChange[] {
  const out: StateChange[] = [];
  for (const change of allowed.filter((one) => one.path.startsWith('state/'))) {
    const before = opened.state.find((copy) => copy.path === change.path)?.content ?? null;
    out.push({
      path: change.path,
      before,
      after: change.after === null ? null : readRoomFile(`${opened.room.folder}/${change.path}`).toString(),
    });
  }
  return out;
}
