import { expect, test } from 'vitest';
import { placesOf } from '../../src/places.ts';
import {
  activeFolder,
  feedbackFile,
  givenFile,
  inboxFile,
  letterFile,
  noteFile,
  noticeFile,
  recordFile,
  recordFolder,
  reportFile,
  routedPatch,
  runFiles,
  runFolder,
  statedFile,
} from '../../src/record/path.ts';

const places = placesOf('/w', '/rooms', 'key');
const id = '0007-add-login';
const active = activeFolder(places, id);

test.each([
  ['a record whose order is open', recordFolder(places, { id, month: null }), '/w/state/active/0007-add-login'],
  ['a settled record', recordFolder(places, { id, month: '2026-11' }), '/w/state/orders/2026-11/0007-add-login'],
  ['the order in it', recordFile(active, 'order.md'), '/w/state/active/0007-add-login/order.md'],
  ['an earlier run', runFolder(active, 2), '/w/state/active/0007-add-login/runs/2'],
  ['its verdicts', recordFile(runFolder(active, 2), 'verdicts.json'), `${active}/runs/2/verdicts.json`],
  ['the text an attempt was given', givenFile(active, 2), `${active}/order-2.md`],
  ['what the next attempt is told', feedbackFile(active, 2), `${active}/feedback-2.md`],
  ['a note', noteFile(active, 2, 'wake'), `${active}/note-2-wake.md`],
  ['a note from another order', noteFile(active, '0006.1', 'contract'), `${active}/note-0006.1-contract.md`],
  ['work that another role goes on from', routedPatch(active, 2), `${active}/routed-2.patch`],
  ['a letter', letterFile(active, '0008-check'), `${active}/outbox/0008-check.md`],
  ['a state file that was written', statedFile(active, 'abc'), `${active}/stated/abc`],
  ['a posted order', inboxFile(places, 'coder', id), '/w/inbox/coder/0007-add-login.md'],
  ['a report', reportFile(places, 'coordinator', id), '/w/inbox/coordinator/0007-add-login.report.md'],
  ['a notice', noticeFile(places, 'limit'), '/w/inbox/operator/limit.notice.md'],
])('%s lies at its place', (_what, path, expected) => expect(path).toBe(expected));

test('what belongs to the order is not put away with a run', () => {
  for (const name of ['order.md', 'report.md', 'waiting.json', 'refs', 'trays'] as const)
    expect(runFiles).not.toContain(name);
});
