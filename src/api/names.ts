// Why: a shell whose Tab key was pressed wants names at once: of roles, and of orders with what they are about.
// Promises: the orders that a look lists, by the journal and the inboxes; changes nothing.
// Never: opens a workspace, asks git, or says where an open order stands.
import type { Outcome } from '../ledger/entry.ts';
import { readForNames } from '../ledger/order-names.ts';
import { isForeign } from '../order/foreign-file.ts';
import { type Places, placesOf } from '../places.ts';
import { listFolder, readPlain } from '../platform/files/files.ts';
import { listInboxes } from '../record/inbox.ts';
import { inboxFolder } from '../record/path.ts';
import { isCardFile } from '../role/card-file.ts';
import type { Site } from './site.ts';

/**
 * A name, and what it names in a line: a role's description, an order's objective; empty where that is not known.
 * `outcome` says how an order ended; null while it is open, and for a role.
 */
export type KnownName = { readonly name: string; readonly about: string; readonly outcome: Outcome | null };

/** The number of orders that settled last, of those that are listed. */
const endedNames = 20;

/** The number of files that no daemon has seen yet whose objectives are read. */
const readObjectives = 50;

/** Lists the roles by their cards' files, also those that can't be used. */
export async function nameRoles({ root }: Site): Promise<KnownName[]> {
  const { roles } = placesOf(root, '', '');
  const files = (await listFolder(roles)).filter(isCardFile);
  return Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.md$/i, ''),
      about: await describeCard(`${roles}/${file}`),
      outcome: null,
    })),
  );
}

// To load what reads YAML takes longer than all the rest: a plain text on one line is taken as it stands.
async function describeCard(path: string): Promise<string> {
  const file = await readPlain(path);
  const [, front] = (file.kind === 'text' ? /^---\r?\n([\s\S]*?\r?\n)---(?:\r?\n|$)/.exec(file.text) : null) ?? [];
  if (file.kind !== 'text' || front === undefined || !/^description:/m.test(front)) return '';
  const [, plain] = /^description: +(\w(?:(?! #|: )[^\r\n])*)\r?\n(?!\s)/m.exec(front) ?? [];
  if (plain !== undefined) return plain.trimEnd();
  const { splitFrontMatter } = await import('../platform/text/front-matter.ts');
  const parts = splitFrontMatter(file.text);
  const value = parts.ok ? parts.fields.find(({ key }) => key === 'description')?.value : '';
  return typeof value === 'string' ? value : '';
}

/** Lists the open orders, the files in inboxes that no daemon has taken yet, and the orders that settled last. */
export async function nameOrders({ root }: Site): Promise<KnownName[]> {
  const places = placesOf(root, '', '');
  const files = await inboxFiles(places);
  const { known, fresh } = await readForNames(places, ({ orders, open }) => ({
    known: [...[...open].flatMap((id) => orders.get(id) ?? []), ...orders.ended(endedNames)].map(
      ({ id, asked, end }): KnownName => ({ name: id, about: asked.title, outcome: end.outcome }),
    ),
    fresh: [...files.keys()].filter((id) => !orders.has(id)),
  }));
  const read = new Set(
    [...known.filter(({ about }) => about === '').map(({ name }) => name), ...fresh].slice(0, readObjectives),
  );
  const titled = (one: KnownName): Promise<KnownName> | KnownName => {
    const path = files.get(one.name);
    return path === undefined || !read.has(one.name) ? one : objectiveOf(path).then((about) => ({ ...one, about }));
  };
  return Promise.all([...known, ...fresh.map((name) => ({ name, about: '', outcome: null }))].map(titled));
}

// The files in the inboxes of roles, by the ids that they have or ask for.
async function inboxFiles(places: Places): Promise<Map<string, string>> {
  const roles = await listInboxes(places);
  const found = await Promise.all(
    roles.map(async (role) => {
      const inbox = inboxFolder(places, role);
      const names = (await listFolder(inbox).catch(() => [])).filter((name) => !isForeign(name));
      return names.map((name) => [name.replace(/\.md$/, ''), `${inbox}/${name}`] as const);
    }),
  );
  return new Map(found.flat());
}

async function objectiveOf(path: string): Promise<string> {
  const file = await readPlain(path);
  const found = file.kind === 'text' ? /^\**Objective:?\**:? *(.+)$/im.exec(file.text) : null;
  return found?.[1]?.trim() ?? '';
}
