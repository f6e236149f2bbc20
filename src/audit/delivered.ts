// Why: a run delivers more than a commit: orders to other roles, and state files. This file checks the record of them
// against the journal.
// Promises: the journal's announcement, the gate's verdicts and the record name the same files with the same texts.
// Never: looks at an inbox or a state file as it is today; both go on changing.
import type { Entry } from '../ledger/entry.ts';
import { digestOf } from '../order/scan.ts';
import { readPlain } from '../platform/files/files.ts';
import type { JudgedRun } from '../record/format.ts';
import { letterFile, recordFile, statedFile } from '../record/path.ts';
import { readStoredText } from '../record/stored.ts';
import type { Name } from './record.ts';
import type { Delivery } from './trail.ts';

type DeliveredPosted = Extract<Entry, { step: 'posted' }>;
type Stated = Extract<Entry, { step: 'stated' }>;

/** The journal's lines about deliveries: posted orders by id, and written state files by run. */
export type Told = {
  readonly posted: ReadonlyMap<string, DeliveredPosted>;
  readonly stated: ReadonlyMap<string, readonly Stated[]>;
};

/** Holds the mail and the state files of one delivery against its verdicts and the record. */
export async function verifyDelivered(
  delivery: Delivery,
  record: JudgedRun | null,
  { posted, stated }: Told,
  folder: string,
  name: Name,
): Promise<void> {
  const { intended } = delivery;
  if (intended === null) return;
  const allowed = (prefix: string): string[] =>
    (record?.verdicts ?? [])
      .filter((one) => one.decision === 'allow' && one.path.startsWith(prefix))
      .map((one) => one.path);
  const { state = [], dropped = [] } = intended;
  if (record !== null) {
    const mail = differenceOf(
      intended.mail.map((one) => one.file),
      allowed('inbox/').filter((path) => !dropped.includes(path)),
    );
    if (mail !== null) name('mail-differs', `its mail is not what its verdicts allow: ${mail}`);
    const files = differenceOf(
      state.map((one) => one.path),
      allowed('state/'),
    );
    // A run that sends its orders ahead lands the rest at another time.
    if (files !== null && intended.behind === undefined)
      name('state-differs', `its state files are not what its verdicts allow: ${files}`);
  }
  for (const letter of intended.mail) await verifyLetter(delivery, letter, posted.get(letter.id), folder, name);
  if (state.length > 0) await verifyState(state, folder, name);
  await verifyStated(stated.get(intended.run) ?? [], state, folder, name);
}

function differenceOf(found: readonly string[], expected: readonly string[]): string | null {
  const odd = [
    ...found.filter((one) => !expected.includes(one)).map((one) => `${one} was not allowed`),
    ...expected.filter((one) => !found.includes(one)).map((one) => `${one} was allowed and is not announced`),
  ];
  return odd.length === 0 ? null : odd.slice(0, 10).join('; ');
}

async function verifyLetter(
  delivery: Delivery,
  letter: { readonly id: string; readonly role: string; readonly file: string },
  posted: DeliveredPosted | undefined,
  folder: string,
  name: Name,
): Promise<void> {
  if (!letter.file.startsWith(`inbox/${letter.role}/`))
    name('mail-differs', `the order ${letter.id} went to ${letter.role} and was written for ${letter.file}`);
  // If a letter could not be delivered, the report names it, and the record has its text all the same.
  if (posted === undefined) return;
  if (posted.from !== delivery.role || posted.parent !== delivery.order || posted.role !== letter.role)
    name(
      'mail-differs',
      `the journal has the order ${letter.id} from ${posted.from} to ${posted.role}, under ${posted.parent ?? 'no order'}`,
    );
  const where = letterFile(folder, letter.id);
  const file = await readPlain(where, 1024 * 1024);
  if (file.kind !== 'text') name('record-missing', `the text of the order ${letter.id} is not in the record`, where);
  else if (digestOf(file.text) !== posted.digest)
    name('mail-differs', `the order ${letter.id} in the record is not the one that was delivered`, where);
}

async function verifyState(
  state: readonly { readonly path: string; readonly digest: string | null }[],
  folder: string,
  name: Name,
): Promise<void> {
  const where = recordFile(folder, 'state.json');
  const file = await readStoredText(folder, 'state.json');
  if (file === null) {
    name('record-missing', 'the state files it landed are not in the record', where);
    return;
  }
  const files = file.reading.kind === 'value' ? file.reading.value.files : [];
  const kept = new Map(files.map((one) => [one.path, one.after]));
  for (const one of state) {
    const after = kept.get(one.path);
    if (after === undefined || (after === null ? null : digestOf(after)) !== one.digest)
      name('state-differs', `${one.path} in the record is not what was about to land`, where);
  }
}

// Checks each version of a state file in the ledger: that landing announced the file, and with that text.
async function verifyStated(
  stated: readonly Stated[],
  announced: readonly { readonly path: string; readonly digest: string | null }[],
  folder: string,
  name: Name,
): Promise<void> {
  for (const { path, digest } of stated) {
    if (!announced.some((one) => one.path === path && one.digest === digest))
      name('state-differs', `${path} was written as something that was not about to land`);
    if (digest === null) continue;
    const where = statedFile(folder, digest);
    const file = await readPlain(where, 16 * 1024 * 1024);
    if (file.kind !== 'text')
      name('record-missing', `the text of ${path} that was written is not in the record`, where);
    else if (digestOf(file.text) !== digest)
      name('state-differs', `${path} in the record is not what was written`, where);
  }
}
