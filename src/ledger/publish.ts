// Why: the audit. The journal's history as git commits, one per action, that anybody can read, clone and compare.
// Promises: entries are published in order, each once: the tip says which entry it is, and the next batch goes on from there; one ref moves at the end.
// Never: is the truth; deleted, it is built again from the journal.
import { readFile, stat } from 'node:fs/promises';
import { crashPoint } from '../ground/crash.ts';
import { makeFolder } from '../ground/files.ts';
import { askGit, runGit } from '../ground/git.ts';
import { committerOf, identityOf } from '../ground/identity.ts';
import type { Places } from '../ground/places.ts';
import { type FileOperation, streamCommit } from '../ground/stream.ts';
import type { Entry } from './entry.ts';
import { type StoryFile, tellEntry } from './story.ts';

const branch = 'refs/heads/main';

/** How many entries the ledger holds. Makes an empty ledger where there is none. */
export async function countPublished(places: Places): Promise<number> {
  if ((await stat(`${places.ledger}/HEAD`).catch(() => null)) === null) {
    await makeFolder(places.ledger);
    await runGit(places.ledger, 'init', ['--bare', '-q', '--template=']);
    await runGit(places.ledger, 'symbolic-ref', ['HEAD', branch]);
  }
  const message = await askGit(places.ledger, 'for-each-ref', ['--format=%(contents)', branch]);
  return Number(/^Fourline-Entry: (\d+)$/m.exec(message.slice(message.lastIndexOf('\n\n')))?.[1] ?? 0);
}

/** Publishes entries as commits; the first of them is number `from` + 1. `monthOf` tells the archive month of a settled order. */
export async function publishEntries(
  places: Places,
  domain: string,
  from: number,
  entries: readonly Entry[],
  monthOf: (order: string) => string | null,
): Promise<void> {
  if (entries.length === 0) return;
  const parts: Buffer[] = [Buffer.from('feature done\n')];
  for (const [index, entry] of entries.entries()) {
    const story = tellEntry(entry);
    const trailers = [
      ...('order' in entry ? [`Fourline-Order: ${entry.order}`] : []),
      ...('run' in entry ? [`Fourline-Run: ${entry.run}`] : []),
      `Fourline-Step: ${entry.step}`,
      `Fourline-Entry: ${from + index + 1}`,
    ];
    parts.push(
      streamCommit({
        ref: branch,
        mark: index + 1,
        author: identityOf(story.author, domain),
        committer: committerOf(domain),
        seconds: Math.floor(Date.parse(entry.at) / 1000),
        message: [story.subject, ...(story.body === '' ? [] : ['', story.body]), '', ...trailers, ''].join('\n'),
        from: index > 0 ? `:${index}` : from > 0 ? `${branch}^0` : null,
        files: await filesOf(places, story.files, monthOf),
      }),
    );
  }
  parts.push(Buffer.from('done\n'));
  crashPoint('publish.begun');
  await runGit(places.ledger, 'fast-import', ['--quiet', '--date-format=raw'], { input: Buffer.concat(parts) });
  crashPoint('publish.written');
}

async function filesOf(
  places: Places,
  files: readonly StoryFile[],
  monthOf: (order: string) => string | null,
): Promise<FileOperation[]> {
  const out: FileOperation[] = [];
  for (const file of files) {
    const content = await contentOf(places, file, monthOf);
    if (content !== null || file.kind === 'gone') out.push({ path: file.path, mode: '100644', content });
  }
  return out;
}

async function contentOf(
  places: Places,
  file: StoryFile,
  monthOf: (order: string) => string | null,
): Promise<Uint8Array | null> {
  switch (file.kind) {
    case 'gone':
      return null;
    case 'text':
      return Buffer.from(file.text);
    case 'card':
      return readFile(`${places.cards}/${file.digest}.md`).catch(() => null);
    case 'record': {
      const month = monthOf(file.order);
      const folders = [
        `${places.active}/${file.order}`,
        ...(month === null ? [] : [`${places.orders}/${month}/${file.order}`]),
      ];
      if (file.name === 'order.md') folders.push(`${places.inbox}/${file.role}`);
      for (const folder of folders) {
        const name = folder.startsWith(places.inbox) ? `${file.order}.md` : file.name;
        const content = await readFile(`${folder}/${name}`).catch(() => null);
        if (content !== null) return content;
      }
      return null;
    }
  }
}
