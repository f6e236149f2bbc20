// Why: `fourline proof` hands evidence about settled orders to people without the workspace, and checks what they were
// handed.
// Promises: the API's answer; what is in the proof, what is left out, and what differs, part by part.
// Never: needs a workspace to check.
import { resolve } from 'node:path';
import { checkProof, openFourline, type ProofCheck, printFinding } from '../../api.ts';
import { Fault } from '../../platform/text/fault.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** The options. `check` names a proof to check; `signers` an allowed_signers file to check it with. */
export type ProofOptions = {
  readonly since?: string | undefined;
  readonly out?: string | undefined;
  readonly check?: string | undefined;
  readonly signers?: string | undefined;
};

/** How many findings, orders and files are printed; --json has all. */
const shownParts = 40;

/**
 * Writes a proof of orders, or checks one. Exit 1 when it doesn't hold. Throws Fault `order-unknown`,
 * `order-unsettled`, `proof-ledger`, `proof-unreadable`, `proof-newer`, `usage`.
 */
export async function runProof(
  invocation: Invocation,
  orders: readonly string[],
  { since, out, check: file, signers }: ProofOptions,
): Promise<number> {
  const { directory } = invocation;
  const asked = file === undefined ? { signers } : { since, out };
  for (const [option, value] of Object.entries(asked))
    if (value !== undefined)
      throw new Fault('usage', `--${option} goes ${file === undefined ? 'only' : 'not'} with --check`, {
        hint: 'fourline proof <order…> writes a proof, fourline proof --check <file> checks one',
      });
  if (file !== undefined) {
    const from = (path: string): string => resolve(directory, path);
    const check = await checkProof(from(file), { orders, signers: signers === undefined ? signers : from(signers) });
    invocation.answer(check, [...proofLines(check), ...verdictLines(check, signers)]);
    return check.findings.length > 0 ? exitCodes.no : exitCodes.ok;
  }
  const made = await (await openFourline(directory, invocation)).proof({ orders, since, out, folder: directory });
  invocation.answer(made, [
    ...proofLines(made),
    ...made.open.slice(0, shownParts).map((order) => `${escapeText(order)} is not settled, and not in it`),
    ...verdictLines(made, undefined),
    `wrote ${escapeText(made.file)}  ${made.bytes} bytes`,
    `next: fourline proof --check ${escapeText(made.file)}`,
  ]);
  return made.findings.length > 0 ? exitCodes.no : exitCodes.ok;
}

function proofLines({ sha256, orders, leftOut, unbound }: ProofCheck): string[] {
  return [
    ...tableOf(
      orders
        .slice(0, shownParts)
        .map(({ order, role, outcome, at, landed, ledger }) => [
          ...[order, role, outcome, at.slice(0, 10)],
          landed
            .map(({ repo, commit, signed }) => `${repo} ${commit.slice(0, 12)}${signed ? ' signed' : ''}`)
            .join(', ') || '-',
          `ledger ${ledger.slice(0, 12)}`,
        ]),
    ),
    ...(orders.length > shownParts ? [`and ${orders.length - shownParts} more orders: --json has all`] : []),
    ...leftOut.slice(0, shownParts).map((path) => `left out, bound by its digest: ${escapeText(path)}`),
    ...(leftOut.length > shownParts ? [`and ${leftOut.length - shownParts} more files: --json has all`] : []),
    ...(unbound === 0
      ? []
      : [`${countOf(unbound, 'record')} of an earlier fourline: reports and patches are taken as they are`]),
    `sha256 ${sha256}`,
  ];
}

function verdictLines({ findings, lines, landings, orders }: ProofCheck, signers: string | undefined): string[] {
  if (findings.length === 0) {
    const signed = orders.flatMap(({ landed }) => landed).filter((one) => one.signed).length;
    const by = signers === undefined ? "the proof's own keys" : escapeText(signers);
    return [
      `whole: ${countOf(lines, 'line')} as in the ledger, ${countOf(landings, 'landing')} recomputed, ${signed} signed${signed === 0 ? '' : ` (by ${by})`}`,
    ];
  }
  return [
    ...findings.slice(0, shownParts).flatMap((one) => ['', ...printFinding(one)]),
    '',
    ...(findings.length > shownParts ? [`and ${findings.length - shownParts} more: --json has all`] : []),
    `not whole: ${countOf(findings.length, 'finding')}`,
  ];
}
