// Why: evidence about settled orders is handed to people who have no workspace, as one file that they can check.
// Promises: a proof is checked as soon as it is made, by the same code as later, and its findings are told. No file is
// written over but with the same bytes. Checking needs neither workspace nor network.
// Never: hands over an order that is not settled: its record still changes.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeFinding } from '../audit/finding.ts';
import { checkProofBytes, type ProofCheck } from '../audit/proof-check.ts';
import { makeProof } from '../audit/proof-make.ts';
import type { Entry } from '../ledger/entry.ts';
import { writeDurable } from '../platform/files/files.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { findOrder, type Look } from '../workspace/look.ts';
import { timeOf } from './since.ts';
import { type Site, withLook } from './site.ts';

/**
 * The orders that a proof is about: these, or all that were settled since a time (`timeOf` reads it). `out` is the file
 * to write, seen from `folder` (default: the process's own).
 */
export type ProofQuestion = {
  readonly orders?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly out?: string | undefined;
  readonly folder?: string | undefined;
};

/** A proof that was written. `open` are orders that go on and are not in it, although they are of that time. */
export type MadeProof = ProofCheck & {
  readonly file: string;
  readonly bytes: number;
  readonly open: readonly string[];
};

/**
 * Writes a proof. Throws Fault `order-unknown`, `order-ambiguous`, `order-unsettled`, `proof-ledger`, and `usage` for a
 * file that is there with other bytes.
 */
export function writeProof(site: Site, question: ProofQuestion): Promise<MadeProof> {
  return withLook(site, async (look) => {
    const entries = await look.steps.all();
    const { orders, open } = choose(look, entries, question);
    const bytes = await makeProof({ ...look, entries }, orders);
    const [first = ''] = orders;
    const file = resolve(
      question.folder ?? '.',
      question.out ?? `${orders.length === 1 ? first : 'fourline'}.proof.tar`,
    );
    if (!(await writeDurable(file, bytes, { replace: false })) && !(await readFile(file)).equals(bytes))
      throw new Fault('usage', 'there is a file of this name with something else in it', {
        where: file,
        hint: 'name another with --out, or remove it',
      });
    return { file, bytes: bytes.length, open, ...(await checkProofBytes(bytes)) };
  });
}

function choose(
  { history, workspace }: Look,
  entries: readonly Entry[],
  { orders = [], since }: ProofQuestion,
): { orders: string[]; open: string[] } {
  if ((orders.length === 0) === (since === undefined))
    throw new Fault('usage', 'a proof is about orders that are named, or about those since a time', {
      hint: 'fourline proof <order…>, or fourline proof --since 2026-03-04',
    });
  if (since === undefined) {
    const ids = [...new Set(orders.map((one) => findOrder(history, one)))];
    const open = ids.filter((id) => history.open.has(id));
    if (open.length > 0)
      throw new Fault('order-unsettled', `${open.join(', ')}: not settled yet, so what there is still changes`, {
        hint: 'fourline status says what it waits for; ask again when it is settled',
      });
    return { orders: ids, open: [] };
  }
  const from = timeOf(history, since, workspace.clock.now());
  const named = new Set(entries.flatMap((one) => (one.at >= from && 'order' in one && one.order ? one.order : [])));
  const settled = entries.flatMap((one) => (one.step === 'settled' && one.at >= from ? one.order : []));
  const ids = [...new Set(settled)].filter((id) => !history.open.has(id));
  if (ids.length === 0)
    throw new Fault('usage', `no order was settled since ${from}`, { hint: 'fourline log lists what happened' });
  return { orders: ids, open: [...named].filter((id) => history.open.has(id)) };
}

/** The question about a proof: an allowed_signers file that the reader trusts, and the orders it should be about. */
export type CheckQuestion = {
  readonly signers?: string | undefined;
  readonly orders?: readonly string[] | undefined;
};

/** Checks the proof in a file. Throws Fault `proof-unreadable`, `proof-newer`, `journal-newer`. */
export async function checkProofFile(path: string, { signers, orders = [] }: CheckQuestion = {}): Promise<ProofCheck> {
  const bytes = await readGiven(path);
  if (signers !== undefined) await readGiven(signers);
  const check = await checkProofBytes(bytes, signers === undefined ? null : resolve(signers));
  if (check.orders.length === 0) return check;
  const lacking = orders.filter((asked) => !check.orders.some(({ order }) => isNamed(order, asked)));
  const beside = check.orders.filter(
    ({ order }) => orders.length > 0 && !orders.some((asked) => isNamed(order, asked)),
  );
  const about = countOf(check.orders.length, 'order');
  const other = [
    ...lacking.map((asked) => `it is not about ${asked}, but about ${about}: ${check.orders[0]?.order ?? ''}`),
    ...beside.map(({ order }) => `it is about ${order} as well`),
  ].map((message) => makeFinding('proof-other', message, path, { at: '' }));
  return { ...check, findings: [...check.findings, ...other] };
}

// As a command names orders: the whole id, its beginning, or its number.
function isNamed(order: string, asked: string): boolean {
  return order.startsWith(asked) || (/^\d+$/.test(asked) && Number(asked) === Number.parseInt(order, 10));
}

async function readGiven(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Fault('proof-unreadable', `the file can't be read: ${messageOf(error)}`, {
      where: path,
      hint: 'name a file that is there and that you may read',
      cause: error,
    });
  }
}
