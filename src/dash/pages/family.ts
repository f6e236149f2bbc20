// Why: an order comes from another and sends others; a picture shows which, better than a list.
// Promises: pure. Each order of the family is a link, with its role and state as words; a large family is cut around
// the order that the page is about.
// Never: needs a script to be drawn.
import type { Kin } from '../../api.ts';
import { type Html, html, when } from '../html.ts';
import { orderPath, orderState, toneOf } from '../parts.ts';

/** The most orders in the picture; and the measures of a node, in pixels. */
const familyLimit = 60;
const node = { width: 210, height: 46, gap: 12, step: 262 } as const;

type Placed = { readonly kin: Kin; readonly x: number; readonly y: number };

/** A family as a picture; null where an order is alone. */
export function familyGraph(family: readonly Kin[], here: string): Html | null {
  if (family.length < 2) return null;
  const shown = closest(family, here);
  const placed = placeFamily(shown);
  const of = new Map(placed.map((one) => [one.kin.id, one]));
  const width = Math.max(...placed.map((one) => one.x)) + node.width + 4;
  const height = Math.max(...placed.map((one) => one.y)) + node.height + 4;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="The family of this order"><svg width="${width}" height="${height}" viewBox="-2 -2 ${width} ${height}" role="img" aria-label="Which order sent which">
${placed.map((one) => edgeTo(of.get(one.kin.parent ?? ''), one))}
${placed.map((one) => nodeTag(one, here))}
</svg></div>${when(shown.length < family.length, () => html`<p class="small soft">${shown.length} of ${family.length} orders of this family.</p>`)}`;
}

// Parents, children and brothers first, then the others in their order.
function closest(family: readonly Kin[], here: string): readonly Kin[] {
  if (family.length <= familyLimit) return family;
  const own = family.find((one) => one.id === here);
  const line = new Set([here]);
  for (let at = own?.parent; at != null && !line.has(at); at = family.find((one) => one.id === at)?.parent)
    line.add(at);
  const rank = ({ id, parent }: Kin): number =>
    line.has(id) ? 0 : parent === here ? 1 : parent === own?.parent ? 2 : 3;
  return [...family].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1)).slice(0, familyLimit);
}

// Generations are columns; a parent stands beside the first of its children.
function placeFamily(family: readonly Kin[]): Placed[] {
  const ids = new Set(family.map((one) => one.id));
  const children = Map.groupBy(family, (one) => (one.parent !== null && ids.has(one.parent) ? one.parent : ''));
  const placed: Placed[] = [];
  const open = (children.get('') ?? []).map((kin) => ({ kin, depth: 0 })).reverse();
  let row = 0;
  let last = -1;
  const seen = new Set<string>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at.kin.id)) continue;
    seen.add(at.kin.id);
    if (at.depth <= last) row += 1;
    last = at.depth;
    placed.push({ kin: at.kin, x: at.depth * node.step, y: row * (node.height + node.gap) });
    for (const kin of (children.get(at.kin.id) ?? []).toReversed()) open.push({ kin, depth: at.depth + 1 });
  }
  return placed;
}

function edgeTo(parent: Placed | undefined, child: Placed): Html | null {
  if (parent === undefined) return null;
  const [x1, y1] = [parent.x + node.width, parent.y + node.height / 2];
  const [x2, y2] = [child.x, child.y + node.height / 2];
  const mid = (x1 + x2) / 2;
  return html`<path class="edge" d="M${x1} ${y1}C${mid} ${y1} ${mid} ${y2} ${x2} ${y2}"/>\n`;
}

function nodeTag({ kin, x, y }: Placed, here: string): Html {
  const state = orderState(kin, true);
  return html`<a href="${orderPath(kin.id)}"><title>${kin.id}: ${kin.title}</title><g class="node ${toneOf(state)} ${kin.id === here ? 'here' : ''}" transform="translate(${x} ${y})"><rect width="${node.width}" height="${node.height}" rx="7"/><text x="12" y="19">${cutWords(kin.id, 27)}</text><text class="sub" x="12" y="36">${cutWords(`${kin.role} · ${state}`, 32)}</text></g></a>\n`;
}

function cutWords(text: string, most: number): string {
  const signs = [...text];
  return signs.length <= most ? text : `${signs.slice(0, most - 1).join('')}…`;
}
