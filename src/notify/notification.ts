// Why: what fourline tells commands, webhooks and the terminal is one object with a version, whatever happened.
// Promises: pure; each text is one bounded line without control characters, whoever wrote it.
// Never: holds a file, a patch or a transcript.
import { escapeText, firstLine } from '../platform/text/text.ts';
import type { HappeningName } from '../workspace/actions.ts';

/** Something that happened, as an action is told it. docs/schema/event.json describes it. */
export type Notification = {
  readonly version: 1;
  /** The same whenever the same thing is told: the journal's line and the event. */
  readonly id: string;
  /** `left-out` stands for earlier events for which there was no room. */
  readonly event: HappeningName | 'left-out';
  /** Says more exactly what happened. */
  readonly kind: string;
  readonly time: string;
  readonly workspace: string;
  readonly order: string | null;
  readonly role: string | null;
  /** The order's objective. */
  readonly title: string | null;
  /** The event in words, for people. */
  readonly sentence: string;
  /** The command that answers it; null where nothing is asked. */
  readonly command: string | null;
  /** Ids of orders that wait for this. */
  readonly blocks: readonly string[];
  /** How many events it stands for beside itself. */
  readonly leftOut: number;
};

/** A notification that waits, and the journal's line that it is about. */
export type Queued = { readonly line: number; readonly notification: Notification };

/** One line of a text that somebody else wrote: escaped and bounded. */
export function plainLine(text: string, limit = 300): string {
  return firstLine(escapeText(text.replaceAll(/\s*\r?\n\s*/g, ' ').trim()), limit);
}

/**
 * Adds to what waits. Where more than `most` would wait, the oldest two become one that says how many were left out.
 */
export function addWaiting(waiting: readonly Queued[], next: Queued, most: number): readonly Queued[] {
  const all = [...waiting, next];
  const [first, second, ...rest] = all;
  if (all.length <= most || first === undefined || second === undefined) return all;
  return [leaveOut(first, second), ...rest];
}

// Two that come after one another, as one that stands for both.
function leaveOut(first: Queued, second: Queued): Queued {
  const count = standsFor(first.notification) + standsFor(second.notification);
  const { id, time, workspace } = second.notification;
  const notification: Notification = {
    version: 1,
    id: `${id}-left-out`,
    event: 'left-out',
    kind: 'left-out',
    time,
    workspace,
    order: null,
    role: null,
    title: null,
    sentence: `${count} events were left out: more happened than could be told`,
    command: 'fourline status',
    blocks: [],
    leftOut: count,
  };
  return { line: second.line, notification };
}

function standsFor({ event, leftOut }: Notification): number {
  return event === 'left-out' ? leftOut : 1;
}
