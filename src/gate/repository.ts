// Why: git takes any folder with HEAD, objects and refs for a repository and reads the configuration in it, which can
// name programs: a person's `git status` in such a folder runs them. So no folder may become one, whatever order brings
// which part.
// Promises: pure; decides by names alone, in any case, files and links included (git asks no more of them: setup.c,
// is_git_directory); what stands already stays.
// Never: looks at contents: a HEAD can be mended later.
import type { Verdict } from './verdict.ts';

// Names by which git recognises a repository, and names that steer git in it. `commondir` leads to objects and refs
// elsewhere (gitrepository-layout).
const parts = new Set([
  'head',
  'commondir',
  'objects',
  'refs',
  'config',
  'config.worktree',
  'hooks',
  'packed-refs',
  'info',
]);

// With u, so that all spellings fit which have the same lower case. Most paths fit no part, and end here.
const partShape = new RegExp(`/(?:${[...parts].join('|')})(?:/|$)`, 'iu');

/** Gives all paths of the base, or of the tip that verdicts land on. Asked for only where a verdict hangs on them. */
export type BasePaths = () => ReadonlySet<string>;

/** True of an allowed change that may be a part of a repository. */
export function mayMakeRepository(verdict: Verdict): boolean {
  return lands(verdict) && partsIn(verdict.path).length > 0;
}

/**
 * Refuses allowed changes that are parts of a folder which would be a git repository.
 */
export function refuseRepositories(verdicts: readonly Verdict[], base: BasePaths): Verdict[] {
  const folders = new Map<string, Set<string>>();
  for (const one of verdicts)
    if (lands(one)) for (const { folder } of partsIn(one.path)) folders.set(folder, new Set());
  if (folders.size === 0) return [...verdicts];
  const gone = new Set(
    verdicts.filter((one) => one.decision === 'allow' && one.what === 'deleted').map((one) => one.path),
  );
  const note = (path: string): void => {
    for (const { folder, part } of partsIn(path)) folders.get(folder)?.add(part);
  };
  for (const path of base()) if (!gone.has(path)) note(path);
  for (const one of verdicts) if (lands(one)) note(one.path);
  return verdicts.map((one) => {
    const made = lands(one) ? partsIn(one.path).find(({ folder }) => isRepository(folders.get(folder))) : undefined;
    if (made === undefined) return one;
    const sentence = `${made.folder} would be a git repository of its own, whose configuration runs programs`;
    return { decision: 'refuse', path: one.path, what: one.what, reason: 'floor', sentence, by: one.by };
  });
}

function lands(one: Verdict): boolean {
  return one.decision === 'allow' && one.what !== 'deleted';
}

function isRepository(names: ReadonlySet<string> | undefined): boolean {
  if (names?.has('head') !== true) return false;
  return names.has('commondir') || (names.has('objects') && names.has('refs'));
}

// The parts that a path stands for: of each folder above it.
function partsIn(path: string): { readonly folder: string; readonly part: string }[] {
  if (!partShape.test(path)) return [];
  const segments = path.split('/');
  return segments.flatMap((segment, at) => {
    const part = segment.toLowerCase();
    return at > 0 && parts.has(part) ? [{ folder: segments.slice(0, at).join('/').toLowerCase(), part }] : [];
  });
}
