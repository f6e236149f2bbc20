// Why: the fourth step: what is different in the sealed room, the gate's word on each difference, and the commits made
// of it.
// Promises: every difference ends as allowed, kept as refused, or counted as scratch; verdicts are on disk before
// anything is built on them.
// Never: moves a branch or delivers anything.

import { isUtf8 } from 'node:buffer';
import { rm } from 'node:fs/promises';
import { type Ask, parseLastWords, parseReport } from '../agent/report.ts';
import type { Change } from '../changes/change.ts';
import { readChanged, readRoomFile } from '../changes/room-file.ts';
import type { Survey } from '../changes/survey.ts';
import { type Built, buildCommits } from '../commit/build.ts';
import { readMail } from '../delegation/mail.ts';
import { judge as judgeChanges, refuseHalfMoves, rejectAll } from '../gate/gate.ts';
import { refuseOddState } from '../gate/refuse.ts';
import type { Verdict } from '../gate/verdict.ts';
import { landingMessage } from '../landing/candidate.ts';
import { signerOf } from '../landing/signer.ts';
import type { Step } from '../ledger/entry.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { isReason } from '../platform/text/fault.ts';
import { keepRefused } from '../record/keep.ts';
import { letterFile, recordFile } from '../record/path.ts';
import { writeStored } from '../record/stored.ts';
import { type Judged, lawOf, type Opened, type Ran, refusedOf, type StateChange } from '../record/work.ts';
import { writtenFile } from '../room/lay.ts';
import { badEndOf, hindranceOf, lastLines, runFailure } from '../runs/bad-end.ts';
import { type Guarded, guardChanges } from '../runs/guard.ts';
import { baseAround, movesOf, prefixOf, surveyRoom } from '../runs/survey-room.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';

/**
 * Judges a finished run. Gives what it brought, with all of it on disk and the verdicts in the journal; throws only for
 * faults of the machine.
 */
export async function judgeRun(session: Session, opened: Opened, result: Ran): Promise<Judged> {
  const { workspace, ledger } = session;
  const said = await readLastWord(opened, result);
  const sifted = await siftRoom(session, opened, result);
  const built = await build(workspace, opened, result.agent, sifted);
  crashPoint('judge.built');
  const brought = broughtBy(opened, sifted, built);
  await keepRefused({
    folder: opened.folder,
    mirror: opened.base?.target.mirror ?? null,
    built,
    others: sifted.refused.filter((one) => !sifted.patchable.includes(one)),
    take: sifted.take,
  });
  crashPoint('judge.kept');
  await keepOut(opened.folder, brought, sifted.questions);
  await keepSaid(opened, said);
  crashPoint('judge.outboxed');
  const record = await writeStored(opened.folder, 'verdicts.json', {
    run: opened.run,
    base: opened.base?.commit ?? null,
    commit: brought.commit,
    scratch: brought.scratch,
    verdicts: brought.verdicts,
  });
  crashPoint('judge.written');
  await ledger.record(judgedStep(opened, said, brought, digestOf(record)));
  crashPoint('judge.recorded');
  const { ending } = result;
  const failure = runFailure(result, said.ask, sifted.seen);
  return {
    ...opened,
    ...said,
    ...brought,
    agent: result.agent,
    unreached: result.unreached,
    spent: result.spent,
    failure,
    ...badEndOf(ending, said.ask),
    hindered: await hindranceOf(workspace, opened, ending),
    ...outputOf(result, failure !== null || (brought.verdicts.length === 0 && !said.reported)),
    woken: (ledger.history.orders.get(opened.id)?.tries.wakes ?? 0) > 0,
    limit: ending.kind === 'over-limit' ? ending.limit : sifted.limit,
    stopped: ending.kind === 'stopped',
    approved: false,
    despiteRed: false,
  };
}

