// Why: a person edits a card as a copy, and the card changes only by a text that is good.
// Promises: a text is weighed before it is put in place: its problems, and the powers it changes. A card that changed
// meanwhile stays as it is. The text before is kept, and can be put back.
// Never: starts an editor; touches a copy.

import { readFileSync, renameSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { keptCard } from '../places.ts';
import { draftFile, flushFolder } from '../platform/files/files.ts';
import { giveTo } from '../platform/files/owner.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import { keepCard, readCards, readCardText } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { checkCardText } from './check.ts';
import { type CardPowers, weighCard } from './edit.ts';
import { type Site, withLook } from './site.ts';

/** A card's file as it was opened: a change is put in its place only while it still has this digest. */
export type OpenedCard = {
  readonly role: string;
  readonly file: string;
  readonly text: string;
  readonly digest: string;
};

/** A text for a card, weighed: `powers` is null where it can't be used. */
export type WeighedCard = {
  readonly good: boolean;
  readonly problems: readonly Problem[];
  readonly powers: CardPowers | null;
};

/** A card that was put in place. `kept` is the file that has the text before. */
export type PlacedCard = { readonly role: string; readonly file: string; readonly kept: string };

/** Opens a card's file to edit. Throws Fault `role-unknown`, `role-unreadable`. */
export function openCard(site: Site, name: string): Promise<OpenedCard> {
  return withLook(site, async (look) => {
    const { file, digest, text, problems } = await findFile(look, name);
    if (digest === '')
      throw new Fault('role-unreadable', `${file}: ${problems[0]?.message ?? 'it cannot be read'}`, {
        hint: 'correct the file yourself',
      });
    return { role: name, file, text, digest };
  });
}

/** Weighs a text for a role's card against its file as it lies there. Throws Fault `role-unknown`. */
export function weighText(site: Site, name: string, text: string): Promise<WeighedCard> {
  return withLook(site, async (look) => {
    const { workspace } = look;
    const before = (await findFile(look, name)).card ?? workspace.cards.get(name) ?? null;
    const reading = readCardText(name, text);
    const { problems } = await checkCardText(workspace, reading);
    const good = reading.card !== null && problems.every((one) => one.level !== 'error');
    return { good, problems, powers: reading.card === null ? null : await weighCard(workspace, before, reading.card) };
  });
}

/**
 * Puts a text in the place of a card's file, if that still has the digest that was seen. Throws Fault `role-unknown`,
 * `role-card` where the text is no good card, `role-edited` where the file changed.
 */
export function placeCard(site: Site, { role, digest }: OpenedCard, text: string): Promise<PlacedCard> {
  return withLook(site, async (look) => {
    const { places } = look.workspace;
    const { card, problems } = readCardText(role, text);
    if (card === null)
      throw new Fault('role-card', problems[0]?.message ?? 'the text is no card', { hint: problems[0]?.hint });
    const { file, digest: now, text: before } = await findFile(look, role);
    const path = `${places.root}/${file}`;
    if (now === digest) await keepCard(places, { digest, text: before });
    if (now !== digest || !(await replaceText(path, before, text)))
      throw new Fault('role-edited', `${file} was edited meanwhile: it stays`, {
        hint: `read it again: fourline role show ${role}`,
      });
    return { role, file, kept: keptCard(places, digest) };
  });
}

// An editor may save at any moment: nothing comes between the last look and the rename.
async function replaceText(path: string, before: string, text: string): Promise<boolean> {
  const seen = await lstat(path);
  const draft = await draftFile(path, text, seen.mode & 0o777);
  await giveTo(draft, seen);
  try {
    if (!seen.isFile() || readFileSync(path, 'utf8') !== before) return false;
    renameSync(draft, path);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  await flushFolder(dirname(path));
  return true;
}

async function findFile({ workspace }: Look, name: string): Promise<Awaited<ReturnType<typeof readCards>>[number]> {
  const readings = await readCards(workspace.places);
  const reading = readings.find((one) => one.name === name);
  if (reading !== undefined) return reading;
  throw new Fault('role-unknown', `there is no card roles/${name}.md`, {
    hint: `the cards are ${readings.map((one) => one.name).join(', ') || 'none yet'}; fourline role new makes one`,
  });
}
