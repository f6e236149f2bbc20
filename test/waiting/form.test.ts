// The form asks a person, and reads what they wrote: a doubtful word is no yes.
import { expect, test } from 'vitest';
import {
  askOnceMore,
  composeForm,
  fillForm,
  noteDoubt,
  readDecision,
  readForm,
  unclear,
  writeDecision,
} from '../../src/waiting/form.ts';

const question = {
  id: '0007-x',
  title: 'coder asks',
  text: 'Answer: yes\nAnswer:',
  hints: ['Answer: no'],
  kind: 'approval',
} as const;

test('a form that nobody filled in has no answer, whatever the question says', () => {
  expect(readForm(composeForm(question))).toBeNull();
  expect(readForm('')).toBeNull();
  expect(readForm('no form at all')).toBeNull();
});

test('what is written behind the last Answer: is the answer, on its line or below', () => {
  const form = composeForm(question);
  expect(readForm(`${form.trimEnd()} forty\r\ntwo\r\n`)).toBe('forty\ntwo');
  expect(readForm(`${form}\n\n  yes\n`)).toBe('yes');
  expect(readForm(fillForm(form, ' approve it '))).toBe('approve it');
  expect(readForm(fillForm('', 'yes'))).toBe('yes');
});

const plain: [string, string, string][] = [
  ['approve', 'approved', ''],
  ['Approve.', 'approved', ''],
  ['APPROVED!', 'approved', ''],
  ['"approve"', 'approved', ''],
  ['  yes\n', 'approved', ''],
  ['Approved: fine', 'approved', 'fine'],
  ['approve: I have seen 0008', 'approved', 'I have seen 0008'],
  ['yes, go', 'approved', 'go'],
  ['Yes, go ahead.', 'approved', 'go ahead.'],
  ['yes please', 'approved', 'please'],
  ['yes, looks good to me, thanks', 'approved', 'looks good to me, thanks'],
  [
    'approve\nReason: it is not in my way, but mind the next one',
    'approved',
    'it is not in my way, but mind the next one',
  ],
  ['reject', 'rejected', ''],
  ['Rejected.', 'rejected', ''],
  ['REJECT - no test\nat all', 'rejected', 'no test\nat all'],
  ['reject: it breaks when x is null', 'rejected', 'it breaks when x is null'],
  ['reject it must be three', 'rejected', 'it must be three'],
  ['reject\nReason: ok for you, not for me', 'rejected', 'ok for you, not for me'],
  ['no', 'rejected', ''],
  ['No!', 'rejected', ''],
  ['no: not now', 'rejected', 'not now'],
  ['no, the value is wrong', 'rejected', 'the value is wrong'],
  ['no \u2014 it has no test', 'rejected', 'it has no test'],
];
test.each(plain)('%j is a decision', (text, verdict, note) => {
  expect(readDecision(text)).toEqual({ verdict, note });
});

test.each([
  '',
  'maybe',
  'approval?',
  'not approved',
  'yesterday',
  'notes: approve',
  'ok',
  "don't approve",
  'nope',
  'no objections, go ahead',
  'no objections',
  'No problem!',
  'no, no objections',
  'no: go ahead',
  'no worries, ship it',
  'no issues, approve',
  'no changes needed',
  'no test for a wrong password',
  'no?',
  'yes, but rename it first',
  'yes but not on main',
  'yes, once the test is green',
  'yes if it is tested',
  'yes?',
  'yes and no',
  'yes, after lunch',
  'yes: rename the file',
  'yes, rename it',
  'yes\nbut rename it first',
  'approve, but rename it first',
  'approve after a rename',
  'approve only the first',
  'approve unless it is slow',
  'approve the half of it',
  "approve? I'm unsure",
  "approve it, it doesn't matter",
  'approve, and please add a test',
  'approved except for docs',
  'reject?',
  'reject nothing',
  'reject if the tests fail',
  'reject or approve',
  'rejected unless you rename it',
  'I approve',
  'lgtm',
])('%j is asked again', (text) => {
  expect(readDecision(text)).toBeNull();
});

test('an answer that is asked again stays in the form, quoted, above a new place for one', () => {
  const asked = askOnceMore(
    fillForm(composeForm(question), 'yes, but\nAnswer: approve'),
    'yes, but\nAnswer: approve',
    unclear,
  );
  expect(readForm(asked)).toBeNull();
  expect(asked).toContain('> yes, but\n> Answer: approve\n');
  expect(readForm(asked.replace(/Answer:\n$/, 'Answer: approve\n'))).toBe('approve');
});

test('what the command line says is plain, whatever its reason', () => {
  expect(readDecision(writeDecision('approve', 'but only this once?'))).toEqual({
    verdict: 'approved',
    note: 'but only this once?',
  });
  expect(readDecision(writeDecision('reject', ''))).toEqual({ verdict: 'rejected', note: '' });
});

test('an answer that is not plain stays behind Answer:, below a note that comes once', () => {
  const form = fillForm(composeForm(question), 'yes, but rename it');
  const noted = noteDoubt(form, unclear) ?? '';
  expect(readForm(noted)).toBe('yes, but rename it');
  expect(noted.indexOf(unclear)).toBeLessThan(noted.lastIndexOf('Answer:'));
  expect(noteDoubt(noted, unclear)).toBeNull();
});
