// Why: most who ask which repositories there are need their names, and no git.
// Promises: folders and links to folders under repos/; hidden ones are none.
// Never: looks into a repository.
import { stat } from 'node:fs/promises';
import { listFolder } from '../files/files.ts';

/** The names under repos/ that are folders (or links to folders). */
export async function listRepos(repos: string): Promise<string[]> {
  const out: string[] = [];
  for (const name of await listFolder(repos)) {
    if (name.startsWith('.')) continue;
    const found = await stat(`${repos}/${name}`).catch(() => null);
    if (found?.isDirectory() === true) out.push(name);
  }
  return out;
}
