// Why: `fourline show` is one order, whole: what was asked, how it went, and on demand what landed, what was refused, what was said.
// Promises: everything printed to a person is escaped; --refused and --diff print patches as they are, for `git apply`.
// Never: changes anything.
import { findOrder, lookAt } from '../desk.ts';
import { Fault } from '../ground/fault.ts';
import { hasObject } from '../ground/git.ts';
import { escapeLines } from '../ground/text.ts';
import { patchOf } from '../landing/keep.ts';
import type { Standing } from '../ledger/fold.ts';
import { findWorkspace, type Workspace } from '../workspace.ts';
import { exitCodes, type Invocation } from './invocation.ts';
import { readOrderText, readRecord, readVerdicts, recordFolder } from './record.ts';

/** What of the order is asked for; nothing means the whole in short. */
export type ShowOptions = {
  readonly diff?: boolean;
  readonly refused?: boolean;
  readonly log?: boolean;
  readonly brief?: boolean;
};

/** Shows one order. */
export async function runShow(invocation: Invocation, prefix: string, options: ShowOptions): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries } = await lookAt(root, invocation.log);
  const id = findOrder(history, prefix);
  const standing = history.orders.get(id);
  if (standing === undefined) throw new Fault('order-unknown', `there is no order '${prefix}'`);
  const { places } = workspace;
  try {
    if (options.diff === true)
      return await print(invocation, await landedPatch(workspace, standing), 'nothing of it landed in a repository');
    if (options.refused === true)
      return await print(
        invocation,
        await readRecord(places, standing, 'refused.patch'),
        `nothing was refused that a patch can hold; see ${recordFolder(places, standing)}`,
      );
    if (options.brief === true)
      return await print(invocation, await readRecord(places, standing, 'brief.md'), 'it was not briefed yet');
    if (options.log === true)
      return await print(invocation, await transcriptOf(workspace, standing), 'it printed nothing');
    const text = await readOrderText(places, standing);
    const report = await readRecord(places, standing, 'report.md');
    const steps = entries.filter((entry) => 'order' in entry && entry.order === id);
    invocation.answer(
      {
        ...standing,
        folder: recordFolder(places, standing),
        text,
        report,
        verdicts: (await readVerdicts(places, standing))?.verdicts ?? [],
        steps,
      },
      [
        `${id}  ${standing.role}  ${standing.outcome ?? standing.position}  from ${standing.from}${standing.parent === null ? '' : `, part of ${standing.parent}`}`,
        '',
        escapeLines((text ?? 'its text is gone').trim()),
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

async function landedPatch(workspace: Workspace, standing: Standing): Promise<string | null> {
  const parts: string[] = [];
  for (const landed of standing.landed) {
    const target = await workspace.target(landed.repo);
    if ('kind' in target || !(await hasObject(target.mirror, landed.commit))) continue;
    parts.push((await patchOf(target.mirror, `${landed.commit}^`, landed.commit)).toString());
  }
  return parts.length === 0 ? null : parts.join('');
}

async function transcriptOf(workspace: Workspace, standing: Standing): Promise<string | null> {
  const text = await readRecord(workspace.places, standing, 'transcript.jsonl');
  if (text === null) return null;
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const said = JSON.parse(line) as { text?: string; dropped?: number };
      return said.text === undefined ? `\n(${said.dropped} bytes more were not kept)` : escapeLines(said.text);
    })
    .join('');
}
