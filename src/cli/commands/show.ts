// Why: `fourline show` is one order, whole: what was asked and how it went. On demand it shows what landed, what was
// refused, what was said.
// Promises: escapes everything it prints to a person, and quotes what an order says. --refused and --diff print patches
// to the byte, for `git apply`, and nothing else on standard output.
// Never: changes anything.
import { type OrderDetails, openFourline, type Patches, waitWords } from '../../api.ts';
import { Fault } from '../../platform/text/fault.ts';
import { escapeLines, escapeText, quoteLines } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** The parts of the order to show; without any of them, the summary. */
export type ShowOptions = {
  readonly diff?: boolean;
  readonly refused?: boolean;
  readonly log?: boolean;
  /** With `log`: as it was printed, not as a conversation. */
  readonly raw?: boolean;
  readonly brief?: boolean;
};

/**
 * Shows one order. Exit 1 when the parts that were asked for don't exist. Throws Fault `usage`, `order-unknown`,
 * `order-ambiguous`.
 */
export async function runShow(invocation: Invocation, prefix: string, options: ShowOptions): Promise<number> {
  if (options.raw === true && options.log !== true)
    throw new Fault('usage', '--raw goes with --log', { hint: `fourline show ${prefix} --log --raw` });
  const fourline = await openFourline(invocation.directory, invocation);
  const order = await fourline.order(prefix, {
    patches: options.diff === true || options.refused === true,
    ...(options.log === true ? { log: options.raw === true ? 'raw' : 'turns' } : {}),
    brief: options.brief === true,
  });
  const { patches, log, brief } = order;
  if (options.diff === true && patches !== undefined) return showLanded(invocation, patches.landed);
  if (options.refused === true && patches !== undefined) return showRefused(invocation, order, patches.refused);
  if (brief !== undefined) return print(invocation, brief, 'it was not briefed yet');
  if (log !== undefined)
    return print(
      invocation,
      log,
      'it printed nothing',
      log.turns.length === 0
        ? []
        : [`next: fourline show ${order.id} --brief (what it was told), fourline show ${order.id} --log --raw`],
    );
  invocation.answer(order, showLines(order));
  return exitCodes.ok;
}

function showLines(order: OrderDetails): string[] {
  const { id, text, report, doubts, steps, parent, pull, undoes } = order;
  return [
    `${id}  ${order.role}  ${order.outcome ?? order.position}  from ${order.from}${parent === null ? '' : `, part of ${parent}`}`,
    ...(order.waits === null ? [] : [`waits ${escapeText(waitWords(order.waits))}`]),
    ...(undoes === null ? [] : [`undoes ${undoes}`]),
    ...undoneLines(order),
    ...(pull === null ? [] : [`pull request ${pull.number}, ${pull.state}: ${escapeText(pull.url)}`]),
    ...order.refs.map((one) => `handed down: ${escapeText(one)}`),
    ...order.contract.map(
      ({ path, owner, plan }) =>
        `pinned by ${plan}: ${escapeText(path)}${owner === null ? '' : `, for ${owner} alone`}`,
    ),
    ...steps.flatMap((one) =>
      one.step === 'flagged' ? [`in no child order (${one.run}): ${escapeText(one.missing.join(', '))}`] : [],
    ),
    ...doubts.map((one) => `doubtful, line ${one.line}: ${escapeText(one.message)}`),
    '',
    ...(text === null ? ['its text is gone'] : quoteLines(text)),
    ...(report === null ? [] : ['', '─── report', escapeLines(report.replace(/^---\n[\s\S]*?\n---\n/, '').trim())]),
    '',
    `record: ${order.folder}`,
    `next: fourline why ${id}, fourline show ${id} --diff | --refused | --log | --brief`,
    ...(canUndo(order) ? [`undo: fourline undo ${id}`] : []),
  ];
}

// Which undo took it back; an undo may itself have been undone.
function undoneLines({ undoneBy, undone }: OrderDetails): string[] {
  if (undoneBy === null) return [];
  return [`undone by ${undoneBy}${undone ? '' : ', which was itself undone: it is in force'}`];
}

function canUndo({ position, landed, undone }: OrderDetails): boolean {
  return position === 'settled' && landed.length > 0 && !undone;
}

function print(
  invocation: Invocation,
  data: { readonly text: string | null },
  otherwise: string,
  more: readonly string[] = [],
): number {
  const { text } = data;
  if (text === null || text === '') {
    invocation.answer({ ...data, text: null }, []);
    invocation.log.say(otherwise);
    return exitCodes.no;
  }
  invocation.answer(data, [text.replace(/\n$/, ''), ...more]);
  return exitCodes.ok;
}

function showLanded(invocation: Invocation, landed: Patches['landed']): number {
  if (landed.base64 === null) return print(invocation, landed, 'nothing of it landed in a repository');
  // Quoted and above the patch, so that what is no patch is passed over by `git apply`.
  const orders = landed.orders.flatMap(({ told: { title, lines } }) => [
    `> ${escapeText(title)}`,
    '>',
    ...quoteLines(lines.join('\n')),
    '',
  ]);
  const head = Buffer.from(orders.map((line) => `${line}\n`).join(''));
  invocation.answerBytes(landed, Buffer.concat([head, Buffer.from(landed.base64, 'base64')]));
  return exitCodes.ok;
}

// Standard output is the patch alone, so that it stays one; without a patch it is the list of what is kept.
function showRefused(invocation: Invocation, order: OrderDetails, refused: Patches['refused']): number {
  const { base64, kept } = refused;
  const folder = `${order.folder}/refused`;
  const lines = [
    `kept${base64 === null ? '' : ' besides'}, as no patch can hold it, in ${escapeText(folder)}:`,
    ...tableOf(
      kept.map((one) => [
        `  ${one.file === null ? '(no content)' : one.file.slice(folder.length + 1)}`,
        one.what,
        one.path,
        one.reason,
      ]),
    ),
  ];
  if (base64 !== null) {
    invocation.answerBytes(refused, Buffer.from(base64, 'base64'));
    if (kept.length > 0) for (const line of lines) invocation.log.say(line);
    return exitCodes.ok;
  }
  invocation.answer(refused, kept.length > 0 ? lines : []);
  if (kept.length > 0) return exitCodes.ok;
  invocation.log.say('nothing was refused');
  return exitCodes.no;
}
