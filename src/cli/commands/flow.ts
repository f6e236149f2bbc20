// Why: `fourline flow` lists flows, begins runs of them, and takes a person's words on runs.
// Promises: says for each step how far it is, and what comes next; a dry run prints the orders and posts none.
// Never: passes a gate that it was not told to.
import {
  draftWords,
  type FlowDraft,
  type FlowRow,
  type FlowRun,
  type FlowRunWord,
  gateFile,
  openFourline,
} from '../../api.ts';
import { Fault } from '../../platform/text/fault.ts';
import { printProblem } from '../../platform/text/problem.ts';
import { escapeLines, escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

async function flowsOf(invocation: Invocation) {
  return (await openFourline(invocation.directory, invocation)).flows;
}

/** Lists the flows, and the runs that go on. */
export async function runFlowList(invocation: Invocation): Promise<number> {
  const flows = await flowsOf(invocation);
  const [rows, runs] = [await flows.list(), await flows.runs()];
  const named =
    rows.find(({ own, problem }) => own && problem === null) ?? rows.find(({ problem }) => problem === null);
  const values = named?.takes.map((one) => (one.includes('=') ? '' : ` ${one}='…'`)).join('') ?? '';
  invocation.answer({ flows: rows, runs }, [
    ...tableOf([
      ['FLOW', 'TAKES', 'BEGINS', 'FROM', ''],
      ...rows.map((row) => [
        row.name,
        row.takes.map((one) => one.replace(/=.*/, '')).join(' ') || (row.problem === null ? '(nothing)' : ''),
        row.problem === null ? beginsBy(row) : '',
        row.own ? `flows/${row.name}.md` : 'fourline',
        row.problem === null ? row.description : `it has a problem: ${escapeText(row.problem)}`,
      ]),
    ]),
    ...(runs.length === 0 ? [] : ['', ...tableOf([['RUN', 'STEP', 'STATE', ''], ...runs.flatMap(openRows)])]),
    `next: ${runs.length > 0 ? `fourline flow show ${runs.at(-1)?.run ?? ''}` : `fourline flow run ${named?.name ?? ''} --dry-run${values}`}`,
  ]);
  return rows.some(({ problem }) => problem !== null) ? exitCodes.no : exitCodes.ok;
}

function beginsBy({ on: { cron, file } }: FlowRow): string {
  const events = [cron === null ? [] : `at ${cron}`, file === null ? [] : `with ${file}`].flat();
  return events.length === 0 ? 'by hand' : events.join(', ');
}

// The steps of a run that are not done and don't just wait for others.
function openRows({ run, steps, doubts }: FlowRun): string[][] {
  const open = steps
    .filter(({ state }) => state !== 'done' && state !== 'waits')
    .map(({ step, state, orders, why }) => [run, step, stateWords[state], stepDetail({ orders, why })]);
  return [...doubts.map((words) => [run, '', 'damaged', escapeText(words)]), ...open];
}

const stateWords = {
  waits: 'waits',
  due: 'comes next',
  yours: 'waits for you',
  works: 'goes on',
  done: 'done',
  stuck: 'stuck',
  cancelled: 'cancelled',
} as const;

function stepDetail({ orders, why }: { readonly orders: readonly string[]; readonly why: string }): string {
  const shown = orders.filter((id) => !why.includes(id)).join(', ');
  return [shown, escapeText(why)].filter(Boolean).join('; ');
}

/** Makes a flow to edit. Throws Fault `flow-unknown`, `flow-exists`, `flow-name`. */
export async function runFlowNew(invocation: Invocation, name: string, from?: string): Promise<number> {
  const made = await (await flowsOf(invocation)).make(name, from);
  const next = `next: edit it, then fourline check ${made.path}; undo: rm ${made.path}`;
  invocation.answer(made, [made.path, next]);
  return exitCodes.ok;
}

/** The options of a run. */
export type FlowRunOptions = { readonly dryRun?: boolean; readonly roles?: boolean };

/** Begins a run, or with `dryRun` prints its orders. Throws Fault `usage`, `flow-unknown`, `flow-value`. */
export async function runFlowRun(
  invocation: Invocation,
  name: string,
  words: readonly string[],
  { dryRun = false, roles = false }: FlowRunOptions,
): Promise<number> {
  const flows = await flowsOf(invocation);
  const values = readValues(words);
  if (dryRun) return tellDraft(invocation, name, await flows.draft(name, values));
  const result = await flows.run(name, values, { roles });
  if (result.ok) return answerRun(invocation, result.begun);
  const again = result.draft.problems.length === 0 ? ['', rolesHint(name)] : [];
  invocation.answer(result.draft, [draftWords(name, result.draft), ...again]);
  return exitCodes.no;
}

function rolesHint(name: string): string {
  return `or: fourline flow run ${name} … --roles makes them from templates, and removes them when the run has ended`;
}

function readValues(words: readonly string[]): Record<string, string> {
  const pairs = words.map((word): [string, string] => {
    const at = word.indexOf('=');
    if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
    throw new Fault('usage', `'${escapeText(word)}' is no value`, {
      hint: "a value is key=value: goal='The cart shows tax.'",
    });
  });
  const twice = pairs.find(([name], index) => pairs.findIndex((one) => one[0] === name) !== index);
  if (twice !== undefined) throw new Fault('usage', `${escapeText(twice[0])} is given twice`);
  return Object.fromEntries(pairs);
}

function tellDraft(invocation: Invocation, name: string, draft: FlowDraft): number {
  const good = draft.problems.length === 0 && draft.missing.length === 0;
  invocation.answer(draft, [
    ...draft.orders.flatMap(({ step, to, text }) =>
      text === null
        ? [`${step}: a gate: it waits for you`, '']
        : [`${step}: to ${to}`, '', ...indentOrder(escapeLines(text.trimEnd())), ''],
    ),
    ...(good ? [`next: fourline flow run ${name} with the same values, without --dry-run`] : [draftWords(name, draft)]),
    ...(draft.missing.length > 0 ? ['', rolesHint(name)] : []),
  ]);
  return good ? exitCodes.ok : exitCodes.no;
}

function indentOrder(text: string): string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `    ${line}`));
}

