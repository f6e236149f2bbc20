// Why: a file that appears begins a run of a flow, as one in an inbox begins an order.
// Promises: a file begins one run, also after a crash. It lies where it lay, or where its run has it. A file that
// begins none stays, and its answer lies next to it.
// Never: follows a link; looks where a role can write.
import { realpath } from 'node:fs/promises';
import type { FlowValues } from '../flow/compose.ts';
import type { Flow } from '../flow/flow.ts';
import { type FilesWanted, isMeant } from '../flow/keys.ts';
import { valuesOfFiles } from '../flow/reach.ts';
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

/** Files that were seen, and those with an answer. `apart` works on one thing and says its trouble: others go on. */
type TakeMemory = {
  readonly seen: FileMemory;
  readonly answered: FileMemory;
  readonly apart: <Result>(about: string, work: () => Promise<Result>) => Promise<Result | null>;
};

/** Begins a run for each file that lies where flows wait for one, once it stands still. */
export async function takeFlowFiles(site: Site, flows: readonly NamedFlow[], memory: TakeMemory): Promise<TakenFiles> {
  const taken: TakenFiles = { begun: [], answered: [], waits: false };
  for (const named of flows) {
    const { file } = named.flow.on;
    if (file === null) continue;
    const paths = await memory.apart(`${file.folder}/`, () => filesAt(site, file));
    for (const path of paths ?? []) await memory.apart(path, () => takeFlowFile(site, named, { path, memory, taken }));
  }
  return taken;
}

type Taking = { readonly path: string; readonly memory: TakeMemory; readonly taken: TakenFiles };

async function takeFlowFile(site: Site, named: NamedFlow, { path, memory, taken }: Taking): Promise<void> {
  const { seen, answered } = memory;
  const stamp = await fileStamp(`${site.root}/${path}`);
  if (stamp === null || answered.get(path) === stamp || (await beganRun(site, path, stamp))) return;
  if (seen.get(path) !== stamp) {
    seen.set(path, stamp);
    taken.waits = true;
  } else if (await answerFile(site, path, await beginByFile(site, named, { path, stamp }, taken.begun))) {
    answered.set(path, stamp);
    taken.answered.push(path);
  }
}

// The files that a flow waits for, as workspace paths. An answer goes with the file that it was about.
async function filesAt({ root }: Site, { folder, shape }: FilesWanted): Promise<string[]> {
  const names: readonly string[] = await listFolder(`${root}/${folder}`).catch(() => []);
  if (names.length > 0) await refuseMeant(root, folder);
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

// A link, or another spelling where case doesn't count, may lead to where roles write.
async function refuseMeant(root: string, folder: string): Promise<void> {
  const [top, real] = [await realpath(root), await realpath(`${root}/${folder}`)];
  if (!real.startsWith(`${top}/`) || !isMeant(real.slice(top.length + 1))) return;
  throw new Error(
    `it leads to ${real.slice(top.length + 1)}, where fourline or roles write: no file there begins a flow`,
  );
}

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
  const given = valuesIn(file.text, flow);
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

// The front matter of a file gives values that the flow takes from files; a file that begins otherwise gives none.
function valuesIn(text: string, flow: Flow): ReadValues {
  if (!text.startsWith('---\n') && !text.startsWith('---\r\n')) return { ok: true, values: {} };
  const parts = splitFrontMatter(text);
  if (!parts.ok) return { ok: false, problems: parts.problems };
  const names = valuesOfFiles(flow);
  const hint = `it takes ${names.join(', ') || 'no values'}, each a text`;
  const flawOf = ({ key, value }: Field): string | null => {
    if (flow.takes.some(({ name }) => name === key) && !names.includes(key))
      return `a file gives no '${escapeText(key)}': in this flow it stands in Files or in a command`;
    const plain = ['string', 'number', 'boolean'].includes(typeof value);
    return names.includes(key) && plain ? null : `the flow takes no value '${escapeText(key)}' of this kind`;
  };
  const problems = parts.fields.flatMap((field): Problem[] => {
    const message = flawOf(field);
    const { line, column } = field;
    return message === null ? [] : [{ code: 'flow-value', level: 'error', message, line, column, hint }];
  });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, values: Object.fromEntries(parts.fields.map(({ key, value }) => [key, String(value)])) };
}
