// Why: tests of the dashboard ask it as browsers and as attackers do: by real requests, and in headless Chromium.
// Promises: everything that was opened is closed when the test ends; Chromium has a profile of its own and asks nobody
// but the test's servers.
// Never: asks the routes without a server.
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { type BrowserContext, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { type Fourline, openFourline } from '../../src/api.ts';
import { type Served, serveDash } from '../../src/dash/dash.ts';
import type { Office } from './office.ts';

/** A dashboard under test: `authority` is its host and port. */
export type TestDash = Served & { readonly fourline: Fourline; readonly authority: string };

/** Serves the dashboard of an office. */
export async function openDash(office: Office, options: { readOnly?: boolean } = {}): Promise<TestDash> {
  const fourline = await openFourline(office.root, { env: office.env });
  const served = await serveDash(fourline, { port: 0, readOnly: options.readOnly === true, env: office.env });
  onTestFinished(served.close);
  return { ...served, fourline, authority: new URL(served.address).host };
}

/** A raw answer. */
export type Raw = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** A raw request: no header is set or left out by a client. A stream is cut off after its headers. */
export function askRaw(
  authority: string,
  path: string,
  given: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
): Promise<Raw> {
  const [, port = ''] = authority.split(':');
  return new Promise((done, fail) => {
    const asked = request(
      {
        ...{ host: '127.0.0.1', port, path, method: given.method ?? 'GET', agent: false },
        headers: { host: authority, ...given.headers },
      },
      (answer) => {
        const { statusCode: status = 0, headers } = answer;
        if (headers['content-type'] === 'text/event-stream') {
          asked.destroy();
          done({ status, headers, body: '' });
          return;
        }
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => (body += text));
        answer.on('end', () => done({ status, headers, body }));
      },
    );
    asked.on('error', fail);
    asked.end(given.body);
  });
}

/** Headers of a form that a page of the dashboard posts. */
export function formHeaders({ address }: TestDash, cookie: string): Readonly<Record<string, string>> {
  return { origin: address.slice(0, -1), cookie, 'content-type': 'application/x-www-form-urlencoded' };
}

/** Signs in, and gives the Cookie header. */
export async function signedIn(dash: TestDash): Promise<string> {
  const body = new URLSearchParams({ token: dash.token }).toString();
  const { headers } = await askRaw(dash.authority, '/session', {
    method: 'POST',
    headers: formHeaders(dash, ''),
    body,
  });
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** Opens Chromium with a profile of its own. */
export async function openBrowser(
  options: { script?: boolean; args?: readonly string[] } = {},
): Promise<BrowserContext> {
  const profile = await mkdtemp(`${tmpdir()}/chromium-`);
  const quiet = ['background-networking', 'component-update', 'sync', 'gpu'].map((one) => `--disable-${one}`);
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--no-first-run', ...quiet, ...(options.args ?? [])],
    javaScriptEnabled: options.script !== false,
  });
  onTestFinished(async () => {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  });
  return browser;
}
