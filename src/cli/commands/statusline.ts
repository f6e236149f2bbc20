// Why: `fourline statusline` is one line for prompts, bars and other tools.
// Promises: the API's answer in words; outside a workspace nothing, and exit 0.
// Never: says what is wrong; status does.
import { Fault, openFourline } from '../../api.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Prints how many orders wait and run and what today cost. */
export async function runStatusline(invocation: Invocation): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'no-workspace') return null;
    throw error;
  });
  const line = fourline === null ? null : await fourline.statusline();
  invocation.answer(line, line === null || line.words === '' ? [] : [line.words]);
  return exitCodes.ok;
}
