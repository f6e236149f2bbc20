// Why: a card that was edited and is not in force yet is read before it counts: which powers it adds, which it takes,
// and with whom it shares its files.
// Promises: each path is the gate's own answer, by the card that was in force, by the edited one, and by the cards of
// the others. State files that the two cards name are asked about as well. Files that were not asked about are counted.
// Never: puts a card into force.

import { repositoryPaths } from '../delegation/unmatched.ts';
import { judgePath } from '../gate/gate.ts';
import { splitFrontMatter } from '../platform/text/front-matter.ts';
import { type Card, type CardReading, recallCard } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { lawOfCard } from './law.ts';

/** How many files of repositories are held against the cards. */
const mostPaths = 100_000;

/** How many files that two roles share are named. */
const mostShared = 20;

/** The difference that a card makes for files of repositories, and for the state files that it names. */
export type CardPowers = {
  /** Files that the role may change by the new card alone, and those by the one before alone. */
  readonly adds: readonly string[];
  readonly takes: readonly string[];
  /** Other roles that may change files of the new card, with how many, and the first of them. */
  readonly shared: readonly { readonly role: string; readonly count: number; readonly files: readonly string[] }[];
  /** Other keys of the card whose value changes. */
  readonly keys: readonly string[];
  /** How many files were not asked about: there are too many. */
  readonly unasked: number;
};

/** An edit of a card that is not in force. */
export type PendingEdit = CardPowers & {
  /** The card that was in force last, and the file as it lies there. */
  readonly before: string;
  readonly after: string;
  /** True where the file can't be used: the card before stays in force while fourline works. */
  readonly broken: boolean;
};

const noPowers: CardPowers = { adds: [], takes: [], shared: [], keys: [], unasked: 0 };

/** The edit of a card since fourline last took it; null where there is none, or where that card is gone. */
export async function cardEdit(
  { workspace, history }: Pick<Look, 'workspace' | 'history'>,
  reading: CardReading,
): Promise<PendingEdit | null> {
  const digest = history.cards.get(reading.name);
  if (digest === undefined || digest === reading.digest) return null;
  const recalled = await recallCard(workspace.places, reading.name, digest);
  if (recalled.kind !== 'card') return null;
  const edit = { before: recalled.card.text, after: reading.text };
  if (reading.card === null) return { ...edit, broken: true, ...noPowers };
  return { ...edit, broken: false, ...(await weighCard(workspace, recalled.card, reading.card)) };
}

/** Holds a card against the one before it (null: there was none) and against the other roles' cards. */
export async function weighCard(workspace: Workspace, before: Card | null, after: Card): Promise<CardPowers> {
  const all = await repositoryPaths(workspace);
  const paths = [...stateFiles(before), ...stateFiles(after), ...all.slice(0, mostPaths)];
  const own = new Set(mayChange(after, paths));
  const old = new Set(before === null ? [] : mayChange(before, paths));
  const others = [...workspace.cards.values()].filter((one) => one.role.name !== after.role.name);
  const shared = others.map((one) => ({ role: one.role.name, files: mayChange(one, [...own]) }));
  return {
    adds: [...own].filter((path) => !old.has(path)),
    takes: [...old].filter((path) => !own.has(path)),
    shared: shared.flatMap(({ role, files }) =>
      files.length === 0 ? [] : [{ role, count: files.length, files: files.slice(0, mostShared) }],
    ),
    keys: changedKeys(before?.text ?? '', after.text),
    unasked: Math.max(0, all.length - mostPaths),
  };
}

// The state files that a card names one by one: they may not be there yet.
function stateFiles(card: Card | null): string[] {
  const texts = card?.role.write.map(({ glob }) => glob.text) ?? [];
  return texts.filter((text) => /^state\/[^*?{]+$/.test(text));
}

function mayChange(card: Card, paths: readonly string[]): string[] {
  const law = lawOfCard(card);
  return paths.filter((path) => judgePath(path, law).decision === 'allow');
}

// Paths are told file by file.
function changedKeys(before: string, after: string): string[] {
  const [old, fresh] = [textValues(before), textValues(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].filter(
    (key) => !['write', 'deny'].includes(key) && old.get(key) !== fresh.get(key),
  );
}

function textValues(text: string): Map<string, string> {
  const parts = splitFrontMatter(text);
  return new Map(parts.ok ? parts.fields.map(({ key, value }) => [key, JSON.stringify(value)]) : []);
}
