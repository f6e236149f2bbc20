// Why: `fourline dash` shows everything on a page, and takes a person's words there.
// Promises: prints the address with the token that signs in, once; serves until Ctrl-C, and is gone then.
// Never: works the inboxes; opens a browser by itself.
import { openFourline } from '../../api.ts';
import { serveDash } from '../../dash/dash.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Where it serves (port 0 or none: any free one), and whether it takes words. */
export type DashChoice = { readonly port?: number; readonly readOnly?: boolean };

/** Serves the dashboard until a signal ends it. Throws Fault `dash-port`, `no-workspace`. */
export async function runDash(invocation: Invocation, options: DashChoice): Promise<number> {
  const readOnly = options.readOnly === true;
  const fourline = await openFourline(invocation.directory, invocation);
  const { url, address, token, close } = await serveDash(fourline, {
    port: options.port ?? 0,
    readOnly,
    env: invocation.env,
  });
  const ended = new Promise<void>((resolve) => {
    for (const kind of ['SIGINT', 'SIGTERM'] as const) process.once(kind, () => resolve());
  });
  invocation.answer({ url, address, token, readOnly }, [url]);
  invocation.log.say(
    `serving ${fourline.root} until Ctrl-C${readOnly ? ', read only' : ''}; whoever has this link may say your words here`,
    'dim',
  );
  await ended;
  await close();
  return exitCodes.ok;
}
