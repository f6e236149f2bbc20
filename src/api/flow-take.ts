// Why: a file that appears begins a run of a flow, as one in an inbox begins an order.
// Promises: a file begins one run, also after a crash. It lies where it lay, or where its run has it. A file that
// begins none stays, and its answer lies next to it.
// Never: follows a link; looks where a role can write.
import type { FlowValues } from '../flow/compose.ts';
import type { Flow } from '../flow/flow.ts';
import type { FilesWanted, Take } from '../flow/keys.ts';
import { listFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { type Field, splitFrontMatter } from '../platform/text/front-matter.ts';
import { type Problem, printProblem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import type { FlowRun } from './flow-advance.ts';
import { beginRun } from './flow-begin.ts';
import { fileStamp, readOpenRuns } from './flow-files.ts';
import { draftWords } from './flow-words.ts';
import type { Site } from './site.ts';

/** Largest file that begins a run, in bytes: it is handed down, and refs have at most as much. */
const flowFileLimit = 1024 * 1024;

/** Files by path, each with the stamp that it had when it was seen, or when its problem was said. */
export type FileMemory = Map<string, string>;

/** A flow by its name. */
export type NamedFlow = { readonly name: string; readonly flow: Flow };

/** The runs that files began, the files with a new answer, and whether one is still being written. */
type TakenFiles = { readonly begun: FlowRun[]; readonly answered: string[]; waits: boolean };

/** Begins a run for each file that lies where flows wait for one, once it stands still. */
export async function takeFlowFiles(
  site: Site,
  flows: readonly NamedFlow[],
  memory: { readonly seen: FileMemory; readonly answered: FileMemory },
): Promise<TakenFiles> {
  const taken: TakenFiles = { begun: [], answered: [], waits: false };
  for (const named of flows) {
    const { file } = named.flow.on;
    for (const path of file === null ? [] : await filesAt(site, file)) {
      const stamp = await fileStamp(`${site.root}/${path}`);
      if (stamp === null || memory.answered.get(path) === stamp || (await beganRun(site, path, stamp))) continue;
      if (memory.seen.get(path) !== stamp) {
        memory.seen.set(path, stamp);
        taken.waits = true;
      } else if (await answerFile(site, path, await beginByFile(site, named, { path, stamp }, taken.begun))) {
        memory.answered.set(path, stamp);
        taken.answered.push(path);
      }
    }
  }
  return taken;
}

// The files that a flow waits for, as workspace paths. An answer goes with the file that it was about.
async function filesAt({ root }: Site, { folder, shape }: FilesWanted): Promise<string[]> {
  const names: readonly string[] = await listFolder(`${root}/${folder}`).catch(() => []);
  const answers = names.filter((name) => name.endsWith(answerEnd));
  for (const name of answers) {
    const about = name.slice(0, -answerEnd.length);
    if (shape.test(about) && !names.includes(about)) await removeFile(`${root}/${folder}/${name}`);
  }
  return names
    .filter((name) => shape.test(name) && !answers.includes(name) && !/^\.|~$/.test(name))
    .map((name) => `${folder}/${name}`);
}

const answerEnd = '.problem.txt';

// Writes the answer next to a file, or removes it. True where there is an answer that was not there.
async function answerFile({ root }: Site, path: string, problem: string | null): Promise<boolean> {
  const answer = `${root}/${path}${answerEnd}`;
  if (problem === null) {
    await removeFile(answer);
    return false;
  }
  const before = await readPlain(answer, flowFileLimit);
  if (before.kind === 'text' && before.text === `${problem}\n`) return false;
  await writeDurable(answer, `${problem}\n`);
  return true;
}

// A run that was broken off before it took its file takes it when it goes on.
async function beganRun({ root }: Site, path: string, stamp: string): Promise<boolean> {
  return (await readOpenRuns(root)).some(({ file }) => file?.from === path && file.stamp === stamp);
}

async function beginByFile(
  site: Site,
  { name, flow }: NamedFlow,
  { path, stamp }: { readonly path: string; readonly stamp: string },
  begun: FlowRun[],
): Promise<string | null> {
  const file = await readPlain(`${site.root}/${path}`, flowFileLimit);
  if (file.kind !== 'text') return file.kind === 'absent' ? null : `the flow ${name} cannot take it: ${file.flaw}`;
  const given = valuesIn(file.text, flow.takes);
  if (!given.ok) return given.problems.map((one) => printProblem(one, path, file.text)).join('\n\n');
  try {
    const result = await beginRun(site, name, given.values, { by: 'file', from: path, stamp });
    if (!result.ok) return draftWords(name, result.draft);
    begun.push(result.begun);
    return null;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'flow-value') throw error;
    return `${error.message}\nhelp: give it above the text, between two lines of ---: ${error.hint ?? ''}`;
  }
}

type ReadValues =
  | { readonly ok: true; readonly values: FlowValues }
  | { readonly ok: false; readonly problems: readonly Problem[] };

// The front matter of a file gives the values that a flow takes; a file that begins otherwise gives none.
function valuesIn(text: string, takes: readonly Take[]): ReadValues {
  if (!text.startsWith('---\n') && !text.startsWith('---\r\n')) return { ok: true, values: {} };
  const parts = splitFrontMatter(text);
  if (!parts.ok) return { ok: false, problems: parts.problems };
  const strange = (field: Field): boolean =>
    !takes.some(({ name }) => name === field.key) || !['string', 'number', 'boolean'].includes(typeof field.value);
  const problems = parts.fields.filter(strange).map(({ key, line, column }): Problem => {
    const message = `the flow takes no value '${escapeText(key)}' of this kind`;
    const hint = `it takes ${takes.map(({ name }) => name).join(', ') || 'no values'}, each a text`;
    return { code: 'flow-value', level: 'error', message, line, column, hint };
  });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, values: Object.fromEntries(parts.fields.map(({ key, value }) => [key, String(value)])) };
}
