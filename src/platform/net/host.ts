// Why: a card lists the hosts its runs may reach, and fourline.yaml the private ones. fourline compares both to the
// letter, so it reads both by one rule.
// Promises: pure; a name is lower case, without a trailing dot, without wildcards; a port is a whole number.
// Never: resolves a name.

/** A host and a port, as `name:port`, `1.2.3.4:port` or `[v6]:port`. */
export type Endpoint = { readonly host: string; readonly port: number };

/** The port that the hosts of a card are reached at: HTTPS. */
export const httpsPort = 443;

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const nameShape = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
const v4Shape = /^\d+(?:\.\d+){3}$/;
const v6Shape = /^[0-9a-f:.]*:[0-9a-f:.]*$/;

/** A host name as it is compared: lower case, no trailing dot. */
export function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/**
 * Says why a text isn't the exact name of a public host; null when it is one. A number at the end would be an address.
 */
export function hostFlaw(text: string): string | null {
  const host = plainHost(text);
  if (text.includes('*')) return 'it has a wildcard; hosts are exact names';
  if (text.includes('/')) return 'it is an address of a page; a host is a name alone';
  if (/:\d*$/.test(text)) return 'it has a port; hosts of a card are reached at 443';
  if (v4Shape.test(host) || v6Shape.test(host)) return 'it is an address; hosts of a card are names';
  if (!nameShape.test(host) || !host.includes('.') || /\.\d+$/.test(host)) return 'it is no full host name';
  return null;
}

/** Reads `host:port`; null when the text isn't one. */
export function readEndpoint(text: string): Endpoint | null {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = plainHost(bracketed ?? plain);
  const port = Number(digits);
  const fits = bracketed === undefined ? nameShape.test(host) : v6Shape.test(host);
  return fits && port > 0 && port < 65_536 ? { host, port } : null;
}

/** An endpoint as a text that reads back as the same one. */
export function showEndpoint(endpoint: Endpoint): string {
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}

/** True for names that mean the machine itself, whatever a resolver says. */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d+){3}$/.test(host) || host === '::1';
}
