// Why: `fourline retry` orders the same again, under a new id, or lets an order go on that waits.
// Promises: durable when it returns.
// Never: reopens a settled order.
import { openFourline } from '../../api.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Posts a settled order once more, or lets one go on; `reason` says why. Exit 1 when it did not wait any more. */
export async function runRetry(invocation: Invocation, prefix: string, reason = ''): Promise<number> {
  const said = await (await openFourline(invocation.directory, invocation)).say(prefix, {
    kind: 'retry',
    text: reason,
  });
  const { id } = said;
  const undo = `undo: fourline cancel ${id}`;
  switch (said.did) {
    case 'ordered':
      invocation.answer(said, [said.path, `next: fourline status; ${undo}`]);
      return exitCodes.ok;
    case 'asked':
      invocation.answer(said, [`asked the running fourline to let ${id} go on`]);
      return exitCodes.ok;
    case 'released':
      invocation.answer(said, [said.done ? `${id} goes on: fourline start; ${undo}` : `${id} does not wait any more`]);
      return said.done ? exitCodes.ok : exitCodes.no;
  }
}
