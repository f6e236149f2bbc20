import { expect, test } from 'vitest';
import { crashPoints } from '../../src/platform/files/crash.ts';
import { flawsOf, openWorks, start } from '../kit/crash.ts';
import { openDice, runsOf, seed } from '../kit/dice.ts';

const street = crashPoints.filter(
  (name) =>
    !/^(?:return|withdraw|cancel|recover|answer|route|hold|park|review|release|setup|push|pull|propose)\./.test(name),
);
const waiting = crashPoints.filter((name) => /^(?:hold|park|review|release)\./.test(name));
const dice = openDice(`load ${seed}`);
const chosen = runsOf(2, street.length);
const points = dice.shuffle(street).slice(0, chosen);

// A start passes these points once, so it dies at the first passage. At each other point it dies anywhere among the
// twenty.
const once = /^(?:session|stop|amend|publish)\./;

test.each(points.map((point) => `${point}:${once.test(point) ? 1 : dice.roll(18)}`))(
  `twenty orders in flight die at %s (FOURLINE_SEED=${seed})`,
  async (crash) => {
    const office = await openWorks(20, { attempts: 20 });
    expect(await start(office, crash)).toMatchObject({ signal: 'SIGKILL' });
    expect(await start(office)).toMatchObject({ signal: null });
    expect(await flawsOf(office, names(20))).toEqual([]);
  },
);

test.each(
  dice
    .shuffle(waiting)
    .slice(0, runsOf(1, waiting.length))
    .map((point) => `${point}:${dice.roll(4)}`),
)(`twenty orders that wait for reviews and for each other die at %s (FOURLINE_SEED=${seed})`, async (crash) => {
  const office = await openWorks(20, { attempts: 20, waits: true });
  expect(await start(office, crash)).toMatchObject({ signal: 'SIGKILL' });
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await flawsOf(office, names(20))).toEqual([]);
});

const many = runsOf(8, 20);

// Each round is killed until nothing is left to do: some hundreds of kills in all. In every second one orders run out
// of attempts.
test.each(Array.from({ length: runsOf(2, 12) }, (_, round) => round + 1))(
  `random kills under load, round %i (FOURLINE_SEED=${seed})`,
  async (round) => {
    const chance = openDice(`random ${seed} ${round}`);
    const scarce = round % 2 === 0;
    // Where attempts run out, a review's do as well, and its order waits for the operator: no end to be counted.
    const waits = round % 3 === 0 && !scarce;
    const office = await openWorks(many, { attempts: scarce ? 3 : 200, waits });
    const kills: string[] = [];
    for (;;) {
      const crash = `any:${chance.roll(runsOf(600, 400))}`;
      const { signal } = await start(office, crash);
      if (signal === null) break;
      kills.push(crash);
    }
    const flaws = await flawsOf(office, names(many), scarce ? ['done', 'failed'] : ['done']);
    expect({ kills, flaws }).toMatchObject({ flaws: [] });
    console.log(`round ${round}: ${kills.length} kills`);
  },
);

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `w${index + 1}`);
}
