// Why: an agent that knows the boundary before it starts wastes less work; one that learns it from refusals loops.
// Promises: the boundary comes first, in the words that will be enforced. Fourline's own words around the order stay
// under 400 tokens. The brief quotes the order's text, so no line of it reads as fourline's own.
// Never: widens anything; the gate does not read briefs.
import type { Order } from '../order/order.ts';
import { escapeLines, escapeText } from '../platform/text/text.ts';
import type { Boundary } from '../role/boundary.ts';
import { type Office, tellOffice } from './office.ts';

/** Something a run must know of what came before it: a title of fourline's, and a text that is quoted. */
export type Note = { readonly title: string; readonly text: string };

/**
 * The parts of a brief. `notes` come oldest first; `reviews` is the order under review; `mail` are names of files in
 * the room's mail folder.
 */
export type BriefParts = {
  readonly id: string;
  readonly role: string;
  readonly repo: string | null;
  readonly order: Order;
  readonly boundary: Boundary;
  readonly prompt: string;
  readonly notes: readonly Note[];
  readonly reviews: string | null;
  readonly mail: readonly string[];
  /** State files in the room, as workspace paths. */
  readonly state: readonly string[];
  /** Files handed down with the order, by their path in the room's refs folder. */
  readonly refs: readonly string[];
  /** How the office stands, for a role that sends orders. */
  readonly office: Office | null;
};

/** Composes the brief that goes to an agent's standard input. */
export function composeBrief(parts: BriefParts): string {
  const paragraphs = [
    `You are ${parts.role}, on order ${parts.id}.`,
    boundaryText(parts),
    `The order (all of it is in $FOURLINE_ORDER):\n${quoted(orderText(parts.order))}`,
    parts.reviews === null
      ? 'Finish: exit 0 with a short final message; or write $FOURLINE_REPORT, Markdown with a front matter of `outcome: done` and your summary below it.'
      : 'Finish: write $FOURLINE_REPORT, Markdown with a front matter of `outcome: approve`, or of `outcome: reject` and `note: <what is wrong, and where>`.',
    refusalText(parts.order),
    ...refsText(parts.refs),
    ...mailText(parts),
    ...stateText(parts.state),
    ...officeText(parts.office),
    ...parts.notes.map((one) => `${escapeText(one.title)}\n${quoted(one.text)}`),
    ...(parts.prompt === '' ? [] : [`Your role:\n${parts.prompt}`]),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

/** Composes the words for an agent that is about to change a path which is not its own to change. */
export function composeRefusal(
  parts: Pick<BriefParts, 'repo' | 'order' | 'boundary'>,
  path: string,
  reason: string,
): string {
  return [
    `not yours: ${escapeText(path)}: ${reason}. Nothing was changed: go on inside the boundary, or halt or route.`,
    boundaryText(parts),
    `The report goes to $FOURLINE_REPORT. ${refusalText(parts.order)}`,
  ].join('\n');
}

function officeText(office: Office | null): string[] {
  const told = office === null ? null : tellOffice(office);
  return told === null ? [] : [told];
}

function quoted(text: string): string {
  return escapeLines(text.trim())
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

function boundaryText({ boundary, repo }: Pick<BriefParts, 'repo' | 'boundary'>): string {
  if (boundary.lines.length === 0)
    return 'Boundary: you may change no file. Anything you change is reverted and reported.';
  const root = repo === null ? '' : `repos/${repo}/`;
  const local = (pattern: string): string =>
    root !== '' && pattern.startsWith(root) ? pattern.slice(root.length) : `$FOURLINE_ROOM/${pattern}`;
  const lines = boundary.lines.map((line) => {
    const only = line.only.length > 0 ? ` (of it only ${line.only.map(showPattern).join(', ')})` : '';
    const except = line.except.length > 0 ? ` (but not ${line.except.map(showPattern).join(', ')})` : '';
    return `  ${showPattern(local(line.pattern))}${only}${except}`;
  });
  return [
    'Boundary: you may change exactly these paths; anything else is reverted and reported.',
    ...lines,
    'If the work needs another path, refuse (below); a change outside will not survive.',
  ].join('\n');
}

// A path may hold a sentence. A pattern that doesn't look like a path at first sight is shown in backticks, so that
// nobody reads it as fourline's own words.
function showPattern(pattern: string): string {
  return /^[\w@%+=:,./$*-]+$/.test(pattern) ? pattern : `\`${escapeLines(pattern).replaceAll('`', "'")}\``;
}

function orderText(order: Order): string {
  return [
    `Objective: ${order.objective.text}`,
    'Acceptance:',
    ...order.acceptance.map((one) => `- ${one.text}`),
    `Files: ${order.files.map((one) => one.text).join(', ')}`,
    `Branching: ${order.branching.map((one) => one.text).join('; ')}`,
  ].join('\n');
}

function refusalText(order: Order): string {
  const forms = order.branching.map((one) => {
    switch (one.kind) {
      case 'halt':
        return '`outcome: halt-with-note` and `note: <why>`';
      case 'requeue':
        return '`outcome: requeue-with-blocker` and `blocker: <order id or sentence>`';
      case 'route':
        return `\`outcome: route-to-${one.role}\` and \`note: <why>\``;
    }
  });
  return `Refuse legally by a report whose front matter says ${forms.join(', or ')}.`;
}

function stateText(state: readonly string[]): string[] {
  if (state.length === 0) return [];
  const more = state.length > 20 ? ` and ${state.length - 20} more` : '';
  return [`State files in $FOURLINE_ROOM: ${state.slice(0, 20).map(showPattern).join(', ')}${more}.`];
}

function refsText(refs: readonly string[]): string[] {
  if (refs.length === 0) return [];
  const named = refs.map((one) => showPattern(`$FOURLINE_ROOM/refs/${one}`)).join(', ');
  return [`Handed down with the order, word for word; read before you begin: ${named}.`];
}

function mailText({ boundary, mail, reviews }: BriefParts): string[] {
  const out: string[] = [];
  const roles = boundary.mail.filter((one) => one !== 'operator');
  if (roles.length < boundary.mail.length)
    out.push(
      'What only a person can decide: ask in $FOURLINE_ROOM/inbox/operator/<name>.md, in plain words, and end; you go on when it is answered.',
    );
  if (roles.length > 0) {
    out.push(
      `You may send orders to: ${roles.join(', ')}. One file each, $FOURLINE_ROOM/inbox/<role>/<name>.md, with the four lines **Objective:** **Acceptance:** **Files:** **Branching:**; their Files must lie within this order's Files. \`after: [name]\` in front matter waits for another of your orders.`,
    );
  }
  if (mail.length > 0) {
    const what =
      reviews === null
        ? 'Reports that came for you are'
        : 'What you review is in the repository as it would land; about it there are';
    out.push(`${what} in $FOURLINE_ROOM/mail: ${mail.join(', ')}.`);
  }
  return out;
}
