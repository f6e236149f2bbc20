// Why: `fourline check` reads what people wrote by hand (cards, orders, settings) and says what is wrong before a run
// does.
// Promises: the same readers as the daemon's; exit 1 when there is an error.
// Never: changes anything.
import { resolve } from 'node:path';
import { openFourline } from '../../api.ts';
import { hasError, printProblem } from '../../platform/text/problem.ts';
import { countOf } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Checks the whole workspace, or the named files. */
export async function runCheck(invocation: Invocation, paths: readonly string[]): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const files = await fourline.check(paths.map((path) => resolve(invocation.directory, path)));
  const bad = files.filter((one) => hasError(one.problems)).length;
  const doubtful = files.filter((one) => one.problems.length > 0 && !hasError(one.problems)).length;
  invocation.answer(files, [
    ...files.flatMap((one) => one.problems.flatMap((problem) => [printProblem(problem, one.file, one.source), ''])),
    `${countOf(files.length, 'file')} read, ${bad} with errors, ${doubtful} with warnings`,
  ]);
  return bad > 0 ? exitCodes.no : exitCodes.ok;
}
