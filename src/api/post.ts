// Why: people and programs order work without an editor: this writes an order and delivers it.
// Promises: returns when the order is durable in the inbox. It checks the order as the daemon will, so it refuses a bad
// order here and writes nothing.
// Never: needs a running daemon.
import { type Admission, admitOrder } from '../delegation/admission.ts';
import { resolveAfter } from '../delegation/bonds.ts';
import { makeId } from '../order/identity.ts';
import { type Order, parseOrder, printOrder } from '../order/order.ts';
import { listStems } from '../order/scan.ts';
import { makeFolder } from '../platform/files/files.ts';
import { nextNumber } from '../platform/files/lock.ts';
import type { Problem } from '../platform/text/problem.ts';
import { announceWhole, postOrder } from '../record/post.ts';
import type { Look } from '../workspace/look.ts';
import { type Site, withLook } from './site.ts';

/** An order in parts. `contract` pins files: each path with the role that owns it, or null. */
export type Draft = {
  readonly objective: string;
  readonly acceptance: readonly string[];
  readonly files: readonly string[];
  /** Legal refusals; without it `halt-with-note`. */
  readonly branching?: readonly string[];
  readonly after?: readonly string[];
  readonly refs?: readonly string[];
  readonly contract?: Readonly<Record<string, string | null>>;
  readonly repo?: string;
  readonly priority?: number;
};

/** An order that was delivered, with what is doubtful about it; or why it was not. `path` is in the workspace. */
export type Posted =
  | {
      readonly ok: true;
      readonly id: string;
      readonly path: string;
      readonly boundary: readonly string[];
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly text: string };

/** An order that is not delivered, only checked: what it may change, or why it would not be delivered. */
export type CheckedOrder =
  | (Pick<Extract<Posted, { ok: true }>, 'ok' | 'boundary' | 'warnings'> & { readonly objective: string })
  | Extract<Posted, { ok: false }>;

/** Says what `postWork` would say of an order, and delivers nothing. */
export function checkWork(site: Site, role: string, order: Draft | string): Promise<CheckedOrder> {
  return withLook(site, (look) => checkText(look, role, typeof order === 'string' ? order : textOf(order)));
}

/** Delivers an order to a role. `name` is what its id is made of, where that is not the objective. */
export function postWork(site: Site, role: string, order: Draft | string, name?: string): Promise<Posted> {
  const text = typeof order === 'string' ? order : textOf(order);
  return withLook(site, async (look) => {
    const checked = await checkText(look, role, text);
    if (!checked.ok) return checked;
    const { objective, ...told } = checked;
    const { places } = look.workspace;
    await makeFolder(places.state);
    const id = makeId(nextNumber(places.session.numbers, look.history.number), name ?? objective);
    await announceWhole(places, id);
    await postOrder(places, role, id, text.endsWith('\n') ? text : `${text}\n`);
    return { ...told, id, path: `inbox/${role}/${id}.md` };
  });
}

/** Says of the text of an order what is wrong or doubtful about it, in the workspace that a look is at. */
export async function checkText(look: Look, role: string, text: string): Promise<CheckedOrder> {
  const reading = parseOrder(text);
  if (!reading.ok) return { ok: false, problems: reading.problems, text };
  const { objective, warnings } = reading.order;
  const admission = await admit(look, role, reading.order);
  if (!admission.ok) return { ok: false, problems: admission.problems, text };
  return {
    ok: true,
    objective: objective.text,
    boundary: admission.boundary.lines.map((one) => one.pattern),
    warnings: [...warnings, ...admission.doubts],
  };
}

async function admit({ workspace, history }: Look, role: string, order: Order): Promise<Admission> {
  const { settings } = order;
  // An order that was posted a moment ago lies in its inbox; the daemon need not have seen it.
  const lying = await listStems(workspace.places.inbox);
  const after = resolveAfter(history, settings.after, lying);
  return admitOrder(workspace, history, { role, order, file: 'order', after, lying, parent: settings.parent ?? null });
}

function textOf({ objective, acceptance, files, branching = ['halt-with-note'], ...rest }: Draft): string {
  const { repo, after = [], refs = [], contract = {}, priority } = rest;
  return printOrder({
    objective,
    acceptance,
    files: files.map((one) => (/[\s,`]/.test(one) ? `\`${one}\`` : one)),
    branching,
    front: {
      ...(repo === undefined ? {} : { repo }),
      ...(after.length === 0 ? {} : { after }),
      ...(refs.length === 0 ? {} : { refs }),
      ...(Object.keys(contract).length === 0 ? {} : { contract }),
      ...(priority === undefined ? {} : { priority }),
    },
  });
}
