// What a person is asked, and what they wrote: a doubtful word is no yes.
import { expect, test } from 'vitest';
import { composeForm, fillForm, readDecision, readForm } from '../src/steps/form.ts';

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

test.each([
  ['approve', 'approved', ''],
  ['Approved: fine', 'approved', 'fine'],
  ['yes, go', 'approved', 'go'],
  ['reject', 'rejected', ''],
  ['REJECT - no test\nat all', 'rejected', 'no test\nat all'],
  ['no: not now', 'rejected', 'not now'],
])('%j is a decision', (text, verdict, note) => {
  expect(readDecision(text)).toEqual({ verdict, note });
});

test.each(['', 'maybe', 'approval?', 'not approved', 'yesterday', 'notes: approve', 'ok', "don't approve", 'nope'])(
  '%j is none',
  (text) => {
    expect(readDecision(text)).toBeNull();
  },
);
