// Why: most people learn that tests need installed packages from a failed check. A repository is looked at before that, and the lines it needs are proposed.
// Promises: pure; a proposal is text for a person to put into fourline.yaml, valid as it stands; nothing is proposed that the repository's files don't show.
// Never: writes a file.
import { type Found, neededBy } from './ecosystem.ts';
import type { RepoSettings } from './plan.ts';

/** The block of `repos:` for one repository, as lines of YAML; empty when nothing was recognised. */
export function proposeSetup(repo: string, found: readonly Found[]): string[] {
  if (found.length === 0) return [];
  const hosts = [...new Set(found.flatMap((one) => one.ecosystem.hosts))];
  const [first] = found;
  const alone = found.length === 1 && first?.folder === '';
  const setup = alone
    ? [`    setup: ${first.ecosystem.setup}`]
    : ['    setup:', ...commandsByFolder(found).map(([folder, run]) => `      ${folder}: ${run}`)];
  const keep = [...new Set(found.flatMap((one) => one.ecosystem.home))];
  return [
    `  ${repo}:`,
    ...setup,
    `    network: [${hosts.join(', ')}]`,
    ...(keep.length === 0 ? [] : [`    # kept besides what git ignores: ${keep.join(', ')}`]),
  ];
}

// Two managers in one folder are one list of commands.
function commandsByFolder(found: readonly Found[]): [string, string][] {
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
export function missingSetup(command: string, found: readonly Found[], settings: RepoSettings): string | null {
  const needed = neededBy(command, found);
  // A command that installs by itself needs the network that checks don't have; that is the same trouble.
  const [first] = needed.filter((one) => !settings.setups.some((setup) => covers(setup.folder, one.folder)));
  if (first === undefined) return null;
  const lock = first.ecosystem.marks.find((mark) => mark.includes('.')) ?? first.ecosystem.name;
  const where = first.folder === '' ? '' : `${first.folder}/`;
  return `\`${command}\` needs what ${first.ecosystem.name} installs (${where}${lock} is there), and no setup: installs it`;
}

function covers(folder: string, of: string): boolean {
  return folder === '' || folder === of || of.startsWith(`${folder}/`);
}

/** Notes on what a room cannot hold by itself. `entries` are the base's tracked paths with their modes; `attributes` are the texts of its .gitattributes. */
export function absentParts(
  entries: readonly { readonly path: string; readonly mode: string }[],
  attributes: readonly string[],
): string[] {
  const modules = entries.filter((entry) => entry.mode === '160000').map((entry) => entry.path);
  const large = attributes.some((text) => /^[^#\n]*\bfilter=lfs\b/m.test(text));
  return [
    ...(modules.length === 0
      ? []
      : [
          `rooms have empty folders for the submodules ${modules.slice(0, 5).join(', ')}; \`git submodule update --init\` in setup: fetches them, with the hosts they come from in network:`,
        ]),
    ...(large
      ? [
          'rooms have the pointers of Git LFS, not the files; `git lfs pull` in setup: fetches them, with the LFS host in network:',
        ]
      : []),
  ];
}
