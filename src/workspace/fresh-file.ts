// Why: a file in an inbox that no daemon has seen yet has no place in the history, and people name it all the same.
// Promises: looks at names alone.
// Never: moves or reads a file.
import { isForeign } from '../order/foreign-file.ts';
import { listFolder } from '../platform/files/files.ts';

/** An order file that nobody has taken yet. */
export type FreshFile = { readonly role: string; readonly name: string };

/**
 * The order file in a role's inbox that a name or the begin of one names; null where it names none, or several. The
 * history doesn't know it yet.
 */
export async function findFreshFile(root: string, prefix: string): Promise<FreshFile | null> {
  const found: FreshFile[] = [];
  for (const role of await listFolder(`${root}/inbox`)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    for (const name of await listFolder(`${root}/inbox/${role}`).catch(() => []))
      if (name.startsWith(prefix) && name.endsWith('.md') && !isForeign(name)) found.push({ role, name });
  }
  const exact = found.filter((one) => one.name.replace(/\.md$/, '') === prefix.replace(/\.md$/, ''));
  const [first, ...others] = exact.length > 0 ? exact : found;
  return others.length === 0 ? (first ?? null) : null;
}
