// Why: how a role says how it went. Optional: exit 0 and something to show for it means done.
// Promises: a report that cannot be read is never taken for "done"; a refusal that Branching doesn't offer is not carried out.
// Never: believes a report about what changed; the survey knows that.
import { splitFrontMatter } from '../ground/front-matter.ts';
import { escapeText } from '../ground/text.ts';
import type { Branch } from '../order/order.ts';

/** What a run asks for at its end. */
export type Ask =
  | { readonly kind: 'done'; readonly summary: string }
  | { readonly kind: 'halt'; readonly note: string; readonly summary: string }
  | { readonly kind: 'route'; readonly role: string; readonly note: string; readonly summary: string }
  | { readonly kind: 'requeue'; readonly blocker: string; readonly summary: string }
  /** A reviewer's word on the landing it was asked about. */
  | {
      readonly kind: 'verdict';
      readonly verdict: 'approved' | 'rejected';
      readonly note: string;
      readonly summary: string;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads a report's text. */
export function parseReport(text: string): Ask {
  const parts = splitFrontMatter(text);
  if (!parts.ok)
    return { kind: 'unreadable', reason: parts.problems.map((one) => `line ${one.line}: ${one.message}`).join('; ') };
  const values = new Map<string, string>();
  for (const field of parts.fields) {
    if (!['outcome', 'note', 'blocker'].includes(field.key))
      return {
        kind: 'unreadable',
        reason: `line ${field.line}: unknown key '${escapeText(field.key)}' (outcome, note, blocker)`,
      };
    // `blocker: 0007` is a number to YAML.
    const value =
      field.key === 'blocker' && typeof field.value === 'number' ? String(field.value).padStart(4, '0') : field.value;
    if (typeof value !== 'string')
      return { kind: 'unreadable', reason: `line ${field.line}: ${field.key}: must be a text` };
    values.set(field.key, value);
  }
  const summary = parts.body.trim();
  const outcome = values.get('outcome') ?? 'done';
  const note = values.get('note') ?? summary;
  const route = /^route-to-\{?([a-z][a-z0-9-]*)\}?$/.exec(outcome)?.[1];
  if (outcome === 'done') return { kind: 'done', summary };
  if (outcome === 'halt-with-note') return { kind: 'halt', note, summary };
  if (outcome === 'requeue-with-blocker') return { kind: 'requeue', blocker: values.get('blocker') ?? note, summary };
  if (outcome === 'approve') return { kind: 'verdict', verdict: 'approved', note: values.get('note') ?? '', summary };
  if (outcome === 'reject') return { kind: 'verdict', verdict: 'rejected', note, summary };
  if (route !== undefined) return { kind: 'route', role: route, note, summary };
  return {
    kind: 'unreadable',
    reason: `outcome '${escapeText(outcome).slice(0, 60)}' is not known (done, halt-with-note, route-to-<role>, requeue-with-blocker)`,
  };
}

/** True when the order's Branching offers what the report asks for. */
export function branchingOffers(branching: readonly Branch[], ask: Ask): boolean {
  switch (ask.kind) {
    case 'done':
    case 'unreadable':
    case 'verdict':
      return true;
    case 'halt':
    case 'requeue':
      return branching.some((one) => one.kind === ask.kind);
    case 'route':
      return branching.some((one) => one.kind === 'route' && one.role === ask.role);
  }
}
