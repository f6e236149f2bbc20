// Why: tests that install real packages need the registry, which a machine may reach by a private address (a mirror in
// its own network).
import { lookup } from 'node:dns/promises';
import { isPublicAddress } from '../../src/platform/net/proxy.ts';

/** Lines of fourline.yaml that let a setup reach the registry from this machine; none where its address is public. */
export async function reachRegistry(host = 'registry.npmjs.org'): Promise<string> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.some((one) => !isPublicAddress(one.address)) ? `reachable: ['${host}:443']\n` : '';
}
