// Why: `fourline dash` serves a page on this machine, and programs may serve it as well.
// Promises: on 127.0.0.1 alone; only whoever starts it gets the address with its token. Every connection is closed when
// `close` returns.
// Never: works the inboxes; reads the workspace but through the engine's API.
import type { Fourline } from '../api.ts';
import type { Host } from '../platform/process/host.ts';
import { serveApp } from './http.ts';
import { openKeyring } from './keys.ts';
import { openLive } from './live.ts';
import { dashRoutes } from './routes.ts';

/** How it is served: its port (0: any), whether words may be said there, and the variables of its person. */
export type DashOptions = { readonly port: number; readonly readOnly: boolean; readonly env?: Host['env'] };

/** A dashboard that is served. `url` has the token that signs in; `address` has none. */
export type Served = {
  readonly url: string;
  readonly address: string;
  readonly token: string;
  readonly close: () => Promise<void>;
};

/** Serves the dashboard of a workspace. Throws Fault `dash-port`, and what a look throws. */
export async function serveDash(fourline: Fourline, { port, readOnly, env }: DashOptions): Promise<Served> {
  const keyring = openKeyring();
  const live = openLive(fourline, (await fourline.look()).line);
  try {
    const { port: taken, close } = await serveApp(port, (authority) =>
      dashRoutes({ fourline, live, keyring, readOnly, authority, env }),
    );
    const address = `http://127.0.0.1:${taken}/`;
    const url = `${address}#token=${keyring.token}`;
    return {
      ...{ url, address, token: keyring.token },
      close: async () => {
        live.close();
        await close();
      },
    };
  } catch (error) {
    live.close();
    throw error;
  }
}
