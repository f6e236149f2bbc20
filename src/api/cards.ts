// Why: cards come from the files of agent CLIs, and go there.
// Promises: several files come in or go out all or none: each is read and checked before the first is written. Without
// `force` an existing file is never replaced, and with it the text of a card that is replaced is kept.
// Never: grants what a file asks for.
import { resolve } from 'node:path';
import { keptCard, placesOf } from '../places.ts';
import { makeFolder, readPlain, stampOf, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { exportCard } from '../role/export-card.ts';
import { type ForeignKind, foreignKindOf, foreignKinds, foreignStem } from '../role/foreign.ts';
import { type ImportedCard, importCard, type Remark } from '../role/import-card.ts';
import { keepCard, readCardText } from '../role/roles.ts';
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

/**
 * A card that came in: its file in the workspace, the file it came from, and what to know about it. `kept` is the file
 * that has the text of the card it replaced, or null.
 */
export type Imported = {
  readonly kept: string | null;
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
 * written. With `force` also `role-unreadable`, where the file of a card that would be replaced can't be kept.
 */
export async function importRoles({ root }: Site, question: ImportQuestion): Promise<readonly Imported[]> {
  const { files, from, as, force = false } = question;
  if (as !== undefined && files.length > 1)
    throw new Fault('usage', '--as names one role', { hint: 'import the files one by one' });
  const read: (ImportedCard & Omit<Imported, 'kept'>)[] = [];
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
  const made: Imported[] = [];
  for (const { text, ...card } of read) {
    const { path, name } = card;
    const kept = force ? await keepReplaced(root, card, text) : null;
    if (!(await writeDurable(`${root}/${path}`, text, { replace: force })))
      throw new Fault('role-exists', `${path} exists already`, { hint: '--force replaces it' });
    await makeFolder(`${root}/inbox/${name}`);
    made.push({ ...card, kept });
  }
  return made;
}

// Keeps the text of a card that is about to be replaced; null where there is none, or the same.
async function keepReplaced(
  root: string,
  { name, path }: Pick<Imported, 'name' | 'path'>,
  text: string,
): Promise<string | null> {
  const found = await readPlain(`${root}/${path}`);
  if (found.kind === 'absent' || (found.kind === 'text' && found.text === text)) return null;
  if (found.kind === 'flawed')
    throw new Fault('role-unreadable', `${path}: ${found.flaw}`, { hint: 'remove the file yourself' });
  const places = placesOf(root, '', '');
  const { digest } = readCardText(name, found.text);
  await keepCard(places, { digest, text: found.text });
  return keptCard(places, digest);
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
