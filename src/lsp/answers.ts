// Why: at a place in a text an editor offers the words that may stand there, and says what a word means.
// Promises: pure; texts that agents wrote are escaped.
// Never: reads a file or knows the protocol.
import type { FileKey, PatternMatch } from '../api.ts';
import { countOf, escapeText, firstLine } from '../platform/text/text.ts';
import { type CursorPlace, orderLabels } from './place.ts';

/** A word that may stand at a place. `insert` is written in the place of what was typed. */
export type Offer = {
  readonly word: string;
  readonly kind: 'key' | 'word' | 'role' | 'order' | 'label';
  readonly about: string;
  readonly insert: string;
};

/** A role or an order, by its name, with a line about it. */
export type Named = { readonly name: string; readonly about: string };

/** The names that stand for something in a workspace. */
export type KnownNames = { readonly roles: readonly Named[]; readonly orders: readonly Named[] };

/** The words that may stand at a place. `after` is what follows the cursor on its line. */
export function offersAt(
  place: CursorPlace,
  keys: readonly FileKey[],
  { names, after }: { readonly names: KnownNames; readonly after: string },
): Offer[] {
  if (place.what === 'label') {
    const missing = orderLabels.filter((one) => !place.taken.includes(one.toLowerCase()));
    return missing.map((word) => ({ word, kind: 'label', about: '', insert: `**${word}:**` }));
  }
  if (place.what === 'branching') {
    const forms = ['halt-with-note', 'requeue-with-blocker'];
    return [
      ...forms.map((word): Offer => ({ word, kind: 'word', about: '', insert: word })),
      ...names.roles.map(({ name, about }) => nameOffer('role', `route-to-${name}`, about)),
    ];
  }
  if (place.what === 'key') {
    const free = (keysAt(keys, place.path) ?? []).filter(({ name }) => !place.taken.includes(name));
    const colon = /^\s*:/.test(after) ? '' : ': ';
    return free.map(({ name, help }) => ({ word: name, kind: 'key', about: help, insert: `${name}${colon}` }));
  }
  const key = keyAt(keys, place.path);
  const words = (key?.words ?? []).map((word): Offer => ({ word, kind: 'word', about: '', insert: word }));
  if (key === null || key.holds === null) return words;
  const known = key.holds === 'role' ? names.roles : names.orders;
  const { holds } = key;
  return [...words, ...known.map(({ name, about }) => nameOffer(holds, name, about))];
}

function nameOffer(kind: 'role' | 'order', word: string, about: string): Offer {
  return { word, kind, about: escapeText(firstLine(about, 100)), insert: word };
}

// The keys that may stand below a path; null where a person chooses the names.
function keysAt(keys: readonly FileKey[], path: readonly string[]): readonly FileKey[] | null {
  const [first, ...rest] = path;
  if (first === undefined) return keys;
  const key = keys.find(({ name }) => name === first);
  if (key === undefined) return null;
  if (!key.named) return keysAt(key.keys, rest);
  return rest.length === 0 ? null : keysAt(key.keys, rest.slice(1));
}

/** The key that a path leads to; a name that a person chose leads to the key above it. Null for an unknown one. */
export function keyAt(keys: readonly FileKey[], path: readonly string[]): FileKey | null {
  const last = path.at(-1);
  const own = keysAt(keys, path.slice(0, -1))?.find(({ name }) => name === last);
  if (own !== undefined) return own;
  const above = path.length < 2 ? null : keyAt(keys, path.slice(0, -1));
  return above !== null && above.keys.length === 0 ? above : null;
}

/** Says what a key does, what may stand behind it, and how it is written. */
export function tellKey({ help, words, example }: FileKey): string {
  return [help, ...(words.length > 0 ? [`One of: ${words.join(', ')}`] : []), '', example].join('\n');
}

/** Says what the patterns of a line match. */
export function tellMatches(matches: readonly PatternMatch[]): string {
  return matches
    .map(({ pattern, files, examples }) =>
      [
        `${escapeText(pattern)} matches ${files === 0 ? 'no file' : countOf(files, 'file')}`,
        ...examples.map((path) => `  ${escapeText(path)}`),
        ...(files > examples.length ? [`  and ${files - examples.length} more`] : []),
      ].join('\n'),
    )
    .join('\n\n');
}

/** Says which role or order a word at a place names; null when it names none. */
export function tellName(
  place: CursorPlace,
  key: FileKey | null,
  word: string,
  { roles, orders }: KnownNames,
): string | null {
  const route = place.what === 'branching' && word.startsWith('route-to-') ? word.slice(9) : null;
  const holds = route === null ? key?.holds : 'role';
  const known = holds === 'role' ? roles : holds === 'order' ? orders : [];
  const found = known.find(({ name }) => name === (route ?? word));
  return found === undefined ? null : `${holds} ${found.name}\n${escapeText(firstLine(found.about, 200))}`;
}
