// Why: `fourline check` reads what people wrote by hand (cards, orders, settings) and says what is wrong before a run
// does.
// Promises: the same readers as the daemon's; exit 1 when there is an error.
// Never: changes anything.
import { relative, resolve } from 'node:path';
import { type CheckedFile, openFourline, version } from '../../api.ts';
import { hasError, printProblem } from '../../platform/text/problem.ts';
import { countOf } from '../../platform/text/text.ts';
import { type CiReport, type FormName, writeReport } from '../ci-report.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Checks the whole workspace, or the named files; with `format` the answer is for a CI server. */
export async function runCheck(invocation: Invocation, paths: readonly string[], format?: FormName): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const files = await fourline.check(paths.map((path) => resolve(invocation.directory, path)));
  const bad = files.filter((one) => hasError(one.problems)).length;
  const doubtful = files.filter((one) => one.problems.length > 0 && !hasError(one.problems)).length;
  if (format !== undefined) invocation.answerForm(writeReport(reportCheck(files, fourline.root), format, version));
  else
    invocation.answer(files, [
      ...files.flatMap((one) => one.problems.flatMap((problem) => [printProblem(problem, one.file, one.source), ''])),
      `${countOf(files.length, 'file')} read, ${bad} with errors, ${doubtful} with warnings`,
    ]);
  return bad > 0 ? exitCodes.no : exitCodes.ok;
}

function reportCheck(files: readonly CheckedFile[], root: string): CiReport {
  const nameOf = (file: string): string => (file.startsWith('/') ? relative(root, file) : file);
  const remarks = files.flatMap(({ file, problems }) =>
    problems.map(({ code, level, message, hint = null, line, column }) => ({
      ...{ code, level, message, hint, line, column },
      file: nameOf(file),
    })),
  );
  return { command: 'check', looked: files.map((one) => nameOf(one.file)), remarks };
}
