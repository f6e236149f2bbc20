// Why: a replace ref or a graft shows people another commit, tree or file in place of what landed. Every object stays
// as it was. The audit itself looks past both.
// Promises: names each replacement of something that fourline answers for. Replacements in older history are people's
// own.
// Never: removes one.
import { readFile } from 'node:fs/promises';
import { askGit, type ObjectId } from '../platform/git/git.ts';
import type { Target } from '../platform/git/target.ts';
import { whenAbsent } from '../platform/text/fault.ts';
import type { Since } from './commits.ts';
import { type Finding, makeFinding } from './finding.ts';

/**
 * Names what is shown in the place of a target's commits since fourline's history there begins, or of what they hold.
 */
export async function findReplaced(
  { name, commonDir }: Pick<Target, 'name' | 'commonDir'>,
  { commits }: Since,
): Promise<Finding[]> {
  const refs = (await askGit(commonDir, 'for-each-ref', ['--format=%(refname)', 'refs/replace'])).split('\n');
  const grafts = await readFile(`${commonDir}/info/grafts`, 'latin1').catch(whenAbsent(''));
  const found = [
    ...refs.flatMap((ref) => (ref === '' ? [] : { id: ref.slice(ref.lastIndexOf('/') + 1), where: ref })),
    ...grafts.split('\n').map((line) => ({ id: line.split(' ')[0] ?? '', where: 'info/grafts' })),
  ];
  if (!found.some(({ id }) => /^[0-9a-f]{40,64}$/.test(id)) || commits.length === 0) return [];
  const objects = await objectsOf(commonDir, commits);
  return found
    .filter(({ id }) => objects.has(id))
    .map(({ id, where }) =>
      makeFinding(
        'target-replaced',
        `git shows people something else in the place of ${id.slice(0, 12)}, which is part of fourline's history`,
        `repos/${name} ${where}`,
        { at: '', repo: name, commit: id },
      ),
    );
}

// The commits with all they brought: what their parents had already is older.
async function objectsOf(gitDir: string, commits: Since['commits']): Promise<ReadonlySet<ObjectId>> {
  const ids = new Set(commits.map((one) => one.id));
  const before = new Set(commits.flatMap((one) => one.parents.filter((id) => !ids.has(id))));
  const input = [...ids, ...[...before].map((id) => `^${id}`), ''].join('\n');
  const lines = await askGit(gitDir, 'rev-list', ['--objects', '--no-object-names', '--stdin'], { input });
  return new Set(lines.split('\n'));
}
