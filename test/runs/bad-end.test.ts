import { expect, test } from 'vitest';
import type { Ending } from '../../src/agent/agent.ts';
import type { Ask } from '../../src/agent/report.ts';
import type { Survey } from '../../src/changes/survey.ts';
import { runFailure } from '../../src/runs/bad-end.ts';

const surveyed: Survey = { kind: 'surveyed', changes: [], scratch: 0, scratchIn: [] };
const done: Ask = { kind: 'done', summary: 'It works.' };
const unreadable: Ask = { kind: 'unreadable', reason: 'it is a pipe' };
const well: Ending = { kind: 'exited', status: 0 };
const died: Ending = { kind: 'exited', status: 3 };
const complaint = 'a warning\ncannot find module x';

test.each<[string, Ending, string, Ask, Survey, string | null]>([
  ['ended well', well, complaint, done, surveyed, null],
  [
    'ended well with a report that cannot be read',
    well,
    '',
    unreadable,
    surveyed,
    'its report cannot be read: it is a pipe',
  ],
  ['exited with a status', died, complaint, done, surveyed, 'exit status 3: cannot find module x'],
  ['exited with a status and printed nothing', died, '', unreadable, surveyed, 'exit status 3'],
  [
    'was ended by a signal',
    { kind: 'signalled', signal: 'SIGSEGV' },
    complaint,
    done,
    surveyed,
    'SIGSEGV: cannot find',
  ],
  [
    'reached a limit',
    { kind: 'over-limit', limit: 'turns', detail: '9 of 8' },
    complaint,
    done,
    surveyed,
    'turns: 9 of 8',
  ],
  ['removed its room', died, complaint, done, { kind: 'gone' }, 'its room was removed or replaced'],
  ['overfilled its room', well, '', done, { kind: 'overfull', limit: 9 }, 'the room holds more than 9 entries'],
])('a run that %s', (_how, ending, said, ask, seen, words) => {
  const failure = runFailure({ ending, complaint: said }, ask, seen);
  if (words === null) expect(failure).toBeNull();
  else expect(failure).toContain(words);
});
