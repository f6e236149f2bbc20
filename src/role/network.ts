// Why: what a run may reach is said on its card, host by host.
// Promises: pure; nothing is the default; a host is an exact name.
// Never: opens a connection.
import { hostFlaw, plainHost } from '../platform/net/host.ts';
import type { Field } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';

/** What a run sees of the network: nothing, all of it, or exact hosts at port 443; `model` adds those of the agent's own model. */
export type Network =
  | { readonly kind: 'none' }
  | { readonly kind: 'open' }
  | { readonly kind: 'hosts'; readonly model: boolean; readonly hosts: readonly string[] };

/** Reads `network:`. */
export function readNetwork(field: Field | undefined, problems: Problem[]): Network {
  const none: Network = { kind: 'none' };
  if (field === undefined || field.value === 'none') return none;
  if (field.value === 'open') return { kind: 'open' };
  const list: unknown = typeof field.value === 'string' ? field.value.split(/[,\s]+/).filter(Boolean) : field.value;
  const hosts = new Set<string>();
  let model = false;
  for (const one of Array.isArray(list) && list.length > 0 ? (list as unknown[]) : [field.value]) {
    const text = String(one);
    const flaw = typeof one === 'string' ? hostFlaw(text) : 'it is no text';
    if (one === 'model') model = true;
    else if (flaw === null) hosts.add(plainHost(text));
    else {
      const message = `network: '${escapeText(text).slice(0, 60)}' is not known: ${flaw}`;
      const hint = 'none (the default), model, open, or hosts: [model, registry.npmjs.org]';
      problems.push({ code: 'role-network', level: 'error', message, line: field.line, column: 1, hint });
    }
  }
  return { kind: 'hosts', model, hosts: [...hosts] };
}
