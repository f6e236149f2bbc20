// Why: people and models write paths as they stand in chats, diffs and editors: with line numbers, as links, in quotes.
// Taken as names they match nothing.
// Promises: pure; says what stands there instead of a path, and how the path alone is spelled.
// Never: changes what was written; who wrote it does.

/** Something that is no path as it stands: in words, and the path that is meant. */
export type Meant = { readonly what: string; readonly path: string };

const forms: readonly (readonly [RegExp, string, string])[] = [
  [/^!?\[[^\]]*\]\(<?([^()<>]+?)>?\)$/, 'a Markdown link', '$1'],
  [/^<([^<>]+)>$/, 'in angle brackets', '$1'],
  [/^(?:"([^"]*)"|'([^']*)'|“([^”]*)”|‘([^’]*)’|«([^»]*)»|„([^“”]*)[“”])$/, 'in quotes', '$1$2$3$4$5$6'],
  [/^(\*\*|__|~~)([^*~].*)\1$/, 'in emphasis', '$2'],
  [/^(.+)#L\d+(?:[-–]L?\d+)?$/, 'a place in a file', '$1'],
  [/^(.+?):\d+(?:[-:–,]\d+)*:?$/, 'a place in a file', '$1'],
  [/^(.+\/)(?:\.{3}|…)$/, 'an abbreviation', '$1**'],
  [/^(.+?)(?:\.{3}|…)$/, 'an abbreviation', '$1*'],
  [/^(.*[^;:.])[;:.]+$/, 'followed by punctuation', '$1'],
  [/^([^\\]+(?:\\[^\\]+)+)$/, 'a path of another system', '$1'],
];

// No path is longer; the expressions need not be fast then.
const textLimit = 1024;

/** Says what a text means that isn't a path as it stands; null when it may be a path. */
export function meantPath(text: string): Meant | null {
  if (text.length > textLimit) return null;
  let path = text;
  let what: string | null = null;
  // A path may stand in several of them: `"src/a.ts:10";`
  for (let round = 0; round < 4; round += 1) {
    const form = forms.find(([expression]) => expression.test(path));
    if (form === undefined) break;
    what ??= form[1];
    path = path.replace(form[0], form[2]).replaceAll('\\', '/').trim();
  }
  return what === null || path === '' ? null : { what, path: path.replace(/^\.\//, '') };
}
