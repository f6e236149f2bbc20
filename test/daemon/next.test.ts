import { expect, test } from 'vitest';
import { healthy, troubled } from '../../src/daemon/health.ts';
import { isIdle, type Moment, nextStep } from '../../src/daemon/next.ts';

const error = new Error('the disk is full');
const held = troubled(healthy(0), { words: 'the disk is full', error }, 100);
let worn = held;
for (let count = 0; count < 8; count += 1) worn = troubled(worn, { words: 'the disk is full', error }, worn.heldUntil);

const idle: Moment = {
  health: healthy(0),
  busy: false,
  knocked: false,
  stopping: false,
  once: false,
  failedAgain: false,
  wait: null,
  quiet: 30_000,
  now: 500,
};

const nearly = worn.heldUntil - 7;

test.each<[string, Partial<Moment>, unknown]>([
  ['nothing to do', {}, { kind: 'sleep', milliseconds: 30_000 }],
  ['something found waits', { wait: 400 }, { kind: 'sleep', milliseconds: 400 }],
  ['a knock during the look', { knocked: true, wait: 400 }, { kind: 'look' }],
  ['a knock while a run goes on', { knocked: true, busy: true }, { kind: 'look' }],
  ['stopping, and nothing runs', { stopping: true, knocked: true }, { kind: 'done' }],
  ['stopping, and a run goes on', { stopping: true, busy: true }, { kind: 'sleep', milliseconds: 30_000 }],
  ['stopping under trouble', { stopping: true, health: held }, { kind: 'done' }],
  ['once, and nothing is left', { once: true }, { kind: 'done' }],
  ['once, and a run goes on', { once: true, busy: true }, { kind: 'sleep', milliseconds: 30_000 }],
  ['once, and a file is not still yet', { once: true, wait: 400 }, { kind: 'sleep', milliseconds: 400 }],
  ['once, and a knock during the look', { once: true, knocked: true }, { kind: 'look' }],
  ['held', { health: held }, { kind: 'sleep', milliseconds: 600 }],
  ['held, and a knock', { health: held, knocked: true }, { kind: 'sleep', milliseconds: 600 }],
  ['held, and the hold is over', { health: held, now: 2000 }, { kind: 'sleep', milliseconds: 0 }],
  ['held once', { health: held, once: true }, { kind: 'sleep', milliseconds: 600 }],
  ['held once, tried again in vain', { health: held, once: true, failedAgain: true }, { kind: 'fail', error }],
  ['held once, for too long', { health: worn, once: true }, { kind: 'fail', error }],
  [
    'held once, and a run goes on',
    { health: worn, once: true, busy: true, now: nearly },
    { kind: 'sleep', milliseconds: 7 },
  ],
  ['held for long, and not once', { health: worn, failedAgain: true, now: nearly }, { kind: 'sleep', milliseconds: 7 }],
])('%s', (_, change, next) => {
  expect(nextStep({ ...idle, ...change })).toEqual(next);
});

test.each<[string, Partial<Moment>, boolean]>([
  ['nothing to do', {}, true],
  ['nothing to do, once', { once: true }, true],
  ['a run goes on', { busy: true }, false],
  ['something waits for its time', { wait: 400 }, false],
  ['a change was heard of', { knocked: true }, false],
  ['it stops', { stopping: true }, false],
  ['the machine holds work up', { health: held }, false],
])('%s: whether it is idle', (_name, change, idles) => {
  const moment = { ...idle, ...change };
  expect(isIdle(moment, nextStep(moment))).toBe(idles);
});
