// Why: `fourline order` writes a work order and delivers it, for people who'd rather not open an editor, and for
// scripts.
// Promises: a bad order is refused with nothing written, and every problem is shown with its line.
// Never: needs a running daemon.
import { text as readAll } from 'node:stream/consumers';
import { type Draft, openFourline } from '../../api.ts';
import { Fault } from '../../platform/text/fault.ts';
import { printProblem } from '../../platform/text/problem.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** The options from the command line. */
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
  const fourline = await openFourline(invocation.directory, invocation);
  const order = options.stdin === true ? await readAll(process.stdin) : draftOf(objective, options);
  const posted = await fourline.post(role, order, { name: options.name });
  if (!posted.ok) {
    const { problems, text } = posted;
    invocation.answer(posted, []);
    const told = problems.map((one) => printProblem(one, 'order', text)).join('\n\n');
    if (!invocation.json) process.stderr.write(`${told}\n\nnothing was delivered\n`);
    return exitCodes.no;
  }
  for (const { message, note, hint, lines = [] } of posted.warnings) {
    invocation.log.say(`warning: ${message}${note === undefined ? '' : ` (${note})`}`, 'dim');
    if (lines.length > 0)
      for (const one of [`  ${hint}:`, ...lines.map((two) => `    ${two}`)]) invocation.log.say(one, 'dim');
  }
  invocation.answer(posted, [posted.path]);
  invocation.log.say(`next: fourline status, or fourline show ${posted.id}`, 'dim');
  return exitCodes.ok;
}

function draftOf(objective: string | undefined, options: OrderOptions): Draft {
  const missing = [
    ...(objective === undefined ? ['objective'] : []),
    ...(options.accept.length === 0 ? ['--accept'] : []),
    ...(options.file.length === 0 ? ['--file'] : []),
  ];
  if (objective === undefined || missing.length > 0)
    throw new Fault('usage', `the order has no ${missing.join(', no ')}`, {
      hint: 'fourline order coder "Users can log in" --accept "`npm test` passes" --file src/login.ts; --stdin reads a whole order',
    });
  return {
    objective,
    acceptance: options.accept,
    files: options.file,
    ...(options.branching.length === 0 ? {} : { branching: options.branching }),
    after: options.after,
    refs: options.ref,
    contract: Object.fromEntries(options.contract.map(readPin)),
    ...(options.repo === undefined ? {} : { repo: options.repo }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
  };
}

function readPin(text: string): [string, string | null] {
  const cut = text.lastIndexOf('=');
  return cut < 0 ? [text, null] : [text.slice(0, cut), text.slice(cut + 1)];
}
