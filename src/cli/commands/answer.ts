// Why: a role's question lies in the operator's inbox as a form; `fourline answer`, `approve` and `reject` fill it in
// for people who don't open it.
// Promises: durable when it returns.
// Never: needs a running daemon.
import { openFourline, type Reply } from '../../api.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

const done = { answer: 'answered', approve: 'approved', reject: 'rejected' } as const;

/** Fills in the form about an order. */
export async function runAnswer(invocation: Invocation, prefix: string, word: Reply): Promise<number> {
  const said = await (await openFourline(invocation.directory, invocation)).say(prefix, word);
  invocation.answer(said, [
    `${said.id}: ${done[word.kind]}; next: fourline status (fourline start, when nobody works)`,
  ]);
  return exitCodes.ok;
}
