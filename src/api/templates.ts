// Why: a role is made from a template: a card that comes with fourline, or one of the workspace's own.
// Promises: a template's permissions and prompt are taken as they are. Its agent is the one that the workspace's cards
// have.
// Never: hands out a credential that no card here names.
import { fileURLToPath } from 'node:url';
import { listFolder, readPlain } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { readCards } from '../role/roles.ts';
import type { Workspace } from '../workspace/workspace.ts';

const templateFolder = fileURLToPath(new URL('../../roles/', import.meta.url));

/** The names of the cards that come with fourline. */
export async function listTemplates(): Promise<string[]> {
  return (await listFolder(templateFolder)).filter((name) => name.endsWith('.md')).map((name) => name.slice(0, -3));
}

/**
 * The text of a new card from a template; `plan` is the order or run that it is made for. Throws Fault `role-template`.
 */
export async function cardFrom({ places, cards }: Workspace, from: string, plan: string | null): Promise<string> {
  const shipped = await listTemplates();
  const own = cards.get(from)?.text;
  if (own === undefined && !shipped.includes(from))
    throw new Fault('role-template', `there is no template '${escapeText(from)}'`, {
      hint: `--from takes ${[...new Set([...shipped, ...cards.keys()])].sort().join(', ')}`,
    });
  const file = own === undefined ? await readPlain(`${templateFolder}/${from}.md`) : null;
  const text = own ?? (file?.kind === 'text' ? file.text : '');
  const like = (await readCards(places)).find(({ card }) => card !== null)?.text;
  const card = own === undefined && like !== undefined ? withAgentOf(text, like) : text;
  return withPlanOf(card, plan);
}

// A card for a plan, or for none: what its template was made for is not taken over.
function withPlanOf(text: string, plan: string | null): string {
  const { front, rest } = blocksOf(text);
  const kept = front.flatMap(({ lines }) => lines).filter((line) => !line.startsWith('for:'));
  return ['---', ...(plan === null ? [] : [`for: ${plan}`]), ...kept, ...rest].join('\n');
}

/** The keys of a card that say which program does the work and what it is given. */
const agentKeys = /^(?:agent|command|rehearsal|model|effort|env|network|sign-in|gateway):/;

// A key with the lines that belong to it, in the text of a card.
type Block = { readonly agent: boolean; readonly lines: readonly string[] };

function blocksOf(text: string): { readonly front: readonly Block[]; readonly rest: readonly string[] } {
  const lines = text.split('\n');
  const end = lines.indexOf('---', 1);
  const front: { agent: boolean; lines: string[] }[] = [];
  for (const line of lines.slice(1, end)) {
    const open = front.at(-1);
    if (open !== undefined && /^(?:\s|-|$)/.test(line)) open.lines.push(line);
    else front.push({ agent: agentKeys.test(line), lines: [line] });
  }
  return { front, rest: lines.slice(end) };
}

// A card with the agent of another one, where its own stood.
function withAgentOf(text: string, like: string): string {
  const { front, rest } = blocksOf(text);
  const at = front.findIndex(({ agent }) => agent);
  const agent = blocksOf(like).front.filter((one) => one.agent);
  const kept = front.filter((one) => !one.agent);
  const blocks = kept.toSpliced(at < 0 ? kept.length : at, 0, ...agent);
  return ['---', ...blocks.flatMap(({ lines }) => lines), ...rest].join('\n');
}
