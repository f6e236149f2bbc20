// Why: the gate is asked before anybody works: may this role change this path, and which line says so. An agent CLI's
// hook asks it before each edit.
// Promises: the answer is the gate's own, from the card in force.
// Never: changes anything.
import { readdir, readFile, realpath } from 'node:fs/promises';
import { judgePath, type Law } from '../gate/gate.ts';
import { showDeciding, type Verdict } from '../gate/verdict.ts';
import { parseOrder } from '../order/order.ts';
import { Fault } from '../platform/text/fault.ts';
import { findOrderText } from '../record/inbox.ts';
import type { Card } from '../role/roles.ts';
import { pathsAsked } from '../sandbox/inside/hook.ts';
import { findOrder, type Look } from '../workspace/look.ts';
import { repoOf, type Workspace } from '../workspace/workspace.ts';
import { lawOfCard, lawOfOrder } from './law.ts';
import { type Site, withCards, withLook } from './site.ts';

/**
 * Asks the gate about paths of the workspace, or of the repository where there is only one. `order` is a file or an id.
 * Throws Fault `role-unknown`, `order-unknown`, `order-ambiguous`, `order-unreadable`.
 */
export async function askGate(
  site: Site,
  role: string,
  paths: readonly string[],
  order?: string,
): Promise<readonly Verdict[]> {
  const { law, repo } = await findLaw(site, role, order);
  const isFull = (path: string): boolean => /^(?:repos|state|inbox|roles)\/|^fourline\.yaml$/.test(path);
  return paths.map((path) => judgePath(isFull(path) || repo === null ? path : `repos/${repo}/${path}`, law));
}

/**
 * Answers the hook of an agent CLI, for people's own sessions in the workspace and in its repositories. `request` is
 * what the CLI gives its hook; without a role it is the order's. Gives the reason of a refusal, or null. Throws what
 * `askGate` throws, and Fault `usage` without role and order.
 */
export async function answerHook(
  site: Site,
  request: string,
  { role, order }: { readonly role?: string | undefined; readonly order?: string | undefined },
): Promise<string | null> {
  const inside = await pathsWithin(site.root, pathsAsked(request));
  if (inside.length === 0) return null;
  const { law, files } = await findLaw(site, role, order);
  for (const path of inside) {
    const verdict = judgePath(path, law);
    if (verdict.decision === 'allow') continue;
    const reason = [verdict.sentence, showDeciding(verdict.by)].filter(Boolean).join('   ');
    const list = files === null ? '' : ` The order's Files: ${files.join(', ')}.`;
    return `not yours: ${path}: ${reason}.${list}`;
  }
  return null;
}

// The paths of the workspace among absolute ones. A repository may be linked into repos/, and a person works where it
// really is.
async function pathsWithin(root: string, asked: readonly string[]): Promise<string[]> {
  if (asked.length === 0) return [];
  const names = await readdir(`${root}/repos`).catch(() => []);
  const links = await Promise.all(
    names.map(async (name) => [await realpath(`${root}/repos/${name}`).catch(() => ''), `repos/${name}/`] as const),
  );
  const places = [...links.filter(([from]) => from !== ''), [root, ''] as const];
  return asked.flatMap((path) => {
    const [from, to] = places.find(([place]) => path.startsWith(`${place}/`)) ?? [null, ''];
    return from === null ? [] : [`${to}${path.slice(from.length + 1)}`];
  });
}

type CanFound = { readonly law: Law; readonly repo: string | null; readonly files: readonly string[] | null };

function findLaw(site: Site, name: string | undefined, order: string | undefined): Promise<CanFound> {
  // A hook asks before each edit: what a card alone decides must not take longer with each order.
  if (order !== undefined) return withLook(site, (look) => orderLaw(look, name, order));
  return withCards(site, async (workspace) => ({
    law: lawOfCard(cardNamed(workspace, name)),
    repo: await repoOf(workspace, undefined),
    files: null,
  }));
}

function cardNamed(workspace: Workspace, role: string | undefined): Card {
  if (role === undefined)
    throw new Fault('usage', 'no role or order is named', {
      hint: 'fourline can <role> --hook, or the id of an order that was sent: fourline can --hook --order <id>',
    });
  const card = workspace.cards.get(role);
  if (card === undefined)
    throw new Fault('role-unknown', `there is no role '${role}'`, {
      hint: `the roles are ${[...workspace.cards.keys()].join(', ') || 'none yet'}`,
    });
  return card;
}

async function orderLaw({ workspace, history }: Look, name: string | undefined, order: string): Promise<CanFound> {
  const written = await readFile(order, 'utf8').catch(() => null);
  const standing = written === null ? history.orders.get(findOrder(history, order)) : undefined;
  const card = cardNamed(workspace, name ?? standing?.role);
  const reading = parseOrder(
    written ?? (standing === undefined ? '' : ((await findOrderText(workspace.places, standing.id)) ?? '')),
    written === null,
  );
  if (!reading.ok)
    throw new Fault('order-unreadable', `${order}: ${reading.problems[0]?.message ?? 'no order'}`, {
      hint: 'fourline check says more',
    });
  const { files, settings } = reading.order;
  const repo = standing?.asked.repo ?? (await repoOf(workspace, settings.repo));
  const id = standing?.id ?? 'this order';
  const parent = standing?.bonds.parent ?? settings.parent ?? null;
  return {
    law: lawOfOrder(history, card, { id, parent, order: reading.order, repo }),
    repo,
    files: files.map((one) => one.text),
  };
}
