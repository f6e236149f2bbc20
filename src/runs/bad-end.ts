// Why: a run that ended badly is told by how it ended: what it died of, whether that may pass, and whose doing it was.
// Promises: a failure of the machine, and a usage limit, are told apart from those of the agent.
// Never: decides what follows; decide.ts does.
import type { Ending, RunResult } from '../agent/agent.ts';
import { showEnding } from '../agent/agent.ts';
import type { Ask } from '../agent/report.ts';
import type { Survey } from '../changes/survey.ts';
import { firstLine } from '../platform/text/text.ts';
import type { Judged, Opened } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { shortOfSpace, tookTheDisk } from './bounds.ts';

/**
 * Why a run did not end well, in words, given how it ended, what its report asks and whether its room could be read;
 * null when it did.
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
 * What kind of bad end a run came to. A failure that has a name (not signed in, no such model) comes again: there is
 * nothing to try.
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

/** Why a bad end is the machine's doing: a disk that others filled makes programs die. Null when it is not. */
export async function hindranceOf(workspace: Workspace, opened: Opened, ending: Ending): Promise<string | null> {
  const bad =
    ending.kind === 'signalled' || ending.kind === 'agent-failed' || (ending.kind === 'exited' && ending.status !== 0);
  const { free } = workspace.settings;
  const short = bad ? await shortOfSpace([opened.room.place, workspace.places.state], free) : null;
  return short === null || (await tookTheDisk(opened.room.place, free)) ? null : short;
}

/** How much of standard error is told, in lines and characters. */
const complaintLimits = { lines: 12, length: 2000 } as const;

/** The last lines of a standard error. */
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-complaintLimits.lines).join('\n').slice(-complaintLimits.length);
}

/** What the next attempt is told of one that is tried again. */
export function feedbackOf({ complaint }: Judged, reason: string): string {
  return [reason, complaint].filter(Boolean).join('\n\n');
}
