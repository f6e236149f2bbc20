// Why: which files of roles/ are cards is asked without reading any.
// Promises: pure.
// Never: says whether a card is good.

/** True for the name of a card's file: README.md and hidden files are none. */
export function isCardFile(name: string): boolean {
  return /\.md$/i.test(name) && !/^(?:\.|_|readme\.md$)/i.test(name);
}
