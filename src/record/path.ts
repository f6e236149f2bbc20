// Why: this file alone says where an order's record lies, and where each file lies in it.
// Promises: pure. A record is one folder: in state/active until the order is settled, in the archive of its month from
// then on.
// Never: touches the disk; it says where a file belongs, not whether it is there.
import type { Places } from '../places.ts';

/** The files and folders of a record that have a fixed name. */
export type RecordName =
  | 'order.md'
  | 'landing.md'
  | 'brief.md'
  | 'said.md'
  | 'report.md'
  | 'summary.md'
  | 'run.json'
  | 'transcript.jsonl'
  | 'held-up.txt'
  | 'verdicts.json'
  | 'checks.json'
  | 'state.json'
  | 'held.json'
  | 'waiting.json'
  | 'refused.patch'
  | 'unlanded.patch'
  | 'outbox'
  | 'stated'
  | 'refused'
  | 'mail'
  | 'trays'
  | 'refs';

/** The files that one run leaves in a record and that the next run of the same order would overwrite. */
export const runFiles: readonly RecordName[] = [
  'verdicts.json',
  'refused.patch',
  'refused',
  'outbox',
  'said.md',
  'state.json',
  'stated',
  'checks.json',
  'held.json',
  'brief.md',
  'transcript.jsonl',
  'run.json',
  'mail',
];

/** The record of an order that is not settled. */
export function activeFolder(places: Places, id: string): string {
  return `${places.active}/${id}`;
}

/** The record of an order that was settled in `month` (yyyy-mm). */
export function archiveFolder(places: Places, id: string, month: string): string {
  return `${places.orders}/${month}/${id}`;
}

/** The record of an order, by its position in the journal: `month` is null until it is settled. */
export function recordFolder(
  places: Places,
  { id, month }: { readonly id: string; readonly month: string | null },
): string {
  return month === null ? activeFolder(places, id) : archiveFolder(places, id, month);
}

/** The folder in which a record keeps the files of an earlier run. `folder` is the record. */
export function runFolder(folder: string, attempt: number): string {
  return `${folder}/runs/${attempt}`;
}

/** A file or folder of a record. `folder` is the record, or the folder of an earlier run in it. */
export function recordFile(folder: string, name: RecordName): string {
  return `${folder}/${name}`;
}

/** The text of the order that an attempt was given. */
export function givenFile(folder: string, attempt: number): string {
  return `${folder}/order-${attempt}.md`;
}

/** The feedback for the attempt after this one. */
export function feedbackFile(folder: string, attempt: number): string {
  return `${folder}/feedback-${attempt}.md`;
}

/** A note for the next brief. `about` says which attempt left it, `kind` what it is about. */
export function noteFile(folder: string, about: number | string, kind: string): string {
  return `${folder}/note-${about}-${kind}.md`;
}

/** The work of an attempt, kept because another role goes on. */
export function routedPatch(folder: string, attempt: number): string {
  return `${folder}/routed-${attempt}.patch`;
}

/** The text of a letter that a run sends. `id` is the id of the order it becomes. */
export function letterFile(folder: string, id: string): string {
  return `${recordFile(folder, 'outbox')}/${id}.md`;
}

/** A file that was handed down with the order, by its workspace path. */
export function refFile(folder: string, path: string): string {
  return `${recordFile(folder, 'refs')}/${path}`;
}

/** The text of a state file that was written, by its SHA-256. */
export function statedFile(folder: string, digest: string): string {
  return `${recordFile(folder, 'stated')}/${digest}`;
}

/** A role's inbox, or the operator's. */
export function inboxFolder(places: Places, role: string): string {
  return `${places.inbox}/${role}`;
}

/** An order that lies posted in a role's inbox. */
export function inboxFile(places: Places, role: string, id: string): string {
  return `${inboxFolder(places, role)}/${id}.md`;
}

/** The report about an order, in the inbox of the order's sender. */
export function reportFile(places: Places, role: string, id: string): string {
  return `${inboxFolder(places, role)}/${id}.report.md`;
}

/** A notice to the operator. */
export function noticeFile(places: Places, name: string): string {
  return `${inboxFolder(places, 'operator')}/${name}.notice.md`;
}
