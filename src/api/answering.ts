// Why: an installed CLI may not be signed in, have its model or find its way there. `doctor --agents` asks it.
// Promises: doctor asks in a scratch workspace with the settings and cards of this one, a card at a time. Sandbox,
// credentials and network are those of a run.
// Never: asks without being told to: asking costs tokens.

import { openSession } from '../daemon/session.ts';
import { unheard } from '../event.ts';
import { soundOut } from '../journey/agent-probe.ts';
import { readPlain } from '../platform/files/files.ts';
import type { Host } from '../platform/process/host.ts';
import { readCards } from '../role/roles.ts';
import { findWorkspace } from '../workspace/find.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { makeScratch, type Scratch } from './scratch.ts';

/**
 * One thing looked at. `note` is neither good nor bad. `below` are lines that stand below the table; `lines` belong
 * into fourline.yaml under `repos:`.
 */
export type HealthFinding = {
  readonly what: string;
  readonly state: 'ok' | 'bad' | 'note';
  readonly detail: string;
  readonly below?: readonly string[];
  readonly lines?: readonly string[];
};

/** Asks the agent of each card that has a model behind it for one word. */
export async function answerFindings(directory: string, host: Host): Promise<HealthFinding[]> {
  const root = await findWorkspace(directory).catch(() => null);
  if (root === null) return [{ what: 'agents', state: 'note', detail: 'no workspace, so no card whose agent to ask' }];
  const { places } = await openWorkspace(root, { listener: unheard, host });
  const scratch = await makeScratch('agents', host);
  try {
    const settings = await readPlain(places.settings);
    if (settings.kind === 'text') await scratch.put('fourline.yaml', settings.text);
    const cards = (await readCards(places)).flatMap(({ name, card }) => (card === null ? [] : [{ name, card }]));
    for (const { name, card } of cards) await scratch.put(`roles/${name}.md`, card.text);
    const asked = cards.filter(({ card }) => card.role.agent.kind === 'cli' || card.role.agent.kind === 'acp');
    if (asked.length === 0)
      return [{ what: 'agents', state: 'note', detail: 'no card has an agent with a model to ask' }];
    return await askAll(
      scratch,
      asked.map((one) => one.name),
    );
  } finally {
    await scratch.remove();
  }
}

async function askAll({ root, host }: Scratch, roles: readonly string[]): Promise<HealthFinding[]> {
  const session = await openSession(root, unheard, host);
  if (session === null) return [{ what: 'agents', state: 'bad', detail: 'the scratch workspace is taken' }];
  const { workspace } = session;
  try {
    const { sandboxing, settings } = workspace;
    if (sandboxing.kind === 'none' && settings.sandbox === 'required')
      return [{ what: 'agents', state: 'bad', detail: 'not asked: sandbox: required, and there is no sandbox' }];
    const findings: HealthFinding[] = [];
    for (const role of roles) {
      const { answers, words } = await soundOut(session, role, new AbortController().signal);
      findings.push({ what: `agent of ${role}`, state: answers ? 'ok' : 'bad', detail: words });
    }
    return findings;
  } finally {
    await session.close();
  }
}
