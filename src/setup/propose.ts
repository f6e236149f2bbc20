// Why: most people learn from a failed check that tests need installed packages. So fourline looks at a repository
// before that, and proposes the lines it needs.
// Promises: pure. A proposal is text for a person to put into fourline.yaml, valid as it stands. It proposes nothing
// that the repository's files don't show.
// Never: writes a file.
import { escapeText } from '../platform/text/text.ts';
import { neededBy, type Recognised } from './ecosystem.ts';
import type { RepoSettings } from './plan.ts';

/** The block of `repos:` for one repository, as lines of YAML; empty when no manager was recognised. */
export function proposeSetup(repo: string, found: readonly Recognised[]): string[] {
  if (found.length === 0) return [];
  const hosts = [...new Set(found.flatMap((one) => one.ecosystem.hosts))];
  const [first] = found;
  const alone = found.length === 1 && first?.folder === '';
  const setup = alone
    ? [`    setup: ${first.ecosystem.setup}`]
    : ['    setup:', ...commandsByFolder(found).map(([folder, run]) => `      ${folder}: ${run}`)];
  const keep = [...new Set(found.flatMap((one) => one.ecosystem.home))];
  const programs = [...new Set(found.flatMap((one) => one.ecosystem.programs ?? []))];
  return [
    `  ${repo}:`,
    ...setup,
    `    network: [${hosts.join(', ')}]`,
    ...(programs.length === 0 ? [] : [`    env: PATH=${programs.join(':')}`]),
    ...(keep.length === 0 ? [] : [`    # kept besides what git ignores: ${keep.join(', ')}`]),
  ];
}

// Two managers in one folder become one list of commands.
function commandsByFolder(found: readonly Recognised[]): [string, string][] {
  const folders = new Map<string, string[]>();
  for (const { folder, ecosystem } of found) {
    const name = folder === '' ? '.' : folder;
    folders.set(name, [...(folders.get(name) ?? []), ecosystem.setup]);
  }
  return [...folders].map(([folder, commands]) => [
    folder,
    commands.length === 1 ? (commands[0] ?? '') : `[${commands.join(', ')}]`,
  ]);
}

/** Why an Acceptance command will not find what it needs, or null. `settings` are those of its repository. */
export function missingSetup(command: string, found: readonly Recognised[], settings: RepoSettings): string | null {
  const needed = neededBy(command, found);
  const [first] = uncovered(needed, settings);
  if (first === undefined) return null;
  const lock = first.ecosystem.marks.find((mark) => mark.includes('.')) ?? first.ecosystem.name;
  const where = first.folder === '' ? '' : `${first.folder}/`;
  return `\`${command}\` needs what ${first.ecosystem.name} installs (${where}${lock} is there), and no setup: installs it`;
}

// The commands that each manager's manual calls an install; `cargo fetch` and similar commands do nothing if everything
// is there.
const installs =
  /^(?:npm (?:ci|i|install)|pnpm (?:i|install)|yarn(?: install)?$|bun (?:i|install)|(?:\S*\/)?pip3? install|uv (?:sync|pip)|poetry install|bundle install|composer install)\b/;

/**
 * The part of an Acceptance command that installs packages, if checks have no network for it; else null. `settings` are
 * those of its repository.
 */
export function installingPart(command: string, settings: RepoSettings): string | null {
  if (settings.checks.network.length > 0) return null;
  const parts = command.split(/&&|\|\||[;|]/).map((part) => part.trim());
  return parts.find((part) => installs.test(part)) ?? null;
}

/** The recognised managers that no setup of the repository covers. */
export function uncovered(found: readonly Recognised[], settings: RepoSettings): Recognised[] {
  return found.filter((one) => !settings.setups.some((setup) => covers(setup.folder, one.folder)));
}

function covers(folder: string, of: string): boolean {
  return folder === '' || folder === of || of.startsWith(`${folder}/`);
}

/** The recognised managers, in words: `npm, uv in api`. */
export function foundWords(found: readonly Recognised[]): string {
  return found
    .map(({ ecosystem, folder }) => `${ecosystem.name}${folder === '' ? '' : ` in ${escapeText(folder)}`}`)
    .join(', ');
}

/**
 * Notes on what a room cannot hold by itself. `entries` are the base's tracked paths with their modes; `attributes` are
 * the texts of its .gitattributes; `setup` are the setup's commands, which may fetch it.
 */
export function absentParts(
  entries: readonly { readonly path: string; readonly mode: string }[],
  attributes: readonly string[],
  setup = '',
): string[] {
  const modules = entries.filter((entry) => entry.mode === '160000').map((entry) => entry.path);
  const large = attributes.some((text) => /^[^#\n]*\bfilter=lfs\b/m.test(text));
  return [
    ...(modules.length === 0 || /\bgit submodule\b/.test(setup)
      ? []
      : [
          `rooms have empty folders for the submodules ${modules.slice(0, 5).join(', ')}; \`git submodule update --init\` in setup: puts them there, with the hosts they come from in network:`,
        ]),
    ...(large && !/\bgit lfs\b/.test(setup)
      ? [
          'rooms have the pointers of Git LFS, not the files; `git lfs pull` in setup: puts them there, with the LFS host in network:',
        ]
      : []),
  ];
}
