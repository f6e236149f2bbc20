// Why: a role is listed, shown and made from its card.
// Promises: an existing card is never replaced; patterns are the card's own, as the gate reads them.
// Never: edits a card.
import { repositoryPaths } from '../delegation/unmatched.ts';
import { judgeOne } from '../gate/gate.ts';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { readPattern } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import type { Grant } from '../role/grant.ts';
import { type Role, roleNameFlaw } from '../role/role.ts';
import { agentName } from '../role/role-settings.ts';
import { readCards, readCardText } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { cardEdit, type PendingEdit } from './edit.ts';
import { type Site, withCards, withLook } from './site.ts';
import { cardFrom } from './templates.ts';

/** One role as it is listed. `state` is empty for a good card, else says what is wrong. */
export type CardRow = {
  readonly name: string;
  readonly agent: string;
  readonly model: string | null;
  readonly write: readonly string[];
  readonly read: readonly string[];
  readonly send: readonly string[];
  readonly description: string;
  readonly state: string;
  /** Since when the operator has it paused, as ISO time; null when it isn't. */
  readonly paused: string | null;
};

/** One card: as it is in force, and what is wrong with its file. */
export type CardDetails = {
  readonly name: string;
  readonly digest: string | null;
  readonly role: Role | null;
  readonly problems: readonly Problem[];
  /** The card in force; where none is, the file. */
  readonly text: string;
  /** The card's file in the workspace, and its text. */
  readonly file: string;
  readonly source: string;
  /** An edit that is not in force yet; null where there is none. */
  readonly edit: PendingEdit | null;
};

/**
 * A new card: the permissions that it lists; or the template that it is made from, and the order or run that it is made
 * for.
 */
export type NewCard = {
  readonly from?: string | undefined;
  readonly for?: string | undefined;
  readonly write?: readonly string[];
  readonly read?: readonly string[];
  readonly send?: readonly string[];
};

/** Lists the roles of a workspace. */
export async function listCards({ workspace, history }: Pick<Look, 'workspace' | 'history'>): Promise<CardRow[]> {
  return (await readCards(workspace.places)).map((reading) => {
    const card = workspace.cards.get(reading.name);
    const state =
      reading.card !== null ? '' : card === undefined ? 'broken' : 'broken edit; the last good card is in force';
    return {
      name: reading.name,
      agent: card === undefined ? '' : agentName(card.role.agent),
      model: card?.role.model ?? null,
      write: card?.role.write.map((one) => one.glob.text) ?? [],
      read: card?.role.read.map((one) => one.glob.text) ?? [],
      send: card?.role.send.map((one) => one.role) ?? [],
      description: card?.role.description ?? '',
      state,
      paused: history.holds.paused.get(reading.name) ?? null,
    };
  });
}

/** A listed role. `files` is how many files of the repositories the gate lets it change; null where nobody asked. */
export type RoleRow = CardRow & { readonly files: number | null };

/** Lists the roles; with `files`, the files of all repositories are held against each card. */
export function listRoles(site: Site, { files = false }: { readonly files?: boolean } = {}): Promise<RoleRow[]> {
  return withLook(site, async (look) => {
    const rows = await listCards(look);
    const paths = files ? await repositoryPaths(look.workspace) : [];
    return rows.map((row) => {
      const grant = look.workspace.cards.get(row.name)?.grant;
      return {
        ...row,
        files: files ? paths.filter((path) => grant !== undefined && grantAllows(grant, path)).length : null,
      };
    });
  });
}

function grantAllows(grant: Grant, path: string): boolean {
  return judgeOne({ path, what: 'modified', flaw: null }, { grant, scope: null, pinned: [] }).decision === 'allow';
}

/** Gives one card as it is in force. Throws Fault `role-unknown`. */
export function showRole(site: Site, name: string): Promise<CardDetails> {
  return withLook(site, async (look) => {
    const { workspace } = look;
    const reading = (await readCards(workspace.places)).find((one) => one.name === name);
    const card = workspace.cards.get(name);
    if (reading === undefined && card === undefined)
      throw new Fault('role-unknown', `there is no role '${name}'`, {
        hint: `the roles are ${[...workspace.cards.keys()].join(', ') || 'none yet'}`,
      });
    return {
      name,
      digest: card?.digest ?? null,
      role: card?.role ?? null,
      problems: reading?.card === null ? reading.problems : [],
      text: card?.text ?? reading?.text ?? '',
      file: reading?.file ?? card?.file ?? '',
      source: reading?.text ?? '',
      edit: reading === undefined ? null : await cardEdit(look, reading),
    };
  });
}

/** A card that was made to edit, and what is doubtful about it. */
export type MadeCard = {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly problems: readonly Problem[];
};

/** Makes a card to edit. Throws as `makeRole` does. */
export async function newRole(site: Site, name: string, options: NewCard): Promise<MadeCard> {
  const { path, text } = await makeRole(site, name, options);
  const plan = { name, for: options.for ?? null };
  const { planDoubts } = await import('./check-flows.ts');
  return { name, path, text, problems: await withLook(site, (look) => planDoubts(look, plan, text)) };
}

/** Writes a new card. Throws Fault `role-exists`, `role-name`, `role-glob`, `role-card`, `role-template`. */
export async function makeRole(site: Site, name: string, options: NewCard): Promise<{ path: string; text: string }> {
  const { root } = site;
  const flaw = roleNameFlaw(name);
  if (flaw !== undefined) throw new Fault('role-name', flaw, { hint: 'choose another name' });
  for (const key of ['write', 'read'] as const)
    for (const glob of options[key] ?? []) {
      const reading = readPattern(glob);
      if (!reading.ok)
        throw new Fault('role-glob', `--${key} '${glob}' is no pattern: ${reading.reason}`, { hint: reading.hint });
    }
  const { from, for: plan } = options;
  const given = [options.write, options.read, options.send].some((list) => (list ?? []).length > 0);
  if (from !== undefined && given)
    throw new Fault('usage', '--from takes the permissions of the template', { hint: 'edit the card afterwards' });
  const text =
    from === undefined
      ? cardText(name, options)
      : await withCards(site, (workspace) => cardFrom(workspace, from, plan ?? null));
  const [problem] = readCardText(name, text).problems;
  if (readCardText(name, text).card === null)
    throw new Fault('role-card', problem?.message ?? 'the card would not be good', { hint: problem?.hint });
  const path = `roles/${name}.md`;
  const made = await writeDurable(`${root}/${path}`, text, { replace: false });
  if (!made) throw new Fault('role-exists', `${path} exists already`, { hint: 'edit it' });
  await makeFolder(`${root}/inbox/${name}`);
  return { path, text };
}

function cardText(name: string, { write = [], read = [], send = [], for: plan }: NewCard): string {
  return [
    '---',
    ...(plan === undefined ? [] : [`for: ${plan}`]),
    `description: What ${name} is for, in one sentence.`,
    'agent: claude',
    'env: ANTHROPIC_API_KEY',
    'network: model',
    '# One pattern a line, as workspace paths. Without write: the role can change nothing.',
    ...(write.length > 0 ? ['write: |', ...write.map((one) => `  ${one}`)] : ['# write: |', '#   repos/*/src/**']),
    ...(read.length > 0 ? ['read: |', ...read.map((one) => `  ${one}`)] : []),
    send.length > 0 ? `send: ${send.join(', ')}` : '# send: coordinator',
    'limits: { runs: 1, minutes: 30, attempts: 3 }',
    '---',
    `You are ${name}. Say here how the work is done, what matters, and when to refuse.`,
    '',
  ].join('\n');
}
