// Why: `fourline can` asks the gate before anybody works: may this role change this path, and which line says so. With
// --hook, an agent CLI asks it before each edit.
// Promises: the answer is the gate's own, from the card in force. It exits with 0 only when every path is allowed. As a
// hook, it exits with 2 and the reason when a path is refused.
// Never: changes anything.
import { text } from 'node:stream/consumers';
import { openFourline, showDeciding } from '../../api.ts';
import { Fault } from '../../platform/text/fault.ts';
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

/** Answers a hook on standard input, for people's own sessions in the workspace. Without a role it is the order's. */
export async function runCanHook(
  invocation: Invocation,
  role: string | undefined,
  order: string | undefined,
): Promise<number> {
  const request = await text(process.stdin);
  const refusal = await (await openFourline(invocation.directory, invocation)).hook(request, { role, order });
  if (refusal === null) return exitCodes.ok;
  process.stderr.write(`${escapeText(refusal)}\n`);
  return hookRefuses;
}

// The exit code with which the hook of an agent CLI refuses.
const hookRefuses = 2;
