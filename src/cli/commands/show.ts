// Why: `fourline show` is one order, whole: what was asked, how it went, and on demand what landed, what was refused, what was said.
// Promises: everything printed to a person is escaped, and what an order says is quoted; --refused and --diff print patches to the byte, for `git apply`, and nothing
// else on standard output.
// Never: changes anything.

import type { Standing } from '../../ledger/standing.ts';
import { waitWords } from '../../ledger/story.ts';
import { parseOrder } from '../../order/order.ts';
import type { Places } from '../../places.ts';
import { hasObject } from '../../platform/git/git.ts';
import { Fault } from '../../platform/text/fault.ts';
import { escapeLines, escapeText, quoteLines } from '../../platform/text/text.ts';
import { patchOf } from '../../record/keep.ts';
import { recordFile, recordFolder } from '../../record/path.ts';
import { askedFor, tellOrders } from '../../waiting/drafts.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace, type Workspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { rawOf, showTurns, turnsOf } from './conversation.ts';
import { readKept, readOrderText, readRecord, readRecordBytes, readVerdicts } from './record.ts';

/** What of the order is asked for; nothing means the whole in short. */
export type ShowOptions = {
  readonly diff?: boolean;
  readonly refused?: boolean;
  readonly log?: boolean;
  /** With `log`: as it was printed, not as a conversation. */
  readonly raw?: boolean;
  readonly brief?: boolean;
};

/** Shows one order. */
export async function runShow(invocation: Invocation, prefix: string, options: ShowOptions): Promise<number> {
  if (options.raw === true && options.log !== true)
    throw new Fault('usage', '--raw goes with --log', { hint: `fourline show ${prefix} --log --raw` });
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries } = await lookAt(root, invocation.log);
  const id = findOrder(history, prefix);
  const standing = history.orders.get(id);
  if (standing === undefined) throw new Fault('order-unknown', `there is no order '${prefix}'`);
  const { places } = workspace;
  try {
    if (options.diff === true) return await showDiff(invocation, workspace, standing);
    if (options.refused === true) return await showRefused(invocation, places, standing);
    if (options.brief === true)
      return await print(invocation, await readRecord(places, standing, 'brief.md'), 'it was not briefed yet');
    if (options.log === true) return await showLog(invocation, places, standing, options.raw === true);
    const text = await readOrderText(places, standing);
    const report = await readRecord(places, standing, 'report.md');
    const reading = parseOrder(text ?? '', true);
    const doubts = reading.ok ? reading.order.warnings : [];
    const steps = entries.filter((entry) => 'order' in entry && entry.order === id);
    invocation.answer(
      {
        ...standing,
        folder: recordFolder(places, standing),
        text,
        report,
        doubts,
        verdicts: (await readVerdicts(places, standing))?.verdicts ?? [],
        steps,
      },
      [
        `${id}  ${standing.role}  ${standing.outcome ?? standing.position}  from ${standing.from}${standing.parent === null ? '' : `, part of ${standing.parent}`}`,
        ...(standing.waits === null ? [] : [`waits ${escapeText(waitWords(standing.waits))}`]),
        ...(standing.pull === null
          ? []
          : [`pull request ${standing.pull.number}, ${standing.pull.state}: ${escapeText(standing.pull.url)}`]),
        ...standing.refs.map((one) => `handed down: ${escapeText(one)}`),
        ...standing.contract.map(
          ({ path, owner, plan }) =>
            `pinned by ${plan}: ${escapeText(path)}${owner === null ? '' : `, for ${owner} alone`}`,
        ),
        ...steps.flatMap((one) =>
          one.step === 'flagged'
            ? [`in none of the orders it sent (${one.run}): ${escapeText(one.missing.join(', '))}`]
            : [],
        ),
        ...doubts.map((one) => `doubtful, line ${one.line}: ${escapeText(one.message)}`),
        '',
        ...(text === null ? ['its text is gone'] : quoteLines(text)),
        ...(report === null ? [] : ['', '─── report', escapeLines(report.replace(/^---\n[\s\S]*?\n---\n/, '').trim())]),
        '',
        `record: ${recordFolder(places, standing)}`,
        `next: fourline why ${id}, fourline show ${id} --diff | --refused | --log | --brief`,
      ],
    );
    return exitCodes.ok;
  } finally {
    await workspace.close();
  }
}

