// Why: a repository brings files for agent CLIs. Its instructions are for every model that works on it. Its hooks,
// skills, servers and permissions are programs that somebody committed. They would run before anybody judged them.
// Promises: CLAUDE.md and AGENTS.md of the base reach the model of each CLI. In a sandbox, the CLIs' own folders of the
// base are empty, but stay in the room as they were. A role that may write into such a folder sees it.
// Never: covers anything without a sandbox; there only the flags of each CLI protect.
import { mkdir } from 'node:fs/promises';
import type { Launch } from '../agent/agent.ts';
import { nodeAt } from '../platform/git/tree-folder.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Opened } from '../record/work.ts';
import type { Readable } from '../sandbox/bubblewrap.ts';

// The folders at a repository's root from which the four CLIs read settings, hooks, skills and agents (their documents;
// see gate/runners.ts).
const repositoryFolders = ['.claude', '.codex', '.agents', '.agent', '.gemini', '.opencode'];

/** Most characters of one file of instructions that are handed on. */
const instructionLimit = 64 * 1024;

/** The repository's own instructions that a CLI does not read by itself, as files of its HOME. */
export async function instructionsOf(opened: Opened, launch: Launch): Promise<Record<string, string>> {
  const { instructions } = launch;
  if (instructions === undefined || opened.base === null) return {};
  const { target } = opened.base;
  const texts = new Map<string, string>();
  for (const name of ['AGENTS.md', 'CLAUDE.md']) {
    const entry = await nodeAt(opened.room.base, `repos/${target.name}/${name}`);
    if (entry?.kind !== 'file' || !entry.mode.startsWith('100')) continue;
    const object = await target.objects.read(entry.id);
    const text = object?.content.toString().slice(0, instructionLimit).trim() ?? '';
    if (text !== '' && ![...texts.values()].includes(text)) texts.set(name, text);
  }
  const parts = [...texts]
    .filter(([name]) => !instructions.reads.includes(name))
    .map(([name, text]) => `# ${name} of repos/${escapeText(target.name)}\n\n${text}\n`);
  return parts.length === 0 ? {} : { [instructions.path]: parts.join('\n') };
}

/** Empty folders that are mounted over the CLIs' own folders of the base, in a sandbox. */
export async function coverFolders(opened: Opened, launch: Launch, start: string): Promise<Readable[]> {
  if (launch.instructions === undefined || opened.base === null) return [];
  const prefix = `repos/${opened.base.target.name}/`;
  const granted = opened.card.grant.write.entries.filter((one) => one.literal).map((one) => one.pattern);
  const nodes = await Promise.all(repositoryFolders.map((name) => nodeAt(opened.room.base, `${prefix}${name}`)));
  const there = repositoryFolders.filter(
    (name, at) => nodes[at]?.kind === 'folder' && !granted.some((path) => path.startsWith(`${prefix}${name}/`)),
  );
  if (there.length === 0) return [];
  const from = `${opened.room.place}/nothing`;
  await mkdir(from, { recursive: true });
  return there.map((name) => ({ from, to: `${start}/${name}` }));
}
