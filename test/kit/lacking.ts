// Why: a test that isn't run must not go unseen. The last lines of a run say what was missing, how many tests needed
// it, and what brings it.
// Promises: says nothing where every test ran.
// Never: decides whether a test runs (needs.ts) or whether the run passes.
import type { Reporter, TestModule } from 'vitest/node';
import { lackingWord } from './needs.ts';

/** The lines about tests that weren't run, by the reasons they gave; none where there are none. */
export function linesAbout(reasons: readonly string[]): string[] {
  if (reasons.length === 0) return [];
  const counts = new Map<string, number>();
  for (const reason of reasons) for (const one of reason.split('; ')) counts.set(one, (counts.get(one) ?? 0) + 1);
  const rows = [...counts].sort(([, a], [, b]) => b - a);
  return [
    `${reasons.length} ${reasons.length === 1 ? 'test was' : 'tests were'} not run, for what this machine lacks:`,
    ...rows.map(([one, count]) => {
      const [, name = one, command = ''] = /^(.*?) \((.*)\)$/.exec(one) ?? [];
      return `  ${`${count}`.padStart(5)} for ${name.padEnd(16)} ${command}`;
    }),
  ];
}

/** Says at the end of a run what was lacking. */
export const lackingReporter: Reporter = {
  onTestRunEnd: (modules: readonly TestModule[]) => {
    const reasons = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].flatMap((test) => {
        const result = test.result();
        const note = result.state === 'skipped' ? result.note : undefined;
        return note?.startsWith(lackingWord) === true ? [note.slice(lackingWord.length)] : [];
      }),
    );
    const lines = linesAbout(reasons);
    if (lines.length > 0) process.stdout.write(`\n${lines.join('\n')}\n`);
  },
};
