// Why: `fourline stop` ends the daemon from another terminal.
// Promises: returns when it has left.
// Never: ends an agent directly; the daemon does.
import { openFourline } from '../../api.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Stops the running daemon; `now` hands back what runs. Exit 1 when there is none. */
export async function runStop(invocation: Invocation, options: { now: boolean }): Promise<number> {
  const said = await (await openFourline(invocation.directory, invocation)).stop(options);
  invocation.answer(said, [said.stopped ? 'stopped' : 'nobody works this workspace']);
  return said.stopped ? exitCodes.ok : exitCodes.no;
}
