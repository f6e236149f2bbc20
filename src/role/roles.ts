// Why: people edit cards while fourline runs. A card on disk can differ from the card in force.
// Promises: a broken card never takes effect, and the last good one stays in force. The digest of its bytes identifies
// a card. Under that digest fourline keeps the text of every card that was ever in force.
// Never: writes into roles/.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { keptCard, type Places } from '../places.ts';
import { listFolder, makeFolder, type PlainFile, readPlain, writeDurable } from '../platform/files/files.ts';
import type { Problem } from '../platform/text/problem.ts';
import { isCardFile } from './card-file.ts';
import { compileGrant, compileMatcher, type Grant } from './grant.ts';
import { parseRole, type Role } from './role.ts';

/** A card in force. */
export type Card = {
  readonly role: Role;
  readonly grant: Grant;
  readonly digest: string;
  readonly text: string;
  readonly file: string;
};

/** A card as it lies on disk. `card` is null when it cannot be used. */
export type CardReading = {
  readonly name: string;
  readonly file: string;
  readonly digest: string;
  readonly text: string;
  readonly card: Card | null;
  readonly problems: readonly Problem[];
};

/** Reads one card's text; `recalled` reads one that was in force before. */
export function readCardText(name: string, text: string, recalled = false): CardReading {
  const file = `roles/${name}.md`;
  const digest = createHash('sha256').update(text).digest('hex');
  const reading = parseRole(name, text, recalled);
  if (!reading.ok) return { name, file, digest, text, card: null, problems: reading.problems };
  const card: Card = { role: reading.role, grant: compileGrant(reading.role, file), digest, text, file };
  return { name, file, digest, text, card, problems: reading.warnings };
}

/**
 * Reads all cards of a workspace, by name. `read` may answer with a text that is not saved; `unsaved` are the absolute
 * paths of such texts, which may have no file yet.
 */
export async function readCards(
  places: Places,
  read: (path: string) => Promise<PlainFile> = readPlain,
  unsaved: readonly string[] = [],
): Promise<CardReading[]> {
  const fresh = unsaved.flatMap((path) => (dirname(path) === places.roles ? [basename(path)] : []));
  const names = [...new Set([...(await listFolder(places.roles)), ...fresh])].filter(isCardFile);
  const readings: CardReading[] = [];
  for (const name of names) {
    const stem = name.replace(/\.md$/i, '');
    const twin = names.find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
    const file = await read(`${places.roles}/${name}`);
    if (file.kind === 'absent') continue;
    const broken = (code: string, message: string): CardReading => ({
      name: stem,
      file: `roles/${name}`,
      digest: '',
      text: '',
      card: null,
      problems: [{ code, level: 'error', message, line: 1, column: 1 }],
    });
    if (file.kind === 'flawed') readings.push(broken('role-unreadable', `the card cannot be read: ${file.flaw}`));
    else if (twin !== undefined)
      readings.push(broken('role-twice', `there are two cards of this name: ${name} and ${twin}`));
    else readings.push(readCardText(stem, file.text));
  }
  return readings;
}

/** One difference between what was in force and what lies on disk. */
export type CardNews = {
  readonly name: string;
  readonly what: 'added' | 'edited' | 'removed' | 'broken';
  readonly reading: CardReading | null;
};

/**
 * Compares readings with what was last in force. A broken card is news once per digest, and again when its role falls
 * idle (`idle`: it has no card to go on with).
 */
export function compareCards(
  inForce: ReadonlyMap<string, string>,
  broken: ReadonlyMap<string, string>,
  readings: readonly CardReading[],
  idle: (name: string) => boolean,
): CardNews[] {
  const news: CardNews[] = [];
  for (const reading of readings) {
    const before = inForce.get(reading.name);
    if (reading.card === null) {
      const falls = before !== undefined && idle(reading.name);
      if (falls || broken.get(reading.name) !== reading.digest)
        news.push({ name: reading.name, what: 'broken', reading });
    } else if (before !== reading.digest || broken.has(reading.name)) {
      const what = before === undefined && !broken.has(reading.name) ? 'added' : 'edited';
      news.push({ name: reading.name, what, reading });
    }
  }
  for (const name of inForce.keys())
    if (!readings.some((reading) => reading.name === name)) news.push({ name, what: 'removed', reading: null });
  return news;
}

/** Keeps a card's text under its digest, for audits of the runs it was in force for. */
export async function keepCard(places: Places, card: Pick<Card, 'digest' | 'text'>): Promise<void> {
  await makeFolder(places.cards);
  const path = keptCard(places, card.digest);
  if ((await stat(path).catch(() => null)) === null) await writeDurable(path, card.text, { replace: false });
}

/** The result of recalling a card: the card, or why not. `altered` when its bytes no longer match its digest. */
export type Recall =
  | { readonly kind: 'card'; readonly card: Card }
  | { readonly kind: 'absent' | 'altered' | 'unusable' };

/** Finds a card that was once in force, by digest. A stored file that somebody edited since then is not such a card. */
export async function recallCard(places: Places, name: string, digest: string): Promise<Recall> {
  const file = await readPlain(keptCard(places, digest));
  if (file.kind !== 'text') return { kind: file.kind === 'absent' ? 'absent' : 'altered' };
  const reading = readCardText(name, file.text, true);
  if (reading.digest !== digest) return { kind: 'altered' };
  return reading.card === null ? { kind: 'unusable' } : { kind: 'card', card: reading.card };
}

/** The same card, allowed to change and send nothing: a reviewer reads. */
export function readOnly(card: Card): Card {
  const nothing = compileMatcher(card.file, []);
  return {
    ...card,
    role: { ...card.role, write: [], send: [] },
    grant: { ...card.grant, write: nothing, send: [] },
  };
}
