// A person edits a card in a terminal; the editor is a script that does what the person would do.
import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, type Office, openOffice } from '../kit/office.ts';
import { inTerminal } from '../kit/terminal.ts';

const idle = '- report: done\n  text: It is done.';
const writes = (glob: string): string => card(idle, `write: |\n  ${glob}`);
const begin = writes('repos/*/src/**');

/** An office with an editor that takes the lines of `edits`, one for each time it is opened. */
async function officeWith(...edits: readonly string[]): Promise<Office> {
  const office = await openOffice({ coder: begin, tester: writes('repos/*/test/**') });
  await office.repository('shop', { 'src/a.ts': '1\n', 'test/a.ts': '1\n' });
  const lines = edits.map((edit, at) => `${at + 1}) ${edit} ;;`).join('\n');
  const script = `#!/bin/sh\ncount=$(cat "$0.count" 2>/dev/null || echo 0); count=$((count + 1)); echo $count > "$0.count"\ncase $count in\n${lines}\nesac\n`;
  await office.write('editor', script);
  await chmod(`${office.root}/editor`, 0o755);
  office.env['EDITOR'] = `${office.root}/editor`;
  delete office.env['VISUAL'];
  return office;
}

const swap = (from: string, to: string): string => `sed -i 's#${from}#${to}#' "$1"`;
const drafts = async (office: Office): Promise<string[]> =>
  (await readdir(`${office.root}/roles`)).filter((name) => name.includes('.draft.'));

test('a good edit is put in its place, with what it gains, loses and shares; its undo brings the card back', async () => {
  const office = await officeWith(swap('/src/', '/test/'));
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  expect(await terminal.ended).toBe(0);
  const text = terminal.text();
  expect(text).toContain('-   repos/*/src/**');
  expect(text).toContain('gains 1 file\r\n  repos/shop/test/a.ts\r\nloses 1 file\r\n  repos/shop/src/a.ts');
  expect(text).toContain('shares 1 file with tester\r\n  repos/shop/test/a.ts');
  expect(await office.read('roles/coder.md')).toBe(writes('repos/*/test/**'));
  expect(await drafts(office)).toEqual([]);
  const kept = /undo: cp (\S+) /.exec(text)?.[1] ?? '';
  expect(await readFile(kept, 'utf8')).toBe(begin);
});

test('a text that does not check never becomes the card: it is edited again, kept, and taken up again', async () => {
  const office = await officeWith(swap('write:', 'wirte:'), swap('/src/', '/lib/'), swap('wirte:', 'write:'));
  const first = inTerminal(office, 'role', 'edit', 'coder');
  await first.until('did you mean');
  await first.until('[d]rop it? ');
  first.press('e\n');
  await first.until(/rop it\? [\s\S]*rop it\? /);
  first.press('k\n');
  expect(await first.ended).toBe(1);
  expect(await office.read('roles/coder.md')).toBe(begin);
  const [draft = ''] = await drafts(office);
  expect(await office.read(`roles/${draft}`)).toBe(begin.replace('write:', 'wirte:').replace('/src/', '/lib/'));
  expect((await office.fourline('check')).out).not.toContain('draft');
  const second = inTerminal(office, 'role', 'edit', 'coder');
  await second.until('[g]o on with it');
  second.press('g\n');
  expect(await second.ended).toBe(0);
  expect(await office.read('roles/coder.md')).toBe(writes('repos/*/lib/**'));
  expect(await drafts(office)).toEqual([]);
});

test('a card that somebody changed meanwhile stays, until the person has seen that and says so', async () => {
  const theirs = `sed -i 's#src#theirs#' "$(dirname "$1")/coder.md"`;
  const office = await officeWith(`${swap('src', 'mine')}; ${theirs}`);
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  await terminal.until('was changed meanwhile');
  await terminal.until('[d]rop yours? ');
  expect(terminal.text()).toContain('+   repos/*/theirs/**');
  expect(await office.read('roles/coder.md')).toBe(writes('repos/*/theirs/**'));
  terminal.press('p\n');
  expect(await terminal.ended).toBe(0);
  expect(await office.read('roles/coder.md')).toBe(writes('repos/*/mine/**'));
});

