// Why: `fourline can` asks the gate before anybody works: may this role change this path, and which line says so. With
// --hook, an agent CLI asks it before each edit.
// Promises: the answer is the gate's own, from the card in force. It exits with 0 only when every path is allowed. As a
// hook, it exits with 2 and the reason when a path is refused, and passes where nothing can be judged.
// Never: changes anything.
import { text } from 'node:stream/consumers';
import { openFourline, showDeciding } from '../../api.ts';
import { Fault, messageOf } from '../../platform/text/fault.ts';
import { escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Asks the gate about paths. `order` is a file or an id. */
export async function runCan(
  invocation: Invocation,
  name: string | undefined,
  paths: readonly string[],
  order: string | undefined,
): Promise<number> {
  if (name === undefined || paths.length === 0)
    throw new Fault('usage', 'fourline can needs a role and a path', { hint: 'fourline can <role> <paths...>' });
  const verdicts = await (await openFourline(invocation.directory, invocation)).can(name, paths, order);
  invocation.answer(
    verdicts,
    tableOf(
      verdicts.map((one) => {
        if (one.decision === 'allow') return ['yes', one.path, showDeciding(one.by)];
        return ['no', one.path, [one.sentence, showDeciding(one.by)].filter(Boolean).join('   ')];
      }),
    ),
  );
  return verdicts.some((one) => one.decision === 'refuse') ? exitCodes.no : exitCodes.ok;
}

/**
 * Answers a hook on standard input, for people's own sessions. Without role and order, the variables FOURLINE_ROLE and
 * FOURLINE_ID of the session name them; where those don't either, every edit passes. So it does where nothing can be
 * judged, and the session's person is told: a hook that fails would hold up all their work.
 */
export async function runCanHook(
  invocation: Invocation,
  role: string | undefined,
  order: string | undefined,
): Promise<number> {
  const { FOURLINE_ROLE: roleThere, FOURLINE_ID: orderThere } = invocation.env;
  const fixed = role !== undefined || order !== undefined;
  const whose = fixed ? { role, order } : { role: roleThere || undefined, order: orderThere || undefined };
  try {
    const request = await text(process.stdin);
    const asks = whose.role !== undefined || whose.order !== undefined;
    const refusal = asks ? await (await openFourline(invocation.directory, invocation)).hook(request, whose) : null;
    if (refusal === null) return replyHook({}, exitCodes.ok);
    const reason = escapeText(refusal);
    process.stderr.write(`${reason}\n`);
    // Claude Code and Codex read the reason on standard error. The others read it here, each in its own words: the
    // Gemini CLI, Copilot, Cursor.
    const gemini = { decision: 'deny', reason };
    const copilot = { permissionDecision: 'deny', permissionDecisionReason: reason };
    const cursor = { permission: 'deny', user_message: reason, agent_message: reason };
    return replyHook({ ...gemini, ...copilot, ...cursor }, hookRefuses);
  } catch (error) {
    const words = `this edit was not judged: ${escapeText(messageOf(error))}`;
    process.stderr.write(`${words}\n`);
    return replyHook({ systemMessage: `fourline: ${words}` }, exitCodes.ok);
  }
}

// Some CLIs take an empty answer for a broken hook.
function replyHook(answer: Readonly<Record<string, string>>, code: number): number {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  return code;
}

// The exit code with which the hook of an agent CLI refuses.
const hookRefuses = 2;