async function print(invocation: Invocation, text: string | null, otherwise: string): Promise<number> {
  if (text === null || text === '') {
    invocation.answer({ text: null }, []);
    invocation.log.say(otherwise);
    return exitCodes.no;
  }
  invocation.answer({ text }, [text.replace(/\n$/, '')]);
  return exitCodes.ok;
}

async function showDiff(invocation: Invocation, workspace: Workspace, standing: Standing): Promise<number> {
  const patch = await landedPatch(workspace, standing);
  const mail = standing.held === null ? [] : await askedFor(workspace.places, standing.id);
  if (patch === null && mail.length === 0) return print(invocation, null, 'nothing of it landed in a repository');
  // Quoted and above the patch, so that what is no patch is passed over by `git apply`.
  const orders = tellOrders(mail, 1000).flatMap(({ title, lines }) => [
    `> ${escapeText(title)}`,
    '>',
    ...quoteLines(lines.join('\n')),
    '',
  ]);
  const bytes = Buffer.concat([Buffer.from(orders.map((line) => `${line}\n`).join('')), patch ?? Buffer.alloc(0)]);
  invocation.answerBytes({ ...patchData(patch ?? Buffer.alloc(0)), orders: mail }, bytes);
  return exitCodes.ok;
}

// Standard output is the patch alone, so that it stays one; without a patch it is the list of what is kept.
async function showRefused(invocation: Invocation, places: Places, standing: Standing): Promise<number> {
  const patch = await readRecordBytes(places, standing, 'refused.patch');
  const kept = await readKept(places, standing);
  const folder = recordFile(recordFolder(places, standing), 'refused');
  const lines = [
    `kept${patch === null ? '' : ' besides'}, as no patch can hold it, in ${escapeText(folder)}:`,
    ...tableOf(
      kept.map((one) => [
        `  ${one.file === null ? '(no content)' : one.file.slice(folder.length + 1)}`,
        one.what,
        one.path,
        one.reason,
      ]),
    ),
  ];
  if (patch !== null) {
    invocation.answerBytes({ ...patchData(patch), kept }, patch);
    if (kept.length > 0) for (const line of lines) invocation.log.say(line);
    return exitCodes.ok;
  }
  invocation.answer({ text: null, base64: null, kept }, kept.length > 0 ? lines : []);
  if (kept.length > 0) return exitCodes.ok;
  invocation.log.say('nothing was refused');
  return exitCodes.no;
}

// A patch of a file that is no UTF-8 is none either: its bytes are what applies, its text is for reading.
function patchData(patch: Buffer): { text: string; base64: string } {
  return { text: patch.toString(), base64: patch.toString('base64') };
}

async function landedPatch(workspace: Workspace, standing: Standing): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  const { held, repo } = standing;
  // What waits for a word is what there is to look at.
  const waiting = held?.commit == null || repo === null ? [] : [{ repo, commit: held.commit }];
  for (const { repo, commit } of [...standing.landed, ...waiting]) {
    const target = await workspace.target(repo);
    if ('kind' in target || !(await hasObject(target.mirror, commit))) continue;
    parts.push(await patchOf(target.mirror, `${commit}^`, commit));
  }
  return parts.length === 0 ? null : Buffer.concat(parts);
}

async function showLog(invocation: Invocation, places: Places, standing: Standing, raw: boolean): Promise<number> {
  const transcript = await readRecord(places, standing, 'transcript.jsonl');
  const turns = transcript === null ? [] : turnsOf(transcript);
  if (raw || turns.length === 0)
    return print(invocation, transcript === null ? null : escapeLines(rawOf(transcript)), 'it printed nothing');
  const lines = showTurns(turns);
  invocation.answer({ text: lines.join('\n'), turns }, [
    ...lines,
    `next: fourline show ${standing.id} --brief (what it was told), fourline show ${standing.id} --log --raw`,
  ]);
  return exitCodes.ok;
}
