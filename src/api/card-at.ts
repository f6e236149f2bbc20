// Why: a card is held against what it was before: in a revision of the workspace's own repository, or in the ledger.
// Promises: the revision is looked for in the repository first, then in the ledger; the card is read as it was then.
// Never: changes anything, or takes a revision for an option.
import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Places } from '../places.ts';
import { runGit } from '../platform/git/git.ts';
import { Fault, whenAbsent } from '../platform/text/fault.ts';
import { type Card, readCardText } from '../role/roles.ts';

/** The card of a role in a revision. Throws Fault `role-revision`, `role-card`. */
export async function cardAt({ root, history }: Places, name: string, revision: string): Promise<Card> {
  const file = `roles/${name}.md`;
  // HEAD and branches are the repository's own: of the ledger, a commit is named by its id.
  const inLedger = /^[0-9a-f]{4,}$/.test(revision) ? history.ledger : null;
  const found = (await cardTextOf(root, revision, file)) ?? (inLedger && (await cardTextIn(inLedger, revision, file)));
  if (found === null)
    throw new Fault('role-revision', `no revision '${revision}' with ${file} is found`, {
      hint: `name a commit of the workspace's repository, or of the ledger: git --git-dir=state/ledger.git log -- ${file}`,
    });
  const { card, problems } = readCardText(name, found, true);
  if (card !== null) return card;
  throw new Fault('role-card', `${file} of ${revision} cannot be used: ${problems[0]?.message ?? ''}`, {
    hint: 'name another revision',
  });
}

// The repository that the workspace is, or lies in.
async function cardTextOf(root: string, revision: string, file: string): Promise<string | null> {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = await stat(`${folder}/.git`).catch(() => null);
    if (found !== null) {
      const line = found.isDirectory() ? null : await readFile(`${folder}/.git`, 'utf8').catch(whenAbsent(''));
      const named = /^gitdir: ([^\n]+)/.exec(line ?? '')?.[1];
      const gitDir = named === undefined ? `${folder}/.git` : resolve(folder, named);
      return cardTextIn(gitDir, revision, relative(folder, `${root}/${file}`));
    }
    if (folder === dirname(folder)) return null;
  }
}

async function cardTextIn(gitDir: string, revision: string, path: string): Promise<string | null> {
  if (/^-|[:\0]/.test(revision) || revision === '') return null;
  const asked = await runGit(gitDir, 'cat-file', ['blob', `${revision}:${path}`], { answers: [128] });
  return asked.status === 0 ? asked.stdout.toString() : null;
}
