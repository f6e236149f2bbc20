// Why: in many companies only the company's proxy reaches the internet. Connections that fourline opens for a run take
// the same way as the operator's own programs.
// Promises: HTTPS_PROXY (or ALL_PROXY) and NO_PROXY as curl, git and Go read them. fourline never reaches this machine
// through a proxy. No message holds a password.
// Never: speaks SOCKS; lets a run choose the proxy.

import type { RequestOptions } from 'node:https';
import { BlockList, connect, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isReason, type Reason } from '../text/fault.ts';
import { type Endpoint, isLoopbackName, plainHost, showEndpoint } from './host.ts';

/** A company's proxy. `exceptions` are the entries of NO_PROXY. */
export type Upstream = {
  readonly host: string;
  readonly port: number;
  /** True when we speak TLS with the proxy itself. */
  readonly secure: boolean;
  readonly authorization: string | null;
  readonly exceptions: readonly string[];
};

/** Milliseconds that a proxy may take to open a tunnel. */
const upstreamPatience = 15_000;

/** Largest answer of a proxy to CONNECT, in bytes. */
const answerMost = 16 * 1024;

/** The proxy that the operator's environment names for HTTPS, or null; a string says why it cannot be used. */
export function readUpstream(env: Readonly<Record<string, string | undefined>>): Upstream | Reason | null {
  const named = (name: string): string => env[name.toLowerCase()] || env[name] || '';
  // ALL_PROXY is mostly SOCKS, for programs that speak it.
  const all = named('ALL_PROXY');
  const text = named('HTTPS_PROXY') || (/^https?:/i.test(all) ? all : '');
  if (text === '') return null;
  const url = parseUrl(/^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === '') return 'HTTPS_PROXY is no address of a proxy (http://host:port)';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `HTTPS_PROXY names a proxy of another kind (${url.protocol}//); fourline speaks to http:// and https:// proxies`;
  const secure = url.protocol === 'https:';
  const user = `${decodePart(url.username)}:${decodePart(url.password)}`;
  return {
    host: plainHost(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
    authorization: url.username === '' ? null : `Basic ${Buffer.from(user).toString('base64')}`,
    exceptions: named('NO_PROXY')
      .split(/[,\s]+/)
      .map((one) => one.toLowerCase())
      .filter(Boolean),
  };
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** True when a target is reached through the proxy: not this machine, and none of its exceptions. */
export function goesThrough(upstream: Upstream, { host, port }: Endpoint): boolean {
  if (isLoopbackName(host)) return false;
  return !upstream.exceptions.some((one) => isException(one, host, port));
}

// An entry is `*`, a name that stands for all below it, an address, a network, each with a port where it is for that
// alone.
function isException(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const [, network = '', bits = ''] = /^([0-9a-f.:]+)\/(\d+)$/.exec(entry) ?? [];
  if (network !== '') return isIP(host) !== 0 && inNetwork(network, Number(bits), host);
  const [, bracketed, plain = '', digits] = /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (digits !== undefined && Number(digits) !== port) return false;
  const name = plainHost(bracketed ?? plain).replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function inNetwork(network: string, bits: number, host: string): boolean {
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || bits > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

/** Opens a tunnel to a target through the proxy; a string says what the proxy answered. */
export function openThrough(upstream: Upstream, target: Endpoint): Promise<Socket | Reason> {
  const { host, port, secure, authorization } = upstream;
  const proxy = `the proxy ${showEndpoint({ host, port })}`;
  return new Promise((done) => {
    const socket = secure
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connect({ host, port });
    let said = Buffer.alloc(0);
    const give = (found: Socket | Reason): void => {
      clearTimeout(timer);
      socket.off('data', take);
      if (isReason(found)) socket.destroy();
      done(found);
    };
    const timer = setTimeout(() => give(`${proxy} does not answer`), upstreamPatience);
    const take = (chunk: Buffer): void => {
      said = Buffer.concat([said, chunk]);
      const end = said.indexOf('\r\n\r\n');
      if (end < 0) {
        if (said.length > answerMost) give(`${proxy} answers something else than HTTP`);
        return;
      }
      const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(said.subarray(0, 16).toString('latin1')) ?? [];
      if (status === undefined) give(`${proxy} answers something else than HTTP`);
      else if (!status.startsWith('2')) give(`${proxy} refuses ${showEndpoint(target)} (status ${status})`);
      else {
        const rest = said.subarray(end + 4);
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        give(socket);
      }
    };
    socket.on('error', () => give(`${proxy} does not answer`));
    socket.once('end', () => give(`${proxy} closed the connection`));
    socket.on('data', take);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      const name = showEndpoint(target);
      const word = authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`;
      socket.write(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n${word}\r\n`);
    });
  });
}

/** The option that sends a TLS request to `url` through the proxy; empty when the request goes directly. */
export function openWay(upstream: Upstream | null, url: URL): Pick<RequestOptions, 'createConnection'> {
  const host = plainHost(url.hostname.replace(/^\[|\]$/g, ''));
  const target = { host, port: url.port === '' ? 443 : Number(url.port) };
  if (upstream === null || !goesThrough(upstream, target)) return {};
  return {
    createConnection: (_options, done) => {
      void openThrough(upstream, target).then((opened) => {
        if (isReason(opened)) done(new Error(opened), opened as never);
        else {
          const name = isIP(host) === 0 ? { servername: host } : {};
          done(null, connectTls({ socket: opened, ALPNProtocols: ['http/1.1'], ...name }));
        }
      });
      return undefined;
    },
  };
}
