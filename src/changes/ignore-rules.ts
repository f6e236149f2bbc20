// Why: what the base commit ignores (build output, node_modules) is scratch: counted, never judged, never landed. The `ignore` package lives here alone.
// Promises: only the base's own .gitignore files count; what the agent wrote into one during the run changes nothing.
// Never: hides a path that the base tracks; the survey asks only about untracked ones.
import ignore, { type Ignore } from 'ignore';

/** Ignore rules of one base. */
export type IgnoreRules = {
  /** True when an untracked path (relative to the repository) is ignored, by itself or with a folder above it. */
  readonly ignores: (path: string, folder: boolean) => boolean;
};

/** Compiles the base's .gitignore files: repository paths of the folders they stand in ('' is the top) with their text. */
export function compileIgnore(files: readonly { readonly folder: string; readonly text: string }[]): IgnoreRules {
  const rules = new Map<string, Ignore>(
    files.map(({ folder, text }) => [folder, ignore({ ignorecase: false }).add(text)]),
  );
  const decide = (path: string, folder: boolean): boolean => {
    const segments = path.split('/');
    for (let depth = segments.length - 1; depth >= 0; depth -= 1) {
      const rule = rules.get(segments.slice(0, depth).join('/'));
      const below = segments.slice(depth).join('/');
      if (rule === undefined || below === '') continue;
      const answer = rule.test(folder ? `${below}/` : below);
      if (answer.ignored) return true;
      if (answer.unignored) return false;
    }
    return false;
  };
  // As in git, nothing below an ignored folder can be taken in again, whatever a .gitignore in there says.
  const folders = new Map<string, boolean>();
  const ignoresFolder = (path: string): boolean => {
    if (path === '') return false;
    const known = folders.get(path);
    if (known !== undefined) return known;
    const answer = ignoresFolder(parentOf(path)) || decide(path, true);
    folders.set(path, answer);
    return answer;
  };
  return {
    ignores: (path, folder) => (folder ? ignoresFolder(path) : ignoresFolder(parentOf(path)) || decide(path, false)),
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
