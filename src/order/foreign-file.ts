// Why: editors and transfers leave files beside orders, and which these are is asked without reading any.
// Promises: pure.
// Never: says whether an order is good.

/**
 * True for names of files that are no orders: hidden files, editors' working files, and the files that fourline itself
 * puts next to orders.
 */
export function isForeign(name: string): boolean {
  return /^[.#]|~$|\.(?:tmp|swp|swx|part|partial|crdownload|bak|problem\.txt|report\.md|lock|aside-\d+)$|^4913$|#$/i.test(
    name,
  );
}
