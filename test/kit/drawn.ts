// Why: some files of tests take half a minute and more, and a whole run must end within the time that a machine gives
// it.
// Promises: a quarter of them, drawn by the seed, run with everything else; what was not drawn is named at the end of
// the run, with the command that runs it. A file that is asked for by name runs.
// Never: leaves out a file that takes seconds.
import type { Reporter } from 'vitest/node';
import { seed, someOf } from './dice.ts';

/** The files that take longest on two cores, below test/. */
const longFiles = [
  'adapter/acp',
  'adapter/run',
  'crash/points',
  'dash/states',
  'delegation/mail',
  'delegation/refs',
  'faults/crowd',
  'faults/disk',
  'faults/hand',
  'faults/plan',
  'faults/stop',
  'faults/system',
  'faults/target',
  'journey/ends',
  'journey/faults',
  'journey/team',
  'landing/decide-state',
  'office/approval',
  'office/signals',
  'record/stray',
  'remote/propose',
  'remote/push',
  'runs/bounds',
  'signals/heard',
  'cli/sign',
  'waiting/waits',
  'cli/answering',
  'cli/init',
  'changes/scratch',
  'office/plans',
  'office/rejections',
  'record/any-text',
  'remote/branch',
  'remote/credentials',
  'repository/identity',
  'runs/credentials',
  'setup/red',
  'setup/rooms',
];

/** Those that are not run this time; `argv` are the words of the command line that runs vitest. */
export function undrawn(argv: readonly string[]): string[] {
  if (process.env['FOURLINE_ALL'] || argv.some((word) => word.startsWith('test'))) return [];
  const drawn = someOf(longFiles, 4);
  return longFiles.filter((name) => !drawn.includes(name));
}

/** Says at the end of a run which files were not drawn. */
export function drawnReporter(left: readonly string[]): Reporter {
  return {
    onTestRunEnd: () => {
      if (left.length > 0)
        process.stdout.write(
          `\nnot drawn by seed ${seed}, and not run: ${left.join(', ')}\nFOURLINE_SEED=${seed} repeats the draw; npm run test:all runs all of them\n`,
        );
    },
  };
}
