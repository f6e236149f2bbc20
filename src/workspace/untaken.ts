// Why: a file that is not taken as an order lies next to the answer that says why, so the disk says which files these
// are.
// Promises: reads the inboxes and what lies directly in inbox/.
// Never: reads a file.
import { isGateForm } from '../flow/gate.ts';
import type { Places } from '../places.ts';
import { listFolder } from '../platform/files/files.ts';
import { inboxFolder } from '../record/path.ts';

/** Files in inboxes that are not taken, as workspace paths. */
export async function untakenFiles(places: Places): Promise<string[]> {
  const out: string[] = [];
  const roles = (await listFolder(places.inbox)).filter((name) => name !== 'operator' && !name.startsWith('.'));
  for (const folder of ['inbox', ...roles.map((role) => `inbox/${role}`)]) {
    const names = new Set(await listFolder(`${places.root}/${folder}`).catch(() => []));
    for (const name of names) if (names.has(`${name}.problem.txt`)) out.push(`${folder}/${name}`);
  }
  return out;
}

/** How many files wait for a person: those that are not taken, and the forms of gates. */
export async function countAskingFiles(places: Places): Promise<number> {
  const asked: readonly string[] = await listFolder(inboxFolder(places, 'operator')).catch(() => []);
  return (await untakenFiles(places)).length + asked.filter(isGateForm).length;
}
