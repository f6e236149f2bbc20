import { expect, test } from 'vitest';
import { logTo, tellLines } from '../../src/cli/talk.ts';
import { type EventKind, tellWith, type WorkEvent } from '../../src/event.ts';
import { clockTime, systemClock } from '../../src/platform/text/clock.ts';

const at = '2026-03-01T10:20:30.000Z';
const time = clockTime(new Date(at));
const order = '0007-add-login';
const about = { role: 'coder', order };

// Each kind of event as the talk says it, once: the event without its time and its weight, and its lines.
const rows: Readonly<Record<EventKind, readonly [Partial<WorkEvent>, ...lines: string[]]>> = {
  opened: [{}],
  leaving: [{}],
  working: [{ detail: 'working /w: 1 role (coder)' }, `${time} working /w: 1 role (coder)`],
  stopping: [{ detail: 'asked process 7 to stop' }, 'asked process 7 to stop'],
  sandbox: [{ detail: 'sandbox: bubblewrap' }, 'sandbox: bubblewrap'],
  unmatched: [{ detail: 'unmatched: roles/coder.md:3' }, 'unmatched: roles/coder.md:3'],
  signing: [{ role: 'coder', detail: 'signing: no key' }, 'signing: no key'],
  configuration: [{ role: 'coder', detail: 'roles/coder.md edited' }, 'roles/coder.md edited'],
  journal: [{ detail: 'a torn line' }, 'a torn line'],
  ledger: [{ detail: 'the ledger is damaged' }, 'the ledger is damaged'],
  copy: [{ detail: 'this is a copy' }, 'this is a copy'],
  machine: [{ detail: 'work goes on' }, 'work goes on'],
  'no space': [{ detail: 'nothing starts: full' }, 'nothing starts: full'],
  watching: [{ detail: 'changes can be watched again' }, 'changes can be watched again'],
  resumed: [{ order, detail: 'settled' }, `recovered ${order}: settled`],
  inbox: [{ detail: 'inbox/coder: closed' }, 'inbox/coder: closed'],
  untaken: [{ detail: 'inbox/x.md is still not taken' }, 'inbox/x.md is still not taken'],
  unstarted: [{ order, detail: 'waits for 0006-x' }, `${order} waits for 0006-x`],
  remote: [{ detail: 'repos/shop: origin can be fetched again' }, 'repos/shop: origin can be fetched again'],
  'work tree': [{ detail: 'repos/shop is behind still' }, 'repos/shop is behind still'],
  branch: [{ ...about, detail: 'main could not be moved yet' }, `${order}: main could not be moved yet`],
  note: [{ order, detail: 'its note could not be written' }, `${order}: its note could not be written`],
  family: [{ order, detail: 'a bound is reached' }, `${order}: a bound is reached`],
  setup: [{ detail: 'repos/shop: setup: npm ci' }, 'repos/shop: setup: npm ci'],
  layers: [{ detail: 'layers are removed' }, 'layers are removed'],
  trouble: [{ detail: 'leftovers stay' }, 'leftovers stay'],
  flow: [
    { role: 'coder', about: 'bug-1', detail: 'mend: 0007-x' },
    `${time} coder       bug-1                  flow      mend: 0007-x`,
  ],
  accepted: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         accepted  x`],
  doubtful: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         doubtful  x`],
  'not taken': [
    { role: 'coder', about: 'login', detail: 'x' },
    `${time} coder       login                  not taken x`,
  ],
  running: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         running   x`],
  progress: [{ ...about, detail: 'x' }],
  'held up': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         held up   x`],
  'no way to': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         no way to x`],
  'no price': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         no price  x`],
  'no edit hook': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         no edit hook x`],
  slow: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         slow      x`],
  waits: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         waits     x`],
  asks: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         asks      x`],
  'goes on': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         goes on   x`],
  approved: [{ role: 'auditor', order, detail: '' }, `${time} auditor     0007-add-login         approved`],
  rejected: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         rejected  x`],
  held: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         held      x`],
  paused: [{ role: 'coder', detail: 'x' }, `${time} coder                              paused    x`],
  flagged: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         flagged   x`],
  notice: [{ ...about, about: 'needs-you', detail: 'x' }],
  counts: [{ detail: '1 running' }],
  signal: [{ role: 'coder', about: 'shop', detail: 'x' }, `${time} coder       shop                   signal    x`],
  edited: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         edited    x`],
  moved: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         moved     x`],
  routed: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         routed    x`],
  returned: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         returned  x`],
  recovered: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         recovered x`],
  fault: [{ order, detail: 'x' }, `${time}             0007-add-login         fault     x`],
  'too late': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         too late  x`],
  unsigned: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         unsigned  x`],
  pushed: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         pushed    x`],
  'not pushed': [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         not pushed x`],
  pull: [
    { ...about, detail: 'request 3 opened' },
    `${time} coder       0007-add-login         pull      request 3 opened`,
  ],
  landed: [
    { ...about, detail: '1 file', refused: ['a/long.ts', 'b\u001b.ts'], left: ['src/a.ts (edited)'] },
    `${time} coder       0007-add-login         landed    1 file  → fourline undo 0007`,
    `${time}                                    refused   a/long.ts  → fourline why 0007`,
    `${time}                                    refused   b\\u{1b}.ts  → fourline why 0007`,
    `${time}                                    left      src/a.ts (edited)`,
  ],
  done: [{ ...about, detail: 'report only' }, `${time} coder       0007-add-login         done      report only`],
  refused: [
    { ...about, detail: 'nothing', refused: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'] },
    `${time} coder       0007-add-login         refused   nothing`,
    ...['1', '2', '3', '4', '5', '6', '7', '8'].map(
      (path) => `${time}                                    refused   ${path}  → fourline why 0007`,
    ),
    `${time}                                    refused   and 2 more`,
  ],
  failed: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         failed    x`],
  halted: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         halted    x`],
  requeued: [{ ...about, detail: 'x' }, `${time} coder       0007-add-login         requeued  x`],
};

test.each(Object.entries(rows))("an event '%s' is said in its lines", (kind, [event, ...lines]) => {
  const told = tellLines({ at, weight: 'plain', detail: '', ...event, kind: kind as EventKind });
  expect(told.map(({ text }) => text)).toEqual(lines);
});

test('the weight of an event is its colour; what was refused and left is bad, whatever the order came to', () => {
  const tones = (event: Partial<WorkEvent>): string[] =>
    tellLines({ at, kind: 'landed', weight: 'plain', detail: '', ...event }).map(({ tone }) => tone);
  expect(
    ['plain', 'good', 'bad', 'minor'].map((weight) => tones({ weight: weight as WorkEvent['weight'] })[0]),
  ).toEqual(['plain', 'good', 'bad', 'dim']);
  expect(tones({ weight: 'good', refused: ['a'], left: ['b'] })).toEqual(['good', 'bad', 'bad']);
});

test('a line is escaped and painted, and quiet says nothing', () => {
  const said = (quiet: boolean, color: boolean): string[] => {
    const out: string[] = [];
    const log = logTo({ write: (text) => out.push(text) }, { quiet, color });
    log.say('a\u001b[2Jb', 'bad');
    return out;
  };
  expect([said(true, true), said(false, false), said(false, true)]).toEqual([
    [],
    ['a\\u{1b}[2Jb\n'],
    ['\u001b[31ma\\u{1b}[2Jb\u001b[0m\n'],
  ]);
});

test('an event has the time of its clock, and is plain where it says no weight', () => {
  const heard: WorkEvent[] = [];
  const tell = tellWith({ ...systemClock, now: () => new Date(at) }, (event) => heard.push(event));
  tell({ kind: 'accepted', ...about, detail: 'x' });
  tell({ kind: 'fault', order, detail: 'y', weight: 'bad' });
  expect(heard).toEqual([
    { at, weight: 'plain', kind: 'accepted', ...about, detail: 'x' },
    { at, weight: 'bad', kind: 'fault', order, detail: 'y' },
  ]);
});
