// Why: the fourth step: what is different in the sealed room, the gate's word on each difference, and the commits made of it.
// Promises: every difference ends as allowed, kept as refused, or counted as scratch; verdicts are on disk before anything is built on them.
// Never: moves a branch or delivers anything.
import { isUtf8 } from 'node:buffer';
import { rm } from 'node:fs/promises';
import type { RunResult } from '../agent/agent.ts';
import { showEnding } from '../agent/agent.ts';
import { type Ask, parseReport } from '../agent/report.ts';
import type { BaseEntry, Change } from '../changes/change.ts';
import { compileIgnore, type IgnoreRules } from '../changes/ignore-rules.ts';
import { readRoomFile, type Survey, survey } from '../changes/survey.ts';
import { judge as judgeChanges, type Law, rejectAll } from '../gate/gate.ts';
import type { Verdict } from '../gate/verdict.ts';
import { crashPoint } from '../ground/crash.ts';
import { makeFolder, readPlain, removeFile, writeDurable } from '../ground/files.ts';
import { blobId } from '../ground/git.ts';
import { committerOf, identityOf } from '../ground/identity.ts';
import { type Built, buildCommits } from '../landing/build.ts';
import { keepRefused } from '../landing/keep.ts';
import { composeMessage } from '../landing/message.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { digestOf } from '../order/scan.ts';
import { furniture } from '../room/furnish.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import { guardChanges } from './guard.ts';
import { readMail } from './mail.ts';
import { signerOf } from './signer.ts';
import { type Judged, type Opened, type Ran, refusedOf, type StateChange } from './trip.ts';

/** Judges a finished run. */
export async function judge(workspace: Workspace, ledger: Ledger, opened: Opened, result: Ran): Promise<Judged> {
  const { ask, reported } = await readAsk(opened, result);
  const summary = ask.kind === 'unreadable' ? result.tail.slice(-2000) : ask.summary;
  const seen = await surveyRoom(workspace, opened);
  const guarded = await guardChanges(opened, result.guard, seen.kind === 'surveyed' ? seen.changes : []);
  const { changes } = guarded;
  const first = guarded.refuse(judgeChanges(changes, lawOf(opened), basePaths(opened)));
  const mail = await readMail(workspace, ledger, opened, first);
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
  const scratch = seen.kind === 'surveyed' ? seen.scratch : 0;
  const record = `${JSON.stringify({ run: opened.run, base: opened.base?.commit ?? null, commit, scratch, verdicts }, null, 1)}\n`;
  const rejected = opened.card.role.onRefusal === 'reject' && refusedOf(verdicts).length > 0;
  const sent = rejected ? [] : mail.mail;
  await keepOut(opened.folder, sent, stateOut, mail.questions);
  crashPoint('judge.outboxed');
  await writeDurable(`${opened.folder}/verdicts.json`, record);
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
      ? failureOf(result, ask)
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
    limit: result.ending.kind === 'over-limit' ? result.ending.limit : mail.limit,
    stopped: result.ending.kind === 'stopped',
    verdicts,
    scratch,
    commit,
    allowedFiles,
    mail: sent,
    questions: rejected ? [] : mail.questions,
    approved: false,
    stateOut,
    summary,
  };
}

/** What an opened order's run is judged by. */
export function lawOf({ card, admitted }: Opened): Law {
  return { grant: card.grant, scope: admitted.scope, pinned: admitted.pinned };
}

// Letters and state files that are allowed are on disk before anything says so: what does not land is kept there. What an earlier attempt left is not this one's.
async function keepOut(
  folder: string,
  mail: Judged['mail'],
  state: readonly StateChange[],
  questions: readonly string[],
): Promise<void> {
  await rm(`${folder}/outbox`, { recursive: true, force: true });
  if (mail.length + questions.length > 0) await makeFolder(`${folder}/outbox`);
  if (questions.length > 0) await writeDurable(`${folder}/outbox/question.md`, `${questions.join('\n\n')}\n`);
  for (const letter of mail) await writeDurable(`${folder}/outbox/${letter.id}.md`, letter.text);
  if (state.length > 0) await writeDurable(`${folder}/state.json`, JSON.stringify(state));
  else await removeFile(`${folder}/state.json`);
}

function failureOf(result: RunResult, ask: Ask): string | null {
  if (result.ending.kind !== 'exited' || result.ending.status !== 0) return showEnding(result.ending);
  return ask.kind === 'unreadable' ? `its report cannot be read: ${ask.reason}` : null;
}

async function readAsk(opened: Opened, { tail, guard }: Ran): Promise<{ ask: Ask; reported: boolean }> {
  const file = await readPlain(`${opened.room.folder}/report.md`);
  if (file.kind === 'absent') return { ask: { kind: 'done', summary: tail.slice(-2000) }, reported: false };
  return {
    ask: file.kind === 'text' ? parseReport(guard.blot(file.text)) : { kind: 'unreadable', reason: file.flaw },
    reported: true,
  };
}

function prefixOf(opened: Opened): string {
  return opened.base === null ? 'repos//' : `repos/${opened.base.target.name}/`;
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

function* basePaths(opened: Opened): Iterable<string> {
  for (const entry of opened.room.base) yield entry.path;
  for (const copy of opened.state) yield copy.path;
}

async function surveyRoom(workspace: Workspace, opened: Opened): Promise<Survey> {
  const like = opened.base?.commit ?? '';
  const base = new Map<string, BaseEntry>();
  for (const entry of opened.room.base) base.set(entry.path, { mode: entry.mode as BaseEntry['mode'], id: entry.id });
  for (const copy of opened.state) base.set(copy.path, { mode: '100644', id: blobId(like, Buffer.from(copy.content)) });
  const prefix = prefixOf(opened).slice(0, -1);
  const ignore = await readIgnore(opened, prefix);
  const seen = await survey({
    folder: opened.room.folder,
    inode: opened.room.inode,
    base,
    furniture,
    rules: [{ prefix, ignore }],
    like,
  });
  // What takes too long to find ignored is judged like anything else: nothing is thrown away for it.
  if (ignore.exhausted()) {
    const words = '.gitignore takes too long to match; what it ignores beyond that is judged like any other file';
    sayStep(workspace, opened.role, opened.id, 'slow', words, 'bad');
  }
  return seen;
}

async function readIgnore(opened: Opened, prefix: string): Promise<IgnoreRules> {
  const files: { folder: string; text: string }[] = [];
  for (const entry of opened.room.base) {
    if (!/(?:^|\/)\.gitignore$/.test(entry.path) || entry.mode === '120000') continue;
    const object = await opened.base?.target.reader.read(entry.id);
    const inside = entry.path.slice(prefix.length + 1);
    files.push({ folder: inside.split('/').slice(0, -1).join('/'), text: object?.content.toString() ?? '' });
  }
  return compileIgnore(files);
}

/** Tells of a workspace path whether it is scratch: in no base, and ignored by the base's rules. */
export async function ignoredBy(opened: Opened): Promise<(path: string) => boolean> {
  const prefix = prefixOf(opened);
  const rules = await readIgnore(opened, prefix.slice(0, -1));
  const known = new Set(basePaths(opened));
  return (path) => path.startsWith(prefix) && !known.has(path) && rules.ignores(path.slice(prefix.length), false);
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

/** The message of an order's landing, whether its commit stands on its own base or was put onto a newer tip. */
export function landingMessage(opened: Opened, agent: string, files: number, refused: number): string {
  return composeMessage({
    objective: opened.order.objective.text,
    order: opened.id,
    run: opened.run,
    role: opened.role,
    card: opened.card.digest,
    agent,
    files,
    refused,
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
