// Why: a file in a work tree need not have the bytes that its commit has: line ends, encodings and keywords are
// converted by attributes and configuration.
// Promises: compares and writes as git would, by the repository's attributes and by the person's `core.autocrlf` and
// `core.eol`.
// Never: runs a filter program (gitattributes, "filter"): what it would make of a file only the person's own git knows,
// by the index.
import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Host } from '../process/host.ts';
import { whenAbsent } from '../text/fault.ts';
import { commonDirOf, gitEnvironment, type ObjectId, runGit } from './git.ts';
import type { WorkTree } from './work-trees.ts';

/** How git converts some paths of a work tree. */
export type Conversion = {
  /** True when a path's bytes may differ between commit and work tree. */
  readonly converts: (path: string) => boolean;
  /** The filter program's name for a path, null where there is none. */
  readonly filterOf: (path: string) => string | null;
  /** The names git would give the files at these paths; a file that cannot be read has no entry. */
  readonly namesOf: (paths: readonly string[]) => Promise<Map<string, ObjectId>>;
  /** The bytes git would write for a blob at a path. */
  readonly bytesOf: (path: string, id: ObjectId) => Promise<Buffer>;
  /** The paths whose files git takes for unchanged since it wrote them, by the index's own stamps. */
  readonly cleanAmong: (paths: readonly string[]) => Promise<Set<string>>;
};

const attributes = ['text', 'eol', 'crlf', 'ident', 'working-tree-encoding', 'filter'];

/**
 * Asks how git converts these paths, as the work tree's attributes are now. `listed` are the paths of its index, where
 * attributes may stand as well; `host` has the person's own git configuration.
 */
export async function readConversion(
  tree: WorkTree,
  paths: readonly string[],
  listed: Iterable<string>,
  host: Host,
): Promise<Conversion> {
  const lineEnds = await readLineEnds(tree, host);
  const { gitDir, folder: workTree } = tree;
  const found = (await mayHaveAttributes(tree, paths, listed))
    ? await readAttributes(tree, paths)
    : new Map<string, Map<string, string>>();
  const attributeOf = (path: string, name: string): string | null => {
    const value = found.get(path)?.get(name) ?? 'unspecified';
    return value === 'unspecified' || value === 'unset' ? null : value;
  };
  const filterOf = (path: string): string | null => attributeOf(path, 'filter');
  const env = withoutPrograms(new Set(paths.flatMap((path) => filterOf(path) ?? [])), lineEnds);
  const global = lineEnds.get('core.autocrlf') !== undefined || lineEnds.get('core.eol') !== undefined;
  return {
    filterOf,
    converts: (path) => global || attributes.some((name) => name !== 'filter' && attributeOf(path, name) !== null),
    namesOf: async (asked) => {
      if (asked.length === 0) return new Map();
      const input = asked.map((path) => `${quotePath(path)}\n`).join('');
      const named = await runGit(gitDir, 'hash-object', ['--stdin-paths'], { workTree, input, env, answers: [128] });
      const names = named.stdout.toString().split('\n');
      return new Map(asked.flatMap((path, at) => (names[at] ? [[path, names[at]]] : [])));
    },
    bytesOf: async (path, id) =>
      (await runGit(gitDir, 'cat-file', ['--filters', `--path=${path}`, id], { workTree, env })).stdout,
    cleanAmong: async (asked) => {
      if (asked.length === 0) return new Set();
      const differing = await runGit(gitDir, 'diff-files', ['-z', '--name-only', '--', ...asked], { workTree, env });
      const names = new Set(differing.stdout.toString().split('\0'));
      return new Set(asked.filter((path) => !names.has(path)));
    },
  };
}

// Most repositories have no attributes, and then git need not be asked (gitattributes(5), "DESCRIPTION": where it
// looks).
async function mayHaveAttributes(tree: WorkTree, paths: readonly string[], listed: Iterable<string>): Promise<boolean> {
  for (const path of listed) if (path.endsWith('.gitattributes')) return true;
  const folders = new Set(['.']);
  for (const path of paths)
    for (let above = dirname(path); !folders.has(above); above = dirname(above)) folders.add(above);
  const files = [
    `${await commonDirOf(tree.gitDir)}/info/attributes`,
    ...[...folders].map((folder) => `${tree.folder}/${folder}/.gitattributes`),
  ];
  const there = await Promise.all(files.map((file) => lstat(file).then(() => true, whenAbsent(false))));
  return there.includes(true);
}

