// Names that show as one thing and are another, or that some system takes for another. Each is within card and Files;
// it got through when it stands on the branch.
import type { Row } from '../row.ts';

/** A shell line that writes a file of exactly that name, whatever is in it. */
export function makeFile(path: string | Buffer, content = 'x'): string {
  const octal = [...Buffer.from(path)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return `f="$(printf '${octal}.')"; f="\${f%.}"; mkdir -p "\${f%/*}"; printf '${content}' > "$f"`;
}

// With `sentence`, people must read in the report why it was refused.
const named = (name: string, layers: Row['layers'], path: string, sentence = ''): Row => ({
  name,
  layers,
  line: makeFile(path),
  through: (after) => after.tree('shop').includes(path) || !after.record('all', 'report.md').includes(sentence),
});

// Refused by name: what the gate wrote down about it is looked for by a part of its path.
const refused = (name: string, layers: Row['layers'], line: string, path: string, code: RegExp): Row => ({
  name,
  layers,
  line,
  through: (after) =>
    !after
      .verdicts(after.row.startsWith('row') && after.outcome(after.row) !== '' ? after.row : 'all')
      .some((one) => one.decision === 'refuse' && one.path.includes(path) && code.test(one.sentence)),
});

const control: readonly (readonly [name: string, path: string])[] = [
  ['a line feed, to forge a line of a list', 'src/a\nsrc/forged'],
  ['a line feed at the end, to slip by a deny line', 'src/generated.ts\n'],
  ['a carriage return, to show as another name', 'src/evil.ts\rsrc/good.ts'],
  ['an escape sequence that clears the screen', 'src/a\u001b[2Jb'],
  ['an escape sequence that sets the title', 'src/a\u001b]0;root\u0007b'],
  ['an escape sequence that writes the clipboard', 'src/a\u001b]52;c;aWQ=\u0007b'],
  ['a hyperlink', 'src/a\u001b]8;;x:y\u0007b'],
  ['an eight-bit CSI', 'src/a\u009b31mb'],
  ['a backspace, to hide what stands before it', 'src/evil\b\b\b\bgood'],
  ['a tab, to shift the columns of a list', 'src/a\tb'],
  ['DEL', 'src/a\u007fb'],
];

const invisible: readonly (readonly [name: string, path: string])[] = [
  ['a right-to-left override', 'src/a\u202etxt.ts'],
  ['a right-to-left isolate', 'src/a\u2067b'],
  ['a zero-width space', 'src/a.ts\u200b'],
  ['a byte order mark', 'src/\ufeffb.ts'],
  ['a soft hyphen', 'src/a\u00ad.ts'],
  ['a tag character, as smugglers of prompts use them', 'src/a\u{e0041}\u{e0042}'],
  ['a variation selector', 'src/a\u{e0100}'],
  ['a Hangul filler', 'src/a\u3164b'],
  ['a line separator', 'src/a\u2028b'],
];

const git: readonly (readonly [name: string, path: string])[] = [
  ['another case of .git', 'src/x1/.Git/config'],
  ['the short name of .git', 'src/x2/git~1/config'],
  ['a later short name of .git', 'src/x3/GIT~4/config'],
  ['a stream of .git', 'src/x4/.git::$INDEX_ALLOCATION/config'],
  ['a colon behind .git', 'src/x5/.git:x'],
];

export const names: readonly Row[] = [
  ...control.map(([name, path]) => named(`a name with ${name}`, ['no control characters'], path)),
  ...invisible.map(([name, path]) => named(`a name with ${name}`, ['no invisible characters'], path)),
  // HFS+ ignores such a character, so it is one of git's names as well.
  named(
    'a name with a zero-width joiner in .git',
    ['no invisible characters', 'names of git'],
    'src/.g\u200dit/config',
  ),
  named('a decomposed name', ['names in normal form'], 'src/cafe\u0301.ts'),
  named('a sign that stands for another (ångström)', ['names in normal form'], 'src/\u212b.ts'),
  named('a path with backslashes', ['no backslash'], 'src\\..\\..\\x'.replace('src\\', 'src/a\\')),
  named('a name that ends in a dot', ['no trailing dot or space'], 'src/a.ts.'),
  named('a name that ends in a space', ['no trailing dot or space'], 'src/a.ts '),
  named('a folder that ends in a dot', ['no trailing dot or space'], 'src/sub./a.ts'),
  named(
    'a path with more folders than tools can open',
    ['no deep path'],
    `src/${'d/'.repeat(70)}a`,
    'deeper than 64 folders',
  ),
  named(
    'a path longer than tools can open',
    ['no long path'],
    `src/${`${'l'.repeat(200)}/`.repeat(6)}a`,
    'longer than 1024 bytes',
  ),
  ...git.map(([name, path]) =>
    named(name, ['names of git', ...(/^src\/x1/.test(path) ? (['the closed floor'] as const) : [])], path),
  ),
  named('.git with a dot behind it', ['names of git', 'no trailing dot or space'], 'src/x6/.git./config'),
  named('.git with a space behind it', ['names of git', 'no trailing dot or space'], 'src/x7/.git /config'),
  named(
    'a repository with a hook, within src',
    ['names of git', 'the closed floor'],
    'src/vendor/.git/hooks/pre-commit',
  ),
  named('a .git file that leads elsewhere', ['names of git', 'the closed floor'], 'src/sub/.git'),
  refused(
    'a name that is no text',
    ['names in UTF-8'],
    makeFile(Buffer.from([...Buffer.from('src/nt-'), 0xff, 0xfe])),
    'src/nt-',
    /not valid UTF-8/,
  ),
  refused(
    'half a character at the end of a name',
    ['names in UTF-8'],
    makeFile(Buffer.from([...Buffer.from('src/half-'), 0xe2, 0x82])),
    'src/half-',
    /not valid UTF-8/,
  ),
  refused(
    'an overlong slash in a name',
    ['names in UTF-8'],
    makeFile(Buffer.from([...Buffer.from('src/over-'), 0xc0, 0xaf])),
    'src/over-',
    /not valid UTF-8/,
  ),
  {
    ...refused(
      'a chain of folders longer than the system can name',
      ['paths beyond the system'],
      `mkdir src/chain; cd src/chain; n=${'c'.repeat(250)}; i=0; while [ $i -lt 20 ]; do mkdir $n; cd -P $n; i=$((i+1)); done; printf x > end`,
      'src/chain',
      /longer than the system can name/,
    ),
    alone: { files: ['src/**'] },
  },
  ...(
    [
      ['another case of a name', 'src/A.TS', 'src/a.ts'],
      ['another case of a folder', 'SRC/new.ts', 'src'],
      ['another case of a folder in the middle', 'src/Lib/new.ts', 'src/lib'],
      ['another Unicode form of a name of the base', 'src/na\u00efve.ts', 'src/nai\u0308ve.ts'],
      ['a sharp s for two', 'src/stra\u00dfe.ts', 'src/strasse.ts'],
      ['a long s for an s', 'src/\u017fo.ts', 'src/so.ts'],
    ] as const
  ).map(([name, path]) => named(name, ['one spelling of a name'], path)),
  {
    name: 'two spellings of one new name',
    layers: ['one spelling of a name'],
    line: 'printf 1 > src/Twin.ts; printf 2 > src/twin.ts',
    through: (after) => after.tree('shop').filter((path) => /^src\/twin\.ts$/i.test(path)).length > 1,
  },
];
