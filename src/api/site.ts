// Why: every question and order of the API is about one workspace, and tells one listener.
// Promises: a look is closed again, whatever happens in between. The code that looks is loaded when it does.
// Never: takes the workspace's lock.
import type { WorkListener } from '../event.ts';
import type { Host } from '../platform/process/host.ts';
import type { Look } from '../workspace/look.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The workspace that a Fourline is about, who hears its events, and whom it works for. */
export type Site = { readonly root: string; readonly tell: WorkListener; readonly host: Host };

/**
 * Looks at the workspace, hands the look to `work`, and closes it. With `whole` no index is trusted. Throws what
 * reading the journal throws: Fault `journal-newer`, `index-unreadable`.
 */
export async function withLook<Result>(
  site: Site,
  work: (look: Look) => Promise<Result> | Result,
  whole = false,
): Promise<Result> {
  const { lookAt } = await import('../workspace/look.ts');
  const look = await lookAt(site.root, site.tell, site.host, whole);
  try {
    return await work(look);
  } finally {
    await look.close();
  }
}

/** Looks at the cards alone, hands the workspace to `work`, and closes it. Throws as `withLook` does. */
export async function withCards<Result>(site: Site, work: (workspace: Workspace) => Promise<Result>): Promise<Result> {
  const { lookAtCards } = await import('../workspace/look.ts');
  const workspace = await lookAtCards(site.root, site.tell, site.host);
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

/** A path of an order's repository as it is there, without `repos/<name>/`; other paths as they are. */
export function localPath(repo: string | null, full: string): string {
  return repo !== null && full.startsWith(`repos/${repo}/`) ? full.slice(repo.length + 7) : full;
}
