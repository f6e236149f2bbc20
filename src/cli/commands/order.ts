// Why: `fourline order` writes a work order and delivers it, for people who'd rather not open an editor, and for scripts.
// Promises: returns when the order is durable in the inbox; checks it as the shift will, so that a bad one is refused here, with nothing written.
// Never: needs a running shift.
import { text as readAll } from 'node:stream/consumers';
import { admitOrder } from '../../delegation/admission.ts';
import { resolveAfter } from '../../delegation/bonds.ts';
import { makeId } from '../../order/identity.ts';
import { parseOrder, printOrder } from '../../order/order.ts';
import { listStems } from '../../order/scan.ts';
import { makeFolder } from '../../platform/files/files.ts';
import { nextNumber } from '../../platform/files/lock.ts';
import { Fault } from '../../platform/text/fault.ts';
import { type Problem, printProblem } from '../../platform/text/problem.ts';
import { announceWhole, postOrder } from '../../record/post.ts';
import { lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** What the command line gives. */
export type OrderOptions = {
  readonly accept: readonly string[];
  readonly file: readonly string[];
  readonly branching: readonly string[];
  readonly after: readonly string[];
  readonly ref: readonly string[];
  /** Paths, or `path=role`. */
  readonly contract: readonly string[];
  readonly repo?: string;
  readonly priority?: number;
  readonly stdin?: boolean;
  readonly name?: string;
};

/** Writes and delivers an order. Exit 1 when it is no good. */
export async function runOrder(
  invocation: Invocation,
  role: string,
  objective: string | undefined,
  options: OrderOptions,
): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const text = options.stdin === true ? await readAll(process.stdin) : draftOf(objective, options);
  const { workspace, history } = await lookAt(root, invocation.log);
  const reading = parseOrder(text);
  if (!reading.ok) return refuse(invocation, text, reading.problems);
  const { settings } = reading.order;
  // An order that was printed a moment ago lies in its inbox; no shift need have seen it.
  const lying = await listStems(workspace.places.inbox);
  const admission = await admitOrder(workspace, history, {
    role,
    order: reading.order,
    file: 'order',
    ...{ after: resolveAfter(history, settings.after, lying), lying },
    parent: settings.parent ?? null,
  });
  await workspace.close();
  if (!admission.ok) return refuse(invocation, text, admission.problems);
  await makeFolder(workspace.places.state);
  const id = makeId(nextNumber(workspace.places.numbers, history.number), options.name ?? reading.order.objective.text);
  await announceWhole(workspace.places, id);
  await postOrder(workspace.places, role, id, text.endsWith('\n') ? text : `${text}\n`);
  for (const { message, note, hint, lines = [] } of [...reading.order.warnings, ...admission.doubts]) {
    invocation.log.say(`warning: ${message}${note === undefined ? '' : ` (${note})`}`, 'dim');
    if (lines.length > 0)
      for (const one of [`  ${hint}:`, ...lines.map((two) => `    ${two}`)]) invocation.log.say(one, 'dim');
  }
  const path = `inbox/${role}/${id}.md`;
  invocation.answer({ id, path, boundary: admission.boundary.lines.map((one) => one.pattern) }, [path]);
  invocation.log.say(`next: fourline status, or fourline show ${id}`, 'dim');
  return exitCodes.ok;
}

function draftOf(objective: string | undefined, options: OrderOptions): string {
  const missing = [
    ...(objective === undefined ? ['objective'] : []),
    ...(options.accept.length === 0 ? ['--accept'] : []),
    ...(options.file.length === 0 ? ['--file'] : []),
  ];
  if (objective === undefined || missing.length > 0)
    throw new Fault('usage', `the order has no ${missing.join(', no ')}`, {
      hint: 'fourline order coder "Users can log in" --accept "`npm test` passes" --file src/login.ts; --stdin reads a whole order',
    });
  return printOrder({
    objective,
    acceptance: options.accept,
    files: options.file.map((one) => (/[\s,`]/.test(one) ? `\`${one}\`` : one)),
    branching: options.branching.length > 0 ? options.branching : ['halt-with-note'],
    front: {
      ...(options.repo === undefined ? {} : { repo: options.repo }),
      ...(options.after.length === 0 ? {} : { after: options.after }),
      ...(options.ref.length === 0 ? {} : { refs: options.ref }),
      ...(options.contract.length === 0 ? {} : { contract: Object.fromEntries(options.contract.map(readPin)) }),
      ...(options.priority === undefined ? {} : { priority: options.priority }),
    },
  });
}

function readPin(text: string): [string, string | null] {
  const cut = text.lastIndexOf('=');
  return cut < 0 ? [text, null] : [text.slice(0, cut), text.slice(cut + 1)];
}

function refuse(invocation: Invocation, text: string, problems: readonly Problem[]): number {
  invocation.answer({ ok: false, problems }, []);
  if (!invocation.json)
    process.stderr.write(
      `${problems.map((one) => printProblem(one, 'order', text)).join('\n\n')}\n\nnothing was delivered\n`,
    );
  return exitCodes.no;
}
