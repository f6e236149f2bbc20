// Why: an index remembers which trees its folders are (gitformat-index(5), "Cache tree"). Without that, the next
// `git status` of a large repository is slow.
// Promises: forgets what git itself would forget when these paths change, and keeps the rest to the byte.
// Never: says that a folder is a tree which it isn't.

/** A folder and the folders in it. `count` is the number of its entries, -1 where its tree isn't known. */
type CachedTree = { readonly name: string; readonly down: CachedTree[]; readonly id: Buffer; count: number };

/**
 * The extension without the trees of the folders above some paths; `paths` have a character for each byte. Null where
 * the extension cannot be read.
 */
export function forgetTrees(extension: Buffer, paths: Iterable<string>, idLength: number): Buffer | null {
  const read = readKnown(extension, 0, idLength);
  if (read === null || read.end !== extension.length) return null;
  for (const path of paths) forget(read.known, path.split('/'));
  const parts: Buffer[] = [];
  compose(read.known, parts);
  return Buffer.concat(parts);
}

// A name up to a zero; the number of entries and of folders in it, as text; the tree, where it is known.
function readKnown(from: Buffer, at: number, idLength: number): { known: CachedTree; end: number } | null {
  const zero = from.indexOf(0, at);
  const line = zero < 0 ? -1 : from.indexOf(10, zero);
  const [, count, folders] = /^(-1|\d+) (\d+)$/.exec(line < 0 ? '' : from.toString('latin1', zero + 1, line)) ?? [];
  if (count === undefined || folders === undefined) return null;
  const start = line + 1;
  let end = start + (count === '-1' ? 0 : idLength);
  if (end > from.length) return null;
  const id = from.subarray(start, end);
  const down: CachedTree[] = [];
  for (let left = Number(folders); left > 0; left -= 1) {
    const read = readKnown(from, end, idLength);
    if (read === null) return null;
    down.push(read.known);
    end = read.end;
  }
  return { known: { name: from.toString('latin1', at, zero), down, id, count: Number(count) }, end };
}

// As git does (cache-tree.c, do_invalidate_path): a folder whose name is now a file's is forgotten with all in it.
function forget(known: CachedTree, [name = '', ...rest]: readonly string[]): void {
  known.count = -1;
  const at = known.down.findIndex((one) => one.name === name);
  const found = known.down[at];
  if (found === undefined) return;
  if (rest.length === 0) known.down.splice(at, 1);
  else forget(found, rest);
}

function compose({ name, count, down, id }: CachedTree, parts: Buffer[]): void {
  parts.push(Buffer.from(`${name}\0${count} ${down.length}\n`, 'latin1'));
  if (count >= 0) parts.push(id);
  for (const one of down) compose(one, parts);
}
