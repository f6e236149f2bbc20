// Why: what waits for itself, however many stations on the way, waits for ever: that is found before anybody waits.
// Promises: pure; every name in a circle is found, names that only lead into one are not.
// Never: says what is to be done about it.

/** What waits for each other in a circle, each with the circle as a text: `a → b → a`. */
export function findCircles(
  waiting: readonly { readonly id: string; readonly after: readonly string[] }[],
): Map<string, string> {
  const after = new Map(waiting.map((one) => [one.id, one.after]));
  const found = new Map<string, string>();
  const clear = new Set<string>();
  const walk = (id: string, path: readonly string[]): void => {
    const at = path.indexOf(id);
    if (at >= 0) {
      const circle = path.slice(at);
      for (const one of circle) found.set(one, [...circle, id].join(' → '));
      return;
    }
    if (clear.has(id)) return;
    for (const next of after.get(id) ?? []) walk(next, [...path, id]);
    clear.add(id);
  };
  for (const { id } of waiting) walk(id, []);
  return found;
}
