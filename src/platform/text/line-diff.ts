// Why: people read what an edit changed line by line.
// Promises: pure. The lines without '+' are the old text, those without '-' the new one; the work is limited.
// Never: says why.

/** A line of a difference: it stays, goes or comes. */
export type DiffedLine = { readonly sign: ' ' | '-' | '+'; readonly text: string };

/** The most comparisons of lines. Above it, all lines that differ go, and all new ones come. */
const mostCompared = 4_000_000;

/** The difference of two texts, line by line, with every line of both. */
export function diffLines(before: string, after: string): DiffedLine[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, fresh.length) - head;
  while (tail < most && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const same = (lines: readonly string[]): DiffedLine[] => lines.map((text) => ({ sign: ' ', text }));
  return [
    ...same(old.slice(0, head)),
    ...diffMiddle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail)),
    ...same(old.slice(old.length - tail)),
  ];
}

function diffMiddle(old: readonly string[], fresh: readonly string[]): DiffedLine[] {
  const width = fresh.length + 1;
  // How many lines the rests of both texts have in common, from each pair of places.
  const common = old.length * fresh.length > mostCompared ? null : new Uint32Array((old.length + 1) * width);
  if (common !== null)
    for (let at = old.length - 1; at >= 0; at -= 1)
      for (let to = fresh.length - 1; to >= 0; to -= 1)
        common[at * width + to] =
          old[at] === fresh[to]
            ? (common[(at + 1) * width + to + 1] ?? 0) + 1
            : Math.max(common[(at + 1) * width + to] ?? 0, common[at * width + to + 1] ?? 0);
  const out: DiffedLine[] = [];
  let [at, to] = [0, 0];
  while (at < old.length || to < fresh.length) {
    const [gone, come] = [old[at], fresh[to]];
    if (common !== null && gone !== undefined && gone === come) {
      out.push({ sign: ' ', text: gone });
      at += 1;
      to += 1;
    } else if (
      gone !== undefined &&
      (come === undefined ||
        common === null ||
        (common[(at + 1) * width + to] ?? 0) >= (common[at * width + to + 1] ?? 0))
    ) {
      out.push({ sign: '-', text: gone });
      at += 1;
    } else {
      out.push({ sign: '+', text: come ?? '' });
      to += 1;
    }
  }
  return out;
}
