// Why: `fourline init` makes a workspace: four folders and three roles to start from.
// Promises: an existing file is never replaced; what is there already is said.
// Never: installs or starts anything.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder, writeDurable } from '../ground/files.ts';
import { exitCodes, type Invocation } from './invocation.ts';

const roleFiles = ['coordinator.md', 'coder.md', 'auditor.md'];

// State is fourline's and each machine's own; orders and cards are worth keeping.
const ignored = ['# fourline: what it keeps for itself', 'state/', 'repos/', 'inbox/**/*.problem.txt', ''].join('\n');

/** Makes a workspace in `folder`. */
export async function runInit(invocation: Invocation, folder: string): Promise<number> {
  const root = resolve(invocation.directory, folder);
  const shipped = fileURLToPath(new URL('../../roles/', import.meta.url));
  const made: string[] = [];
  const there: string[] = [];
  const put = async (path: string, text: string): Promise<void> => {
    ((await writeDurable(`${root}/${path}`, text, { replace: false })) ? made : there).push(path);
  };
  for (const name of ['roles', 'inbox', 'inbox/operator', 'state', 'repos']) await makeFolder(`${root}/${name}`);
  for (const name of roleFiles) {
    await put(`roles/${name}`, await readFile(`${shipped}/${name}`, 'utf8'));
    await makeFolder(`${root}/inbox/${name.replace('.md', '')}`);
  }
  if ((await stat(`${root}/.gitignore`).catch(() => null)) === null) await put('.gitignore', ignored);
  const where = root === process.cwd() ? '' : ` -C ${folder}`;
  invocation.answer({ root, made, there }, [
    `a workspace is in ${root}`,
    ...(there.length > 0 ? [`left as they were: ${there.join(', ')}`] : []),
    'next',
    `  git clone <your repository> ${root === process.cwd() ? '' : `${root}/`}repos/<name>`,
    `  edit roles/*.md: which agent, what it may write`,
    `  fourline${where} check && fourline${where} start`,
  ]);
  return exitCodes.ok;
}
