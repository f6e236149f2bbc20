// Why: above its ceiling of live context a role begins to do others' work. fourline ends its run there, and a fresh run
// goes on from what is on disk.
// Promises: allowed work is in the next room, finished mail in its trays. fourline looked up what it tells the next run
// as true, and took nothing on trust. A hand-over is no attempt; how often it happens to one order is limited
// (decide.ts).
// Never: carries a conversation over.
import { countOf, firstLine } from '../platform/text/text.ts';
import { keepTrays } from '../record/kept-work.ts';
import type { Judged } from '../record/work.ts';
import { handBack } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';

/** Hands an order over to a fresh run of the same role. */
export async function handOver(session: Session, judged: Judged, reason: string): Promise<void> {
  await keepTrays(judged);
  await handBack(session, judged, {
    reason,
    feedback: composeHandOver(judged, reason),
    work: judged.commit,
    spent: false,
    handover: true,
  });
}

function composeHandOver(judged: Judged, reason: string): string {
  const prefix = `repos/${judged.base?.target.name ?? ''}/`;
  const list = (items: readonly string[]): string[] => [
    ...items.slice(0, 40).map((one) => `- ${one}`),
    ...(items.length > 40 ? [`- and ${items.length - 40} more`] : []),
  ];
  const files = judged.verdicts
    .filter((one) => one.decision === 'allow' && !one.path.startsWith('inbox/'))
    .map((one) => `${one.path.startsWith(prefix) ? one.path.slice(prefix.length) : one.path} is ${one.what}`);
  const mail = judged.mail.map((one) => `${one.file} is written, and goes out when you end well`);
  return [
    `${reason}. You go on with a fresh one, from here.`,
    '',
    'True when the run before you ended (looked up on disk, not taken from what it said):',
    ...list(files),
    ...list(mail),
    ...(files.length + mail.length === 0 ? ['- nothing was changed yet'] : []),
    '',
    judged.summary === '' ? 'It said nothing at the end.' : `Its last words: ${firstLine(judged.summary, 1200)}`,
    '',
    `Look at these ${countOf(files.length + mail.length, 'thing')} before you go on, and do only what is still missing.`,
  ].join('\n');
}
