// Why: `fourline why` says of each change of an order what happened to it, and which line of which file decided.
// Promises: shows what the gate wrote down when it judged.
// Never: judges again; audit does that.
import { localPath, openFourline, showDeciding, showDeed, type Verdict } from '../../api.ts';
import { escapeText, shellWord } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

type WhyRefusal = Extract<Verdict, { decision: 'refuse' }>;

/** Explains an order's changes, or those at one path. Exit 1 when something was refused. */
export async function runWhy(invocation: Invocation, prefix: string, path: string | undefined): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const judged = await fourline.why(prefix, path);
  const { id, verdicts, scratch } = judged;
  const { role, outcome, position, note, repo } = await fourline.order(id);
  if (scratch === undefined) {
    invocation.answer(judged, [
      `${id}  ${role}  ${outcome ?? position}: nothing was judged${note === '' ? '' : ` (${note})`}`,
    ]);
    return exitCodes.ok;
  }
  const local = (full: string): string => localPath(repo, full);
  const refused = verdicts.filter((one) => one.decision === 'refuse');
  const grantable = refused.find(isGrantable);
  const kept = verdicts.length - refused.length;
  const word = outcome === 'done' ? 'landed' : 'allowed';
  invocation.answer(judged, [
    `${id}  ${role}  ${verdicts.length} changed, ${kept} ${word}, ${refused.length} refused${scratch > 0 ? `, ${scratch} scratch` : ''}`,
    ...tableOf(
      verdicts.map((one) => [
        `  ${one.decision === 'allow' ? word : 'refused'}`,
        `${local(one.path)}${one.moved === undefined ? '' : ` (${showDeed(one, local)})`}`,
        one.decision === 'allow' ? showDeciding(one.by) : whyReason(one),
      ]),
    ),
    ...(refused.length > 0
      ? [
          `  kept: fourline show ${id} --refused`,
          ...(grantable === undefined
            ? []
            : [`  next: fourline order <role that may> "…" --file ${shellWord(escapeText(local(grantable.path)))}`]),
        ]
      : []),
  ]);
  return refused.length > 0 ? exitCodes.no : exitCodes.ok;
}

// Another role may be granted a repository's file that this card or this order does not name; the floor and the mail's
// rules hold for every role.
function isGrantable(verdict: WhyRefusal): boolean {
  return verdict.path.startsWith('repos/') && ['write', 'deny', 'files'].includes(verdict.reason);
}

function whyReason(verdict: WhyRefusal): string {
  return [verdict.sentence, showDeciding(verdict.by)].filter(Boolean).join('   ');
}
