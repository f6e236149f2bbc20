// Why: a commit must say for itself who did it, on which order, under which card.
// Promises: the trailers are the last paragraph, and every line of it is fourline's. The text of an order is one
// escaped line and can make no trailer.
// Never: takes in what an agent said.
import { countOf, firstLine } from '../platform/text/text.ts';

/** The facts for a landing's commit message. */
export type MessageParts = {
  readonly objective: string;
  readonly order: string;
  readonly run: string;
  readonly role: string;
  readonly card: string;
  readonly agent: string;
  readonly files: number;
  readonly refused: number;
  /** The order whose landing it takes back: no card and no agent had a part in it. */
  readonly undoes?: string | undefined;
};

/** The commit message of a landing. */
export function composeMessage(parts: MessageParts): string {
  const subject = firstLine(parts.objective, 72).replace(/^([A-Za-z-]+):/, '$1 -') || parts.order;
  const left = parts.refused > 0 ? `; ${countOf(parts.refused, 'change')} refused` : '';
  const { undoes } = parts;
  const back = undoes === undefined ? '' : `; this takes back what ${undoes} landed`;
  return [
    subject,
    '',
    `${countOf(parts.files, 'file')} by ${parts.role} on order ${parts.order}${left}${back}.`,
    '',
    `Fourline-Order: ${parts.order}`,
    `Fourline-Run: ${parts.run}`,
    `Fourline-Role: ${parts.role}`,
    ...(undoes === undefined
      ? [`Fourline-Card: sha256:${parts.card}`, `Assisted-by: ${firstLine(parts.agent, 60).replace(' ', ':')}`]
      : [`Fourline-Undoes: ${undoes}`]),
    '',
  ].join('\n');
}

/** The trailers of the last paragraph of a commit message, by name. */
export function readTrailers(message: string): Map<string, string> {
  const paragraphs = message.trim().split(/\n\s*\n/);
  const out = new Map<string, string>();
  for (const line of (paragraphs.at(-1) ?? '').split('\n')) {
    const match = /^([A-Za-z][A-Za-z-]*): (.*)$/s.exec(line);
    if (match !== null) out.set(match[1] ?? '', match[2] ?? '');
  }
  return out;
}
