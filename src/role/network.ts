// Why: a card says, host by host, what its runs may reach.
// Promises: pure; nothing is the default; a host is an exact name.
// Never: opens a connection.
import { hostFlaw, plainHost } from '../platform/net/host.ts';
import { type KeyReader, showValue } from '../platform/text/fields.ts';

/**
 * The part of the network that a run can reach: nothing, all of it, or exact hosts at port 443; `model` adds the hosts
 * of the agent's own model.
 */
export type Network =
  | { readonly kind: 'none' }
  | { readonly kind: 'open' }
  | { readonly kind: 'hosts'; readonly model: boolean; readonly hosts: readonly string[] };

/** Without `network:` a run reaches nothing. */
export const noNetwork: Network = { kind: 'none' };

/** `network:` of a card; a host is an exact name. */
export const network: KeyReader<Network> = {
  read: ({ value }, fail) => {
    if (value === 'none' || value === 'open') return { kind: value };
    const list: unknown = typeof value === 'string' ? value.split(/[,\s]+/).filter(Boolean) : value;
    const hosts = new Set<string>();
    let model = false;
    for (const one of Array.isArray(list) && list.length > 0 ? (list as unknown[]) : [value]) {
      const flaw = typeof one === 'string' ? hostFlaw(one) : 'it is no text';
      if (one === 'model') model = true;
      else if (flaw === null) hosts.add(plainHost(String(one)));
      else {
        const hint = 'none (the default), model, open, or hosts: [model, registry.npmjs.org]';
        fail(`'${showValue(String(one))}' is not known: ${flaw}`, { hint });
      }
    }
    return { kind: 'hosts', model, hosts: [...hosts] };
  },
  schema: {
    anyOf: [
      { type: 'string', pattern: '^[\\w.,\\s-]+$' },
      { type: 'array', minItems: 1, items: { type: 'string', pattern: '^(?:model|[\\w-]+(?:\\.[\\w-]+)+\\.?)$' } },
    ],
  },
};
