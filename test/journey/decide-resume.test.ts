import { expect, test } from 'vitest';
import { decideResume, type Progress, type Remains, type WayOn } from '../../src/journey/decide-resume.ts';
import type { Standing } from '../../src/ledger/standing.ts';

const claimed = { position: 'claimed', intent: null, spent: 0 } as const;
const intent = { run: '0001-x.1', commit: 'c1' } as NonNullable<Standing['landing']['intent']>;
const ofMail = { run: '0001-x.1', commit: null } as NonNullable<Standing['landing']['intent']>;
const nothing: Remains = { landed: null, gone: false, keeps: false, fired: false, limit: 3 };

const [unclaim, withdraw, fail]: WayOn[] = [{ kind: 'unclaim' }, { kind: 'withdraw' }, { kind: 'fail', limit: 3 }];
const [spent, spared]: WayOn[] = [
  { kind: 'return', spent: true },
  { kind: 'return', spent: false },
];

test.each<[string, Progress, Partial<Remains>, WayOn | undefined]>([
  ['that had just been claimed', { ...claimed, position: 'posted' }, {}, unclaim],
  ['that had just been claimed and is gone', { ...claimed, position: 'posted' }, { gone: true }, unclaim],
  ['that intended nothing', claimed, {}, spent],
  ['whose intended commit is on the branch', { ...claimed, intent }, { landed: 'c1' }, { kind: 'finish', intent }],
  ['whose commit was rewritten there', { ...claimed, intent }, { landed: 'c2' }, { kind: 'finish', intent }],
  ['whose file is gone, landed', { ...claimed, intent }, { landed: 'c1', gone: true }, { kind: 'finish', intent }],
  ['whose intended commit is not on the branch', { ...claimed, intent }, {}, spent],
  ['that intended mail alone', { ...claimed, intent: ofMail }, {}, { kind: 'finish', intent: ofMail }],
  ['whose file is gone', claimed, { gone: true }, withdraw],
  ['whose file is gone, in its last attempt', { ...claimed, spent: 2 }, { gone: true }, withdraw],
  ['in its last attempt', { ...claimed, spent: 2 }, {}, fail],
  ['in its last attempt, failed by the machine', { ...claimed, spent: 2 }, { limit: null }, spared],
  ['in its last attempt, whose landing is approved', { ...claimed, spent: 2 }, { keeps: true }, spared],
  ['in its last attempt, taken away by a signal', { ...claimed, spent: 2 }, { fired: true }, spent],
  ['whose landing is approved', claimed, { keeps: true }, spared],
  ['that the machine failed', claimed, { limit: null }, spared],
])('an order %s', (_which, standing, left, expected) => {
  expect(decideResume(standing, { ...nothing, ...left })).toEqual(expected);
});
