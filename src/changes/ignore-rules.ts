// Why: what the base commit ignores (build output, node_modules) is scratch: counted, never judged, never landed.
// Promises: only the base's own .gitignore files count; what the agent wrote into one during the run changes nothing.
// All questions together take a bounded number of steps. Beyond that number nothing is ignored, so that no work is
// mistaken for scratch. A path that an order's Files mean is not scratch.
// Never: hides a path that the base tracks; the survey asks only about untracked ones.
import { bytesOf, type IgnoreLine, readIgnoreLines, type Steps } from './ignore-line.ts';

/** Ignore rules of one base. */
export type IgnoreRules = {
  /** True when an untracked path (relative to the repository) is ignored, by itself or with a folder above it. */
  readonly ignores: (path: string, folder: boolean) => boolean;
  /** True when the questions took more steps than they may. */
  readonly exhausted: () => boolean;
};

/** Rules that take in a folder's .gitignore when they come to it: before any question about what is below. */
export type LearningRules = IgnoreRules & { readonly learn: (folder: string, text: string) => void };

/** Most steps that all questions about one room may take: some seconds of one core. */
export const ignoreSteps = 200_000_000;

/**
 * Compiles the base's .gitignore files: repository paths of the folders they stand in ('' is the top) with their text.
 */
export function compileIgnore(
  files: readonly { readonly folder: string; readonly text: string }[],
  budget: number = ignoreSteps,
): LearningRules {
  const steps: Steps = { left: budget };
  // The last rule that matches decides.
  const rules = new Map<string, IgnoreLine[]>();
  // Folders that were decided on, by the rules known then.
  const folders = new Map<string, boolean>();
  const learn = (folder: string, text: string): void => {
    folders.clear();
    rules.set(bytesOf(folder), readIgnoreLines(text).reverse());
  };
  for (const { folder, text } of files) learn(folder, text);
  const decide = (path: string, folder: boolean): boolean => {
    const segments = path.split('/');
    for (let depth = segments.length - 1; depth >= 0; depth -= 1) {
      const lines = rules.get(segments.slice(0, depth).join('/')) ?? [];
      const below = segments.slice(depth).join('/');
      const line = lines.find((one) => (folder || !one.folderOnly) && one.matches(below, steps));
      if (line !== undefined) return !line.negative;
    }
    return false;
  };
  // As in git, nothing below an ignored folder can be taken in again, whatever a .gitignore in there says.
  const ignoresFolder = (path: string): boolean => {
    // From the top: a folder is asked about when those above it are not ignored.
    for (let cut = path.indexOf('/'); ; cut = path.indexOf('/', cut + 1)) {
      const above = cut < 0 ? path : path.slice(0, cut);
      if (above === '') return false;
      const known = folders.get(above) ?? decide(above, true);
      folders.set(above, known);
      if (known || cut < 0) return known;
    }
  };
  return {
    learn,
    ignores: (path, folder) => {
      const bytes = bytesOf(path);
      const ignored = folder ? ignoresFolder(bytes) : ignoresFolder(parentOf(bytes)) || decide(bytes, false);
      return ignored && steps.left >= 0;
    },
    exhausted: () => steps.left < 0,
  };
}

/** A Files entry, by its path or pattern in the repository. */
type IgnoreRulesEntry = { readonly pattern: string; readonly literal: boolean };

/**
 * Those of an order's Files that mean ignored files: a path to the letter, or a pattern that could mean nothing else
 * (`dist/**` where dist/ is ignored, `logs/*.log` where *.log is). A wide pattern (`src/**`) does not bring in what the
 * base ignores.
 */
export function meantByFiles<One extends IgnoreRulesEntry>(rules: IgnoreRules, entries: readonly One[]): One[] {
  return entries.filter((one) => one.literal || rules.ignores(one.pattern.replaceAll(/\*+/g, 'x'), false));
}

/** The same rules, less what `meant` entries match. Ignored folders on the way to them are looked into. */
export function lessMeant(
  rules: IgnoreRules,
  meant: readonly IgnoreRulesEntry[],
  matches: (path: string) => boolean,
): IgnoreRules {
  if (meant.length === 0) return rules;
  const opens = (folder: string): boolean =>
    meant.some(({ pattern, literal }) => {
      const fixed = literal ? pattern : parentOf(pattern.slice(0, pattern.indexOf('*')));
      return fixed.startsWith(`${folder}/`) || (!literal && fixed !== '' && `${folder}/`.startsWith(`${fixed}/`));
    });
  return {
    exhausted: rules.exhausted,
    ignores: (path, folder) => rules.ignores(path, folder) && !(folder ? opens(path) : matches(path)),
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
