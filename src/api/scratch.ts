// Why: the demo and the doctor's self-test need a workspace and a repository that nobody else has.
// Promises: everything is in one temporary folder, rooms included; made with the same plumbing as all else.
// Never: touches a workspace of a person's.
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { runGit } from '../platform/git/git.ts';
import { identityOf } from '../platform/git/identity.ts';
import { streamCommit } from '../platform/git/stream.ts';
import { type Host, hostOf } from '../platform/process/host.ts';
import { makeTemporary } from '../platform/process/remains.ts';

/** A scratch workspace. `host` has its rooms inside it; `remove` takes all of it away. */
export type Scratch = {
  readonly root: string;
  readonly host: Host;
  readonly put: (path: string, text: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** Makes a scratch workspace for `person`, whose rooms are inside it. One that `stays` outlives this process. */
export async function makeScratch(kind: string, person: Host, stays = false): Promise<Scratch> {
  const place = await realpath(await (stays ? mkdtemp(`${tmpdir()}/fourline-${kind}-`) : makeTemporary(kind)));
  const root = `${place}/workspace`;
  for (const folder of ['roles', 'inbox/operator', 'state', 'repos'])
    await mkdir(`${root}/${folder}`, { recursive: true });
  const host = hostOf({ ...person.env, XDG_STATE_HOME: `${place}/rooms` });
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(`${root}/${path}`), { recursive: true });
    await writeFile(`${root}/${path}`, text);
  };
  return { root, host, put, remove: () => rm(place, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Makes a repository with one commit on `main`, checked out. `files` are paths with their texts. */
export async function makeRepository(
  folder: string,
  files: Readonly<Record<string, string>>,
  author: string,
): Promise<void> {
  const gitDir = `${folder}/.git`;
  await mkdir(gitDir, { recursive: true });
  await runGit(gitDir, 'init', ['-q', '--template=', '--initial-branch=main', folder]);
  const who = identityOf(author, 'example.com');
  const seconds = Math.floor(Date.now() / 1000);
  const commit = streamCommit({
    ref: 'refs/heads/main',
    mark: 1,
    author: who,
    committer: who,
    seconds,
    message: 'Begin\n',
    from: null,
    files: Object.entries(files).map(([path, text]) => ({ path, mode: '100644', content: Buffer.from(text) })),
  });
  await runGit(gitDir, 'fast-import', ['--quiet', '--date-format=raw'], { input: commit });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await writeFile(`${folder}/${path}`, text);
  }
  await runGit(gitDir, 'read-tree', ['refs/heads/main']);
}
