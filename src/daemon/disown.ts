// Why: a copied workspace holds orders that wait in the original as well. Both would land them, through a repository
// that both are linked to.
// Promises: what waits belongs to the original. In the copy it is settled, or set aside if no order was made of it yet,
// and fourline says each.
// Never: touches a repository, or the original.

import { listFolder, moveDurable } from '../platform/files/files.ts';
import { claimOrder, findOrderFile } from '../record/inbox.ts';
import { inboxFolder } from '../record/path.ts';
import { settleWaiting } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';
import { forgetUndos } from './undos.ts';

/** Makes a copied workspace one of its own: nothing that waited in it when it was copied is done here. */
export async function disownOrders(session: Session, original: string): Promise<void> {
  const { workspace, ledger } = session;
  const { places, tell } = workspace;
  tell({
    kind: 'copy',
    detail: `this workspace is a copy of ${original}, and is one of its own from now on`,
    weight: 'bad',
  });
  const note = `not done here: this workspace is a copy of ${original}, where the order waits; order it again if it is to be done twice`;
  // Branches, locks and refs in a repository may be the original's.
  const message = 'the repository may belong to the original';
  const alone = {
    ...workspace,
    target: async () => ({ kind: 'flaw', code: 'repo-shared', message, hint: '' }) as const,
  };
  await forgetUndos(places);
  for (const id of [...ledger.history.open]) {
    const standing = ledger.history.orders.get(id);
    if (standing === undefined) continue;
    const file = await findOrderFile(places, id);
    if (file?.kind === 'inbox') await claimOrder(places, file.role, id);
    await settleWaiting({ workspace: alone, ledger }, standing, note);
  }
  for (const role of await listFolder(places.inbox)) {
    if (role === 'operator') continue;
    for (const name of await listFolder(inboxFolder(places, role)).catch(() => [])) {
      if (!name.endsWith('.md') || name.startsWith('.') || name.endsWith('.report.md')) continue;
      const aside = `${name}.aside-${Date.now()}`;
      await moveDurable(`${inboxFolder(places, role)}/${name}`, `${inboxFolder(places, role)}/${aside}`);
      tell({
        kind: 'copy',
        detail: `inbox/${role}/${name} waits in ${original}; here it is set aside as ${aside}`,
        weight: 'bad',
      });
    }
  }
}