/** Shows how far a run is. Throws Fault `flow-unknown`. */
export async function runFlowShow(invocation: Invocation, run: string): Promise<number> {
  return answerRun(invocation, await (await flowsOf(invocation)).show(run));
}

/** Says a word on a run. Throws Fault `flow-unknown`, `flow-ended`, `flow-open`, `flow-gate`. */
export async function runFlowWord(invocation: Invocation, run: string, word: FlowRunWord): Promise<number> {
  return answerRun(invocation, await (await flowsOf(invocation)).say(run, word));
}

function answerRun(invocation: Invocation, result: FlowRun): number {
  const { run, flow, steps, problems, doubts, source, ended } = result;
  const stuck = steps.find(({ state }) => state === 'stuck');
  invocation.answer(result, [
    ...problems.flatMap((one) => [printProblem(one, `flows/${flow}.md`, source), '']),
    ...doubts.map((one) => `doubtful: ${one}`),
    ...tableOf([
      [run.toUpperCase(), 'TO', 'STATE', ''],
      ...steps.map((row) => [row.step, row.to, stateWords[row.state], stepDetail(row)]),
    ]),
    nextLine(result),
  ]);
  return stuck === undefined || ended ? exitCodes.ok : exitCodes.no;
}

function nextLine({ run, steps, ended }: FlowRun): string {
  const last = steps.findLast(({ orders }) => orders.length > 0)?.orders.at(-1);
  const read = last === undefined ? '' : `; fourline show ${last} has its last report`;
  if (ended) return `${run} ${steps.every(({ state }) => state === 'done') ? 'is done' : 'has ended'}${read}`;
  const gate = steps.find(({ state }) => state === 'yours');
  if (gate !== undefined) {
    return `next: read ${gateFile(run, gate.step)}, then fourline flow approve ${run}, or fourline flow reject ${run} "why"`;
  }
  const stuck = steps.find(({ state }) => state === 'stuck');
  if (stuck !== undefined)
    return stuck.orders.length > 0
      ? `next: fourline show ${stuck.orders[0] ?? ''}, then fourline flow retry ${run} ${stuck.step} "why"`
      : `next: mend that, and fourline start goes on; or fourline flow retry ${run} <step before>`;
  return 'next: fourline start posts each step when its turn has come';
}