async function readAttributes(tree: WorkTree, paths: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const listed = await runGit(tree.gitDir, 'check-attr', ['-z', '--stdin', ...attributes], {
    workTree: tree.folder,
    input: paths.map((path) => `${path}\0`).join(''),
  });
  const found = new Map<string, Map<string, string>>();
  const fields = listed.stdout.toString().split('\0');
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const of = found.get(fields[at] ?? '') ?? new Map<string, string>();
    found.set(fields[at] ?? '', of.set(fields[at + 1] ?? '', fields[at + 2] ?? ''));
  }
  return found;
}

// A person's own configuration counts for two settings alone: without them their git wrote other bytes than ours would.
async function readLineEnds(tree: WorkTree, host: Host): Promise<Map<string, string>> {
  const stamp = await configStamp(tree, host);
  const known = stamp === null ? undefined : lineEndsKnown.get(tree.gitDir);
  if (known !== undefined && known.stamp === stamp) return known.lineEnds;
  const lineEnds = await askLineEnds(tree, host);
  if (stamp !== null) lineEndsKnown.set(tree.gitDir, { stamp, lineEnds });
  return lineEnds;
}

// The answers of git about a work tree, valid while the files behind them are the same. The machine's own
// configuration counts as it was at the first look.
const lineEndsKnown = new Map<string, { stamp: string; lineEnds: Map<string, string> }>();

// The state of the files that a person's line ends are read from; null where one of them includes others.
async function configStamp(tree: WorkTree, { home }: Host): Promise<string | null> {
  const own = await readConfigs(tree.gitDir);
  const persons = [`${home}/.gitconfig`, '/etc/gitconfig'];
  const texts = [...own, ...(await Promise.all(persons.map((file) => readFile(file, 'utf8').catch(whenAbsent('')))))];
  return texts.some((text) => /include/i.test(text)) ? null : texts.join('\0');
}

async function askLineEnds(tree: WorkTree, { home }: Host): Promise<Map<string, string>> {
  const env = { GIT_CONFIG_GLOBAL: `${home}/.gitconfig`, GIT_CONFIG_NOSYSTEM: '0' };
  const asked = await runGit(tree.gitDir, 'config', ['-z', '--get-regexp', '^core\\.(autocrlf|eol)$'], {
    env,
    answers: [1, 128],
  });
  const lines = asked.stdout.toString().split('\0').filter(Boolean);
  return new Map(lines.map((line) => line.split('\n') as [string, string]));
}

/** An environment in which git runs none of the filter programs that a repository's configuration names. */
export async function withoutFilters(gitDir: string): Promise<Record<string, string>> {
  const texts = await readConfigs(gitDir);
  if (!texts.some((text) => /filter|include/i.test(text))) return withoutPrograms(new Set(), new Map());
  const asked = await runGit(gitDir, 'config', ['-z', '--name-only', '--get-regexp', '^filter\\.'], { answers: [1] });
  const names = asked.stdout
    .toString()
    .split('\0')
    .flatMap((key) => /^filter\.(.*)\.[^.]*$/s.exec(key)?.[1] ?? []);
  return withoutPrograms(new Set(names), new Map());
}

// The texts of a repository's own configuration.
async function readConfigs(gitDir: string): Promise<string[]> {
  const files = [`${await commonDirOf(gitDir)}/config`, `${gitDir}/config.worktree`];
  return Promise.all(files.map((file) => readFile(file, 'utf8').catch(whenAbsent(''))));
}

// A filter whose command is empty does nothing (convert.c, apply_filter).
function withoutPrograms(filters: ReadonlySet<string>, more: ReadonlyMap<string, string>): Record<string, string> {
  const settings: [string, string][] = [['core.safecrlf', 'false'], ...more];
  for (const name of filters)
    settings.push(
      ...(['clean', 'smudge', 'process'] as const).map((key): [string, string] => [`filter.${name}.${key}`, '']),
      [`filter.${name}.required`, 'false'],
    );
  return {
    ...gitEnvironment(),
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  };
}

// As git reads names from lines: one that begins with a quote or holds a line end is written in quotes.
function quotePath(path: string): string {
  if (!/^"|\n/.test(path)) return path;
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
