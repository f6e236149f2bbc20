// Why: `fourline role import` and `role export` bring cards in from the files of agent CLIs, and out to them.
// Promises: everything that was not carried is printed, key by key.
// Never: replaces a file without --force.
import { resolve } from 'node:path';
import { openFourline } from '../../api.ts';
import { escapeText, shellWord } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

type Remarks = readonly { readonly key: string; readonly text: string }[];

function remarkLines(word: string, remarks: Remarks): string[] {
  return remarks.map(({ key, text }) => escapeText(`  ${word} ${key}: ${text}`));
}

/** Makes cards of agent files. Throws what `importRoles` throws. */
export async function runRoleImport(
  invocation: Invocation,
  files: readonly string[],
  options: { from?: string; as?: string; force?: boolean },
): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const full = files.map((file) => resolve(invocation.directory, file));
  const made = await fourline.importRoles({ ...options, files: full });
  invocation.answer(made, [
    ...made.flatMap(({ path, from, lost, told, kept }) => [
      escapeText(`${path} from ${from}`),
      ...remarkLines('changed', told),
      ...remarkLines('not carried', lost),
      ...(kept === null ? [] : [`  undo: cp ${shellWord(kept)} ${shellWord(`${fourline.root}/${path}`)}`]),
    ]),
    'A card that came in may change nothing yet: its proposals are comments in it.',
    `next: edit ${made[0]?.path ?? 'it'}, then fourline check`,
  ]);
  return exitCodes.ok;
}

/** Writes cards as files of a tool. Throws what `exportRoles` throws. */
export async function runRoleExport(
  invocation: Invocation,
  roles: readonly string[],
  options: { to?: string; out?: string; force?: boolean },
): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const folder = resolve(invocation.directory, options.out ?? '.');
  const made = await fourline.exportRoles({ to: options.to ?? '', roles, folder, force: options.force });
  invocation.answer(made, [
    ...made.flatMap(({ path, lost }) => [escapeText(path), ...remarkLines('not carried', lost)]),
    ...(made.length === 0 ? ['there are no cards'] : []),
  ]);
  return exitCodes.ok;
}
