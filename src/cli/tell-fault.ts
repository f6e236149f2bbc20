// Why: whatever a command throws ends it with words and an exit code.
// Promises: a Fault is told with what to do about it, with --json as the answer on standard output. Anything else is
// told as fourline's own fault, with its stack.
// Never: ends the process.
import { Fault, messageOf, troubleOf } from '../platform/text/fault.ts';
import { escapeJson, escapeLines, escapeText } from '../platform/text/text.ts';
import { exitCodes } from './invocation.ts';

/** Tells what was thrown; returns the exit code that it stands for. */
export function tellFault(error: unknown, json: boolean): number {
  const trouble = troubleOf(error);
  if (trouble !== null && (!(error instanceof Fault) || error.hint === undefined)) {
    const where = error instanceof Fault ? error.where : undefined;
    const message = `${trouble.what}: ${messageOf(error)}`;
    printFault({ code: trouble.code, message, where, hint: trouble.hint }, json);
    return exitCodes.environment;
  }
  if (!(error instanceof Fault)) {
    const hint = 'this is a fault of fourline; nothing that was promised is lost';
    const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    process.stderr.write(`error[unexpected]: ${escapeLines(stack)}\n  help: ${hint}\n`);
    if (json) printFault({ code: 'unexpected', message: messageOf(error), where: undefined, hint }, json);
    return exitCodes.fault;
  }
  printFault(error, json);
  if (/^(?:usage$|code-unknown$|no-workspace$|order-|role-|flow-(?!busy|damaged))/.test(error.code))
    return exitCodes.usage;
  return ['git-missing', 'ssh-missing', 'already-started', 'walls-missing', 'walls-leak'].includes(error.code)
    ? exitCodes.environment
    : exitCodes.fault;
}

function printFault(fault: Pick<Fault, 'code' | 'message' | 'where' | 'hint'>, json: boolean): void {
  if (json) {
    const error = { code: fault.code, message: fault.message, where: fault.where ?? null, hint: fault.hint ?? null };
    process.stdout.write(`${escapeJson(JSON.stringify({ error }, null, 2))}\n`);
    return;
  }
  const lines = [
    `error[${fault.code}]: ${escapeText(fault.message)}`,
    ...(fault.where === undefined ? [] : [`  ${escapeText(fault.where)}`]),
    ...(fault.hint === undefined ? [] : [`  help: ${escapeText(fault.hint)}`]),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
