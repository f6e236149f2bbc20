// Why: only asking shows whether an agent answers: signed in, with its model and its way to it, as a run would be.
// Promises: the probe is opened, started and read by the same steps as any run. It may change nothing and send nothing;
// it gets one minute and one turn.
// Never: judges or lands what it did; its room is removed.

import { showEnding } from '../agent/agent.ts';
import { admitOrder } from '../delegation/admission.ts';
import { parseOrder } from '../order/order.ts';
import { makeFolder } from '../platform/files/files.ts';
import { countOf, escapeText } from '../platform/text/text.ts';
import { activeFolder } from '../record/path.ts';
import { showMoney } from '../record/report.ts';
import type { Ran } from '../record/work.ts';
import { closeRoom } from '../room/room.ts';
import { runOpened } from '../runs/run.ts';
import { showFailure } from '../runs/setup-failure.ts';
import type { Session } from '../workspace/workspace.ts';
import { open } from './open.ts';

/** The result of a probe, in words for a person. */
export type Sounding = { readonly answers: boolean; readonly words: string };

// Reading the brief is one turn. When the next turn begins, the agent has already answered.
const probeOrder = `---
budget: { minutes: 1, turns: 1 }
---
**Objective:** Say that you are there, in one word, and end.

**Acceptance:**
- you said one word
- nothing is changed
- no tool was used that is not needed for that

**Files:**
- nothing.md

**Branching:**
- halt-with-note
`;

/** Asks a role's agent for one word. The workspace is one of its own, without repositories. */
export async function soundOut(session: Session, role: string, signal: AbortSignal): Promise<Sounding> {
  const { workspace, ledger } = session;
  const id = `0000-ask-${role}`;
  const reading = parseOrder(probeOrder);
  if (!reading.ok) return { answers: false, words: 'it could not be asked' };
  // As a review is: its role reads and changes nothing.
  const question = { id, role, order: reading.order, file: 'order', after: [], parent: null, reviews: id };
  const admitted = await admitOrder(workspace, ledger.history, question);
  if (!admitted.ok) return { answers: false, words: admitted.problems[0]?.message ?? 'it could not be asked' };
  const folder = activeFolder(workspace.places, id);
  await makeFolder(folder);
  const claimed = { id, role, from: 'operator', attempt: 1, last: true, order: reading.order, text: probeOrder };
  const asked = { ...claimed, card: admitted.card, admitted, folder, reviews: null, resumes: false, handOvers: 0 };
  const opened = await open(session, asked, signal);
  if ('kind' in opened) return { answers: false, words: 'message' in opened ? opened.message : showFailure(opened) };
  try {
    return hear(await runOpened(session, opened, signal));
  } finally {
    await closeRoom(workspace.places.outside.rooms, opened.run);
  }
}

function hear({ ending, spent, agent, milliseconds, unreached }: Ran): Sounding {
  const turns = spent?.turns ?? 0;
  const enough = ending.kind === 'over-limit' && ending.limit === 'turns' && turns > 0;
  if (enough || (ending.kind === 'exited' && ending.status === 0)) {
    const seconds = Math.max(1, Math.round(milliseconds / 1000));
    const parts = [spent?.model ?? agent, countOf(seconds, 'second'), showMoney(spent)];
    return { answers: true, words: `answers: ${parts.filter(Boolean).join(', ')}` };
  }
  const lost = unreached.length === 0 ? '' : `; it found no way to ${unreached.join(', ')} (network: on the card)`;
  return { answers: false, words: escapeText(`${agent}: ${showEnding(ending)}${lost}`) };
}
