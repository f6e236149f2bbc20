// Why: a card is removed by a person who sees first what rests on it.
// Promises: the card's text is kept, and can be put back; a card that was edited meanwhile stays.
// Never: ends an order or a run, or empties an inbox.

import { rm } from 'node:fs/promises';
import { keptCard } from '../places.ts';
import { listFolder } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { inboxFolder } from '../record/path.ts';
import { keepCard, readCards } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { type Site, withLook } from './site.ts';

/** The orders and cards that rest on a card, and the card as it was seen. */
export type RoleTies = {
  readonly role: string;
  readonly file: string;
  readonly digest: string;
  /** Its orders that have not ended, by id, and the files in its inbox that are not taken yet. */
  readonly orders: readonly string[];
  /** Roles whose cards name it in `send:` or `review:`. */
  readonly namedBy: readonly string[];
};

/** A card that was removed. `kept` is the file that has its text. */
export type RemovedRole = RoleTies & { readonly kept: string };

/** Says what rests on a card. Throws Fault `role-unknown`, `role-unreadable`. */
export function readTies(site: Site, name: string): Promise<RoleTies> {
  return withLook(site, async (look) => (await findCard(look, name)).ties);
}

/**
 * Removes a card, if it still has the digest that was seen. Throws Fault `role-unknown`, `role-unreadable`,
 * `role-edited`.
 */
export function removeRole(site: Site, name: string, digest: string): Promise<RemovedRole> {
  return withLook(site, async (look) => {
    const { places } = look.workspace;
    const { ties, text } = await findCard(look, name);
    if (ties.digest !== digest)
      throw new Fault('role-edited', `${ties.file} was edited meanwhile: it stays`, {
        hint: `read it again: fourline role show ${name}`,
      });
    await keepCard(places, { digest, text });
    await rm(`${site.root}/${ties.file}`);
    return { ...ties, kept: keptCard(places, digest) };
  });
}

async function findCard(
  { workspace, history }: Look,
  name: string,
): Promise<{ readonly ties: RoleTies; readonly text: string }> {
  const readings = await readCards(workspace.places);
  const reading = readings.find((one) => one.name === name);
  if (reading === undefined)
    throw new Fault('role-unknown', `there is no card roles/${name}.md`, {
      hint: `the cards are ${readings.map((one) => one.name).join(', ') || 'none yet'}`,
    });
  const { file, digest, text, problems } = reading;
  if (digest === '')
    throw new Fault('role-unreadable', `${file}: ${problems[0]?.message ?? 'it cannot be read'}`, {
      hint: 'remove the file yourself',
    });
  const open = [...history.open].flatMap((id) => history.orders.get(id) ?? []);
  const names = ({ send, review }: { send: readonly { role: string }[]; review: string | null }): boolean =>
    review === name || send.some((one) => one.role === name);
  const namedBy = [...workspace.cards.values()].filter(({ role }) => names(role)).map(({ role }) => role.name);
  const own = open.filter((one) => one.role === name).map(({ id }) => id);
  const files = await listFolder(inboxFolder(workspace.places, name));
  const mail = files.filter((file) => /^[^.].*(?<!\.report|\.notice)\.md$/.test(file));
  const orders = [...new Set([...own, ...mail.map((file) => file.slice(0, -3))])];
  return { ties: { role: name, file, digest, orders, namedBy }, text };
}