test('a card that somebody removed meanwhile stays removed, and the text is kept', async () => {
  const office = await officeWith(`${swap('src', 'mine')}; rm "$(dirname "$1")/coder.md"`);
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  expect(await terminal.ended).toBe(2);
  expect(terminal.text()).toContain('the text is kept in');
  const [draft = ''] = await drafts(office);
  expect(await office.read(`roles/${draft}`)).toBe(writes('repos/*/mine/**'));
});

test('two people edit at once: each is told, and whoever saves last is asked', async () => {
  const wait = 'while [ ! -e "$0.go" ]; do sleep 0.1; done';
  const office = await officeWith(`${swap('src', 'slow')}; echo it began; ${wait}`, swap('src', 'quick'));
  const slow = inTerminal(office, 'role', 'edit', 'coder');
  await slow.until('it began');
  const quick = inTerminal(office, 'role', 'edit', 'coder');
  expect(await quick.ended).toBe(0);
  expect(quick.text()).toContain('somebody is editing coder as well');
  await office.write('editor.go', '');
  await slow.until('[d]rop yours? ');
  slow.press('d\n');
  expect(await slow.ended).toBe(1);
  expect(await office.read('roles/coder.md')).toBe(writes('repos/*/quick/**'));
  expect(await drafts(office)).toEqual([]);
});

test.each([
  ['an editor that changes nothing', 'true', 0, 'is as it was'],
  ['an editor that is not there', 'no-such-editor "$1"', 1, 'the editor ended with status 127'],
  ['an editor that removes the copy', 'rm "$1"', 0, 'is as it was'],
])('%s leaves the card alone', async (_, edit, code, words) => {
  const office = await officeWith(edit);
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  expect([await terminal.ended, terminal.text().includes(words)]).toEqual([code, true]);
  expect(await office.read('roles/coder.md')).toBe(begin);
  expect(await drafts(office)).toEqual([]);
});

test.each([
  ['a link', 'ln -sf /etc/passwd "$1"', 'it is a symbolic link'],
  ['a folder', 'rm "$1"; mkdir "$1"; touch "$1/x"', 'it is a folder'],
])('an editor that leaves %s in the place of the copy is told, and that can be dropped', async (_, edit, words) => {
  const office = await officeWith(edit);
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  await terminal.until(words);
  await terminal.until('[d]rop it? ');
  terminal.press('d\n');
  expect(await terminal.ended).toBe(1);
  expect(await office.read('roles/coder.md')).toBe(begin);
  expect(await drafts(office)).toEqual([]);
});

test('an editor that fails asks before anything counts; the end of the input keeps the text', async () => {
  const office = await officeWith(`${swap('src', 'mine')}; exit 3`);
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  await terminal.until('the editor ended with status 3');
  await terminal.until('[d]rop it? ');
  terminal.press('\u0004');
  expect(await terminal.ended).toBe(1);
  expect(await office.read('roles/coder.md')).toBe(begin);
  expect((await drafts(office)).length).toBe(1);
});

test('without a terminal, an editor or a card it says what to do', async () => {
  const office = await officeWith();
  const { code, err } = await office.fourline('role', 'edit', 'coder');
  expect([code, err.includes('there is no terminal to edit at')]).toEqual([2, true]);
  expect((await office.fourline('role', 'edit', 'nobody-here')).err).toContain('fourline role new makes one');
  office.env['EDITOR'] = '';
  const terminal = inTerminal(office, 'role', 'edit', 'coder');
  expect(await terminal.ended).toBe(2);
  expect(terminal.text()).toContain('EDITOR=nano fourline role edit coder');
  await rm(`${office.root}/editor`);
});
