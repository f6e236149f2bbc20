// Why: cards come from the files of agent CLIs, and go there.
// Promises: several files come in or go out all or none: each is read and checked before the first is written. Without
// `force` an existing file is never replaced.
// Never: grants what a file asks for.
import { resolve } from 'node:path';
import { makeFolder, readPlain, stampOf, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { exportCard } from '../role/export-card.ts';
import { type ForeignKind, foreignKindOf, foreignKinds, foreignStem } from '../role/foreign.ts';
import { type ImportedCard, importCard, type Remark } from '../role/import-card.ts';
import { type Site, withCards } from './site.ts';

/** How cards are brought in. `files` are absolute paths, or paths of the current folder. */
export type ImportQuestion = {
  readonly files: readonly string[];
  /** The tool that the files are of, where their paths don't tell. */
  readonly from?: string | undefined;
  /** The role's name, for one file. */
  readonly as?: string | undefined;
  readonly force?: boolean | undefined;
};

/** A card that came in: its file in the workspace, the file it came from, and what to know about it. */
export type Imported = {
  readonly name: string;
  readonly path: string;
  readonly from: string;
  readonly kind: ForeignKind;
  readonly lost: readonly Remark[];
  readonly told: readonly Remark[];
};

/** How cards are written as files of a tool. Without `roles` all of them are; `folder` is an absolute path. */
export type ExportQuestion = {
  readonly to: string;
  readonly roles?: readonly string[];
  readonly folder: string;
  readonly force?: boolean | undefined;
};

/** A card that went out, and what its file does not hold. */
export type Exported = { readonly name: string; readonly path: string; readonly lost: readonly Remark[] };

function kindNamed(word: string): ForeignKind {
  const kind = foreignKinds.find((one) => one === word);
  if (kind !== undefined) return kind;
  throw new Fault('usage', word === '' ? 'it needs --to, the tool' : `'${word}' is no known tool`, {
    hint: `it is one of ${foreignKinds.join(', ')}`,
  });
}

/**
 * Makes cards of agent files. Throws Fault `usage`, `import-kind`, `import-unreadable`, `role-exists`; then nothing is
 * written.
 */
export async function importRoles({ root }: Site, question: ImportQuestion): Promise<readonly Imported[]> {
  const { files, from, as, force = false } = question;
  if (as !== undefined && files.length > 1)
    throw new Fault('usage', '--as names one role', { hint: 'import the files one by one' });
  const read: (ImportedCard & Imported)[] = [];
  for (const file of files) {
    const kind = from === undefined ? foreignKindOf(resolve(file)) : kindNamed(from);
    if (kind === null)
      throw new Fault('import-kind', `${file}: its path does not tell which tool it is of`, {
        hint: `--from ${foreignKinds.join('|')}`,
      });
    const card = await readForeign(file, kind, as);
    const twin = read.find((one) => one.name === card.name);
    if (twin !== undefined)
      throw new Fault('role-exists', `${twin.from} and ${file} would both be ${card.name}`, {
        hint: 'import one of them with --as; nothing was written',
      });
    read.push({ ...card, path: `roles/${card.name}.md`, from: file, kind });
  }
  if (!force) await refuseStanding(read.map(({ path }) => ({ shown: path, full: `${root}/${path}` })));
  for (const { path, name, text } of read) {
    if (!(await writeDurable(`${root}/${path}`, text, { replace: force })))
      throw new Fault('role-exists', `${path} exists already`, { hint: '--force replaces it' });
    await makeFolder(`${root}/inbox/${name}`);
  }
  return read.map(({ text: _, ...rest }) => rest);
}

async function readForeign(file: string, kind: ForeignKind, as: string | undefined): Promise<ImportedCard> {
  const found = await readPlain(file);
  if (found.kind !== 'text') {
    const flaw = found.kind === 'absent' ? 'there is no such file' : found.flaw;
    throw new Fault('import-unreadable', `${file}: ${flaw}`, { hint: 'nothing was written' });
  }
  const card = importCard(kind, { stem: foreignStem(file), text: found.text, as });
  if ('name' in card) return card;
  const [first] = card;
  throw new Fault('import-unreadable', `${file}:${first?.line ?? 1}: ${first?.message ?? 'it is no agent file'}`, {
    hint: `${first?.hint ?? `correct it, as a file of ${kind}`}; nothing was written`,
  });
}

async function refuseStanding(files: readonly { readonly shown: string; readonly full: string }[]): Promise<void> {
  for (const { shown, full } of files)
    if ((await stampOf(full)) !== null)
      throw new Fault('role-exists', `${shown} exists already`, { hint: '--force replaces it; nothing was written' });
}

/** Writes cards as files of a tool. Throws Fault `usage`, `role-unknown`, `role-exists`; then nothing is written. */
export function exportRoles(site: Site, question: ExportQuestion): Promise<readonly Exported[]> {
  const { to, roles = [], folder, force = false } = question;
  const kind = kindNamed(to);
  return withCards(site, async ({ cards }) => {
    const names = roles.length > 0 ? roles : [...cards.keys()];
    const made = names.map((name) => {
      const card = cards.get(name);
      if (card === undefined)
        throw new Fault('role-unknown', `there is no role '${name}' with a good card`, {
          hint: `the roles are ${[...cards.keys()].join(', ') || 'none yet'}`,
        });
      return { name, ...exportCard(kind, card) };
    });
    const full = (path: string): string => `${folder}/${path}`;
    if (!force) await refuseStanding(made.map(({ path }) => ({ shown: path, full: full(path) })));
    for (const { path, text } of made) {
      await makeFolder(full(path).slice(0, full(path).lastIndexOf('/')));
      if (!(await writeDurable(full(path), text, { replace: force })))
        throw new Fault('role-exists', `${path} exists already`, { hint: '--force replaces it' });
    }
    return made.map(({ name, path, lost }) => ({ name, path: full(path), lost }));
  });
}
