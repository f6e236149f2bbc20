// Why: a bad end is told by its kind: what the run died of, whether that may pass, and who caused it.
// Promises: a failure of the machine, and a usage limit, are told apart from failures of the agent.
// Never: decides the next step; decide.ts does.
import type { Ending, RunResult } from '../agent/agent.ts';
import { showEnding } from '../agent/agent.ts';
import type { Ask } from '../agent/report.ts';
import type { Survey } from '../changes/survey.ts';
import { firstLine, plainLines } from '../platform/text/text.ts';
import type { Judged, Opened } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { shortOfSpace, tookTheDisk } from './bounds.ts';

/**
 * Says in words why a run did not end well, from how it ended, what its report asks and whether its room could be read;
 * null when it ended well.
 */
export function runFailure(
  { ending, complaint }: Pick<RunResult, 'ending' | 'complaint'>,
  ask: Ask,
  seen: Survey,
): string | null {
  if (seen.kind === 'gone') return 'its room was removed or replaced';
  if (seen.kind === 'overfull') return `the room holds more than ${seen.limit} entries; nothing of it was read`;
  if (ending.kind !== 'exited' || ending.status !== 0) {
    const last =
      ending.kind === 'exited' || ending.kind === 'signalled' ? firstLine(complaint.split('\n').at(-1) ?? '', 200) : '';
    return `${showEnding(ending)}${last === '' ? '' : `: ${last}`}`;
  }
  return ask.kind === 'unreadable' ? `its report cannot be read: ${ask.reason}` : null;
}

/**
 * The kind of bad end a run came to. A failure that has a name (not signed in, no such model) would come again, so a
 * new attempt is useless.
 */
export function badEndOf(ending: Ending, ask: Ask): Pick<Judged, 'badEnd' | 'usedUp'> {
  switch (ending.kind) {
    case 'exited':
      return { badEnd: ending.status !== 0 ? 'died' : ask.kind === 'unreadable' ? 'report' : null, usedUp: null };
    case 'signalled':
      return { badEnd: 'died', usedUp: null };
    case 'over-limit':
      return { badEnd: 'limit', usedUp: null };
    case 'agent-failed': {
      const { code } = ending.failure;
      const died = code === 'agent-failed' || code === 'no-answer';
      return { badEnd: died ? 'died' : null, usedUp: code === 'rate-limited' ? ending.failure : null };
    }
    case 'stopped':
    case 'unstartable':
      return { badEnd: null, usedUp: null };
  }
}

/**
 * Why the machine caused a bad end: programs die on a disk that others filled. Null when the machine did not cause it.
 */
export async function hindranceOf(workspace: Workspace, opened: Opened, ending: Ending): Promise<string | null> {
  const bad =
    ending.kind === 'signalled' || ending.kind === 'agent-failed' || (ending.kind === 'exited' && ending.status !== 0);
  const { free } = workspace.settings;
  const short = bad ? await shortOfSpace([opened.room.place, workspace.places.state], free) : null;
  return short === null || (await tookTheDisk(opened.room.place, free)) ? null : short;
}

/** How much of each stream is shown, in lines and characters. */
const outputLimits = { lines: 12, length: 2000 } as const;

/** The last lines of a stream, as a terminal would show them. */
export function lastLines(text: string): string {
  return plainLines(text.trimEnd()).slice(-outputLimits.lines).join('\n').slice(-outputLimits.length);
}

/** The feedback for the next attempt after a bad end. */
export function feedbackOf({ complaint }: Judged, reason: string): string {
  return [reason, complaint].filter(Boolean).join('\n\n');
}