// The last lines of both streams, if they may say why it failed.
function outputOf({ printed, complaint }: Ran, failed: boolean): Pick<Judged, 'printed' | 'complaint'> {
  return { printed: failed ? lastLines(printed) : '', complaint: failed ? lastLines(complaint) : '' };
}

/** The words of a run at its end. */
type LastWord = Pick<Judged, 'ask' | 'reported' | 'summary'>;

async function readLastWord(opened: Opened, result: Ran): Promise<LastWord> {
  const { ask, reported } = await readAsk(opened, result);
  return { ask, reported, summary: ask.kind === 'unreadable' ? result.tail.slice(-2000) : ask.summary };
}

/** The differences in a sealed room, by what the gate says of each, and the letters among them. */
type Sifted = {
  readonly seen: Survey;
  readonly verdicts: readonly Verdict[];
  readonly allowed: readonly Change[];
  readonly refused: readonly Change[];
  /** Refused changes that go into a patch; the others are kept as files. */
  readonly patchable: readonly Change[];
  readonly take: Guarded['take'];
  readonly mail: Judged['mail'];
  readonly questions: readonly string[];
  /** The limit that the letters reached, by its name on the card; null when they reached no limit. */
  readonly limit: string | null;
};

async function siftRoom(session: Session, opened: Opened, result: Ran): Promise<Sifted> {
  const { workspace } = session;
  const seen = await surveyRoom(workspace, opened);
  const guarded = await guardChanges(opened, result.guard, seen.kind === 'surveyed' ? seen.changes : []);
  const { changes } = guarded;
  const moves = await movesOf(opened, changes);
  const base = await baseAround(opened, changes);
  const first = refuseHalfMoves(guarded.refuse(judgeChanges(changes, lawOf(opened), base, moves)), moves);
  const began = new Date(workspace.clock.now().getTime() - result.milliseconds);
  const { mail, questions, limit, ...letters } = await readMail(session, { ...opened, began }, first);
  const read = refuseOddState(letters.verdicts, (path) => isUtf8(readRoomFile(writtenFile(opened.room, path))));
  const verdicts = opened.card.role.onRefusal === 'reject' ? rejectAll(read) : read;
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const pick = (some: readonly Verdict[]): Change[] => some.flatMap((one) => byPath.get(one.path) ?? []);
  const refused = pick(refusedOf(verdicts));
  return {
    seen,
    verdicts,
    allowed: pick(allowedOf(verdicts)),
    refused,
    patchable: guarded.patchable(refused, prefixOf(opened)),
    take: guarded.take,
    mail,
    questions,
    limit,
  };
}

function allowedOf(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter((one) => one.decision === 'allow');
}

/** The results of a run that may land, and what is told about them. */
type RunYield = Pick<
  Judged,
  'verdicts' | 'scratch' | 'scratchIn' | 'commit' | 'allowedFiles' | 'mail' | 'questions' | 'stateOut'
>;

// If the card rejects everything for one refusal, the run sends and asks nothing either.
function broughtBy(opened: Opened, { seen, verdicts, ...sifted }: Sifted, built: Built | null): RunYield {
  const prefix = prefixOf(opened);
  const allowedFiles = allowedOf(verdicts)
    .map((one) => one.path)
    .filter((path) => path.startsWith(prefix));
  const rejected = opened.card.role.onRefusal === 'reject' && refusedOf(verdicts).length > 0;
  return {
    verdicts,
    scratch: seen.kind === 'surveyed' ? seen.scratch : 0,
    scratchIn: seen.kind === 'surveyed' ? seen.scratchIn : [],
    commit: allowedFiles.length > 0 ? (built?.commit ?? null) : null,
    allowedFiles,
    mail: rejected ? [] : sifted.mail,
    questions: rejected ? [] : sifted.questions,
    stateOut: stateChanges(opened, sifted.allowed),
  };
}

