// Why: the operator passes a gate by a file in their inbox, as they answer any other question.
// Promises: an answer counts when its file stands still. One that is not plain is asked again.
// Never: passes a gate by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { composeGate, gateFile } from '../flow/gate.ts';
import type { StepRow } from '../flow/progress.ts';
import { makeFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { noteDoubt, readDecision, readForm, unclear } from '../waiting/form.ts';
import { replyStillTime } from '../waiting/reply.ts';
import type { Look } from '../workspace/look.ts';
import { fileStamp, type KeptRun } from './flow-files.ts';
import { type BegunSteps, readHanded } from './flow-hand.ts';

/** The operator's word on a gate. */
export type GateWord = { readonly verdict: 'approved' | 'rejected'; readonly note: string };

/** Writes the form of a gate, where it isn't there; true when it was written now. */
export async function askGatekeeper(look: Look, kept: KeptRun, row: StepRow, begun: BegunSteps): Promise<boolean> {
  const { root } = look.workspace.places;
  const path = `${root}/${gateFile(kept.run, row.step)}`;
  const step = kept.steps.find(({ name }) => name === row.step);
  if (step === undefined || (await fileStamp(path)) !== null) return false;
  const handed = await readHanded(look, kept, step, begun);
  await makeFolder(`${root}/inbox/operator`);
  const form = composeGate({ run: kept.run, step: row.step, asked: step.lines.join('\n'), handed });
  return writeDurable(path, form, { replace: false });
}

/** Reads the operator's word from the form of a gate; null while there is none. */
export async function readGateWord(root: string, run: string, step: string): Promise<GateWord | null> {
  const path = `${root}/${gateFile(run, step)}`;
  const before = await fileStamp(path);
  const file = await readPlain(path, 1024 * 1024);
  const answer = file.kind === 'text' ? readForm(file.text) : null;
  if (file.kind !== 'text' || answer === null) return null;
  await pause(replyStillTime);
  if ((await fileStamp(path)) !== before) return null;
  const decision = readDecision(answer);
  if (decision !== null) return decision;
  const noted = noteDoubt(file.text, unclear);
  if (noted !== null) await writeDurable(path, noted);
  return null;
}

/** Removes the form of a gate that was passed or is not asked any more. */
export async function withdrawGate(root: string, run: string, step: string): Promise<void> {
  await removeFile(`${root}/${gateFile(run, step)}`);
}
