// Why: a page on loopback can be asked by every page that a person has open. This says which requests are answered.
// Promises: pure. Host and Origin are compared whole, with the one address that the dashboard has. A request that
// changes something says where it comes from.
// Never: looks at what is asked for.

/** The parts of a request that say who asks. */
export type Caller = {
  readonly method: string;
  readonly host: string | null;
  readonly origin: string | null;
  /** The browser's word on where the request comes from (Sec-Fetch-Site). */
  readonly site: string | null;
};

/** Why a request is not answered. */
export type RefusedCaller = { readonly status: 403 | 405 | 421; readonly code: string; readonly message: string };

/**
 * Gives the reason why a request is not answered, or null. `authority` is the dashboard's own: 127.0.0.1 and its port.
 */
export function refuseCaller(caller: Caller, authority: string): RefusedCaller | null {
  const { method, host, origin, site } = caller;
  if (host !== authority) return { status: 421, code: 'dash-host', message: 'this address is not the dashboard’s own' };
  if (!['GET', 'HEAD', 'POST'].includes(method))
    return { status: 405, code: 'dash-method', message: 'the dashboard takes GET and POST' };
  const foreign =
    (origin !== null && origin !== `http://${authority}`) ||
    (origin === null && method === 'POST') ||
    (site !== null && site !== 'same-origin' && site !== 'none');
  return foreign ? { status: 403, code: 'dash-origin', message: 'this request comes from another page' } : null;
}

/** The value of a cookie in a Cookie header; null where it is not there. */
export function cookieOf(header: string | null, name: string): string | null {
  const found = (header ?? '').split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? null;
}

/** The headers of every answer: nothing runs, is shown or is sent anywhere else than here. */
export const strictHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};
