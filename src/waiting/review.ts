// Why: a role like any other reviews work, on an order like any other. Its room has what would land, and it may write
// only a report.
// Promises: the review's order is fourline's own text. The work, the gate's verdicts and the results of the checks lie
// beside it as mail.
// Never: lets a reviewer change what it reviews; lets a role review its own work.

import { placeFiles } from '../delegation/files.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder, printOrder, stampOrder } from '../order/order.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { patchOf } from '../record/keep.ts';
import { sendOrder } from '../record/move.ts';
import { activeFolder, givenFile, recordFile } from '../record/path.ts';
import type { Claimed } from '../record/work.ts';
import type { Session } from '../workspace/workspace.ts';

/** Orders a review of what an order would land: its mail first, then the order. Existing files are left as they are. */
export async function postReview(
  session: Session,
  of: string,
  review: { readonly id: string; readonly role: string },
): Promise<void> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(of);
  const known = ledger.history.orders.has(review.id);
  if (standing?.pause.held?.commit == null || standing.asked.repo === null || known) return;
  const { places } = workspace;
  const folder = activeFolder(places, of);
  const mail = recordFile(activeFolder(places, review.id), 'mail');
  await makeFolder(mail);
  const target = await workspace.target(standing.asked.repo);
  if (!('kind' in target)) {
    const { commit } = standing.pause.held;
    await writeDurable(`${mail}/changes.patch`, await patchOf(target.mirror, `${commit}^`, commit));
  }
  for (const name of ['order.md', 'verdicts.json', 'checks.json']) {
    // The order as the run was given it, not as somebody edited it since.
    const given = name === 'order.md' ? await readPlain(givenFile(folder, standing.tries.attempt)) : null;
    const file = given?.kind === 'text' ? given : await readPlain(`${folder}/${name}`, 16 * 1024 * 1024);
    if (file.kind === 'text') await writeDurable(`${mail}/${name}`, file.text);
  }
  crashPoint('review.furnished');
  const text = stampOrder(composeReview(of, standing.asked.title, standing.role, standing.asked.files), {
    id: review.id,
    from: standing.role,
    parent: of,
    date: workspace.clock.now().toISOString(),
    repo: standing.asked.repo,
  });
  const reading = parseOrder(text, true);
  if (!reading.ok) throw new Error(`a review's own order cannot be read: ${reading.problems[0]?.message ?? ''}`);
  const line = {
    step: 'posted' as const,
    order: review.id,
    role: review.role,
    from: standing.role,
    parent: of,
    title: reading.order.objective.text,
    repo: standing.asked.repo,
    files: [...placeFiles(reading.order, standing.asked.repo, 'order').files],
    digest: digestOf(text),
    reviews: of,
  };
  await sendOrder(places, ledger, line, text, 'review');
  workspace.tell({ kind: 'accepted', role: review.role, order: review.id, detail: `reviews ${of}` });
}

function composeReview(of: string, title: string, author: string, files: readonly string[]): string {
  return printOrder({
    objective: `Review what ${author} would land for ${of}: ${title.replace(/[.!?\s]+$/, '').replace(/[.!?](?=\s)/g, ',')}`,
    acceptance: [
      'each bullet of mail/order.md is met by what is in the repository here (it holds the changes of mail/changes.patch)',
      'nothing else is broken by it, and nothing changed that the order did not ask for',
      'the report says approve, or reject with where, what was seen and what was expected',
    ],
    files: files.map((one) => (/[\s,`]/.test(one) ? `\`${one}\`` : one)),
    branching: ['halt-with-note'],
  });
}

/**
 * The standing of a review, if the order it reviews no longer waits for it: it was cancelled, or goes on another way.
 * Null for any other order.
 */
export function reviewsNothing(ledger: Ledger, { id, reviews }: Claimed): Standing | null {
  if (reviews === null || ledger.history.orders.get(reviews)?.pause.waits?.review === id) return null;
  return ledger.history.orders.get(id) ?? null;
}
