// Why: an order's id is its file's stem, short enough to type and unique for good.
// Promises: pure; an id is `<number>-<slug>`, safe as a file name, a ref name and a trailer.
// Never: gives a number; ground/lock does.

/** `0007-add-login` from a number and a file's stem or a sentence. */
export function makeId(number: number, name: string): string {
  return `${String(number).padStart(4, '0')}-${slugOf(name)}`;
}

/** Lower case words with - between, at most 48 characters; `order` when nothing is left. */
export function slugOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
    .replace(/-+$/, '');
  return words === '' ? 'order' : words;
}

/** True when a file's stem is an id already. */
export function isId(stem: string): boolean {
  return /^\d{4,9}-[a-z0-9]+(?:-[a-z0-9]+)*$/.test(stem) && stem.length <= 60;
}
