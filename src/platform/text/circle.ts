// Why: a name that waits for itself, by however many stations, waits for ever. So we find circles before anything
// waits.
// Promises: pure; finds every name in a circle, and no name that only leads into one.
// Never: says what is to be done about it.

/** Most names of a circle that its text shows. */
const shown = 10;

/**
 * Finds names that wait for each other in a circle; each name comes with its circle as a text: `a → b → a`. Agents can
 * make chains of any length, so nothing here recurses.
 */
export function findCircles(
  waiting: readonly { readonly id: string; readonly after: readonly string[] }[],
): Map<string, string> {
  const after = new Map(waiting.map((one) => [one.id, one.after]));
  const found = new Map<string, string>();
  const clear = new Set<string>();
  for (const { id } of waiting) {
    // The way from `id` to where the walk stands, each place with how many of its ways on were walked.
    const way: { readonly id: string; walked: number }[] = [];
    const places = new Map<string, number>();
    const enter = (next: string): void => {
      const at = places.get(next);
      if (at !== undefined)
        tellCircle(
          way.slice(at).map((one) => one.id),
          found,
        );
      else if (!clear.has(next)) {
        places.set(next, way.length);
        way.push({ id: next, walked: 0 });
      }
    };
    enter(id);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const next = after.get(top.id)?.[top.walked];
      top.walked += 1;
      if (next !== undefined) enter(next);
      else {
        clear.add(top.id);
        places.delete(top.id);
        way.pop();
      }
    }
  }
  return found;
}

function tellCircle(circle: readonly string[], found: Map<string, string>): void {
  const more = circle.length > shown ? [`… (${circle.length} in all)`] : [];
  const text = [...circle.slice(0, shown), ...more, circle[0]].join(' → ');
  for (const one of circle) found.set(one, text);
}