function judgedStep(
  opened: Opened,
  { summary, reported }: LastWord,
  { verdicts, scratch }: RunYield,
  digest: string,
): Step {
  return {
    step: 'judged',
    order: opened.id,
    run: opened.run,
    role: opened.role,
    changed: verdicts.length,
    allowed: allowedOf(verdicts).length,
    refused: refusedOf(verdicts)
      .slice(0, 200)
      .map(({ path, sentence, reason }) => ({ path, sentence, reason })),
    scratch,
    digest,
    ...(summary.trim() === '' && !reported ? { quiet: true } : {}),
  };
}

// Letters and state files that are allowed are on disk before anything says so: what does not land is kept there.
// Files that an earlier attempt left are not this one's.
async function keepOut(
  folder: string,
  { mail, stateOut }: Pick<RunYield, 'mail' | 'stateOut'>,
  questions: readonly string[],
): Promise<void> {
  await rm(recordFile(folder, 'outbox'), { recursive: true, force: true });
  if (mail.length + questions.length > 0) await makeFolder(recordFile(folder, 'outbox'));
  if (questions.length > 0) await writeDurable(letterFile(folder, 'question'), `${questions.join('\n\n')}\n`);
  for (const letter of mail) await writeDurable(letterFile(folder, letter.id), letter.text);
  if (stateOut.length > 0) await writeStored(folder, 'state.json', { files: stateOut });
  else await removeFile(recordFile(folder, 'state.json'));
}

// Kept for roles that send orders: theirs is to route, and what they say shows whether they do.
async function keepSaid({ folder, card }: Opened, { ask, summary }: LastWord): Promise<void> {
  const note = 'note' in ask && ask.note !== summary ? ask.note : '';
  const text = [note, summary].filter(Boolean).join('\n\n').trim();
  if (card.role.send.length === 0 || text === '')
    return removeFile(recordFile(folder, 'said.md')).then(() => undefined);
  await writeDurable(recordFile(folder, 'said.md'), `${text}\n`);
}

async function readAsk(opened: Opened, { tail, guard }: Ran): Promise<{ ask: Ask; reported: boolean }> {
  const file = await readPlain(`${opened.room.folder}/report.md`);
  const spoken = !isReason(opened.launch) && opened.launch.openReader !== null;
  if (file.kind === 'absent') return { ask: parseLastWords(tail.slice(-2000), spoken), reported: false };
  return {
    ask: file.kind === 'text' ? parseReport(guard.blot(file.text)) : { kind: 'unreadable', reason: file.flaw },
    reported: true,
  };
}

function inRepository(change: Change, prefix: string): Change {
  return { ...change, path: change.path.slice(prefix.length) };
}

async function build(
  workspace: Workspace,
  opened: Opened,
  agent: string,
  { allowed, refused, patchable }: Sifted,
): Promise<Built | null> {
  if (opened.base === null) return null;
  const prefix = prefixOf(opened);
  const inside = (changes: readonly Change[]): Change[] =>
    changes.filter((one) => one.path.startsWith(prefix)).map((one) => inRepository(one, prefix));
  const [take, keep] = [inside(allowed), inside(patchable)];
  if (take.length + keep.length === 0) return null;
  const { domain } = workspace.settings;
  return buildCommits({
    objects: opened.base.target.objects,
    run: opened.run,
    base: opened.base.commit,
    author: identityOf(opened.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message: landingMessage(opened, agent, take.length, refused.length),
    allowed: take,
    refused: keep,
    sign: take.length > 0 ? await signerOf(workspace, opened.role, opened.id) : undefined,
    read: async (change) => readChanged(change, writtenFile(opened.room, `${prefix}${change.path}`)),
  });
}

function stateChanges(opened: Opened, allowed: readonly Change[]): StateChange[] {
  const out: StateChange[] = [];
  for (const change of allowed.filter((one) => one.path.startsWith('state/'))) {
    const before = opened.state.find((copy) => copy.path === change.path)?.content ?? null;
    out.push({
      path: change.path,
      before,
      after: change.after === null ? null : readRoomFile(writtenFile(opened.room, change.path)).toString(),
    });
  }
  return out;
}
