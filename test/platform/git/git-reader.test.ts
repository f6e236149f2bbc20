import { expect, test } from 'vitest';
import { joinAnswers } from '../../../src/platform/git/git-reader.ts';

const id = 'a'.repeat(40);
const stream = Buffer.from(`${id} blob 3\none\nHEAD:absent missing\n${id} blob 0\n\n${id} tree 4\n\n\n\n\n\n`);
const told = ['blob one', null, 'blob ', 'tree \n\n\n\n'];

function join(sizes: (at: number) => number, most = told.length): (string | null)[] {
  const answers = joinAnswers();
  const out: (string | null)[] = [];
  for (let at = 0; at < stream.length; at += sizes(at))
    for (const object of answers.take(stream.subarray(at, at + sizes(at)), most - out.length))
      out.push(object === null ? null : `${object.type} ${object.content}`);
  return out;
}

test('answers are the same however the pipe cuts them', () => {
  for (let cut = 1; cut <= stream.length; cut += 1)
    expect([cut, join((at) => (at === 0 ? cut : stream.length - cut || 1))]).toEqual([cut, told]);
  expect(join(() => 1)).toEqual(told);
});

test.each([0, 1, 2, 3])('at most as many answers come as questions are open: %i', (most) => {
  expect(join(() => stream.length, most)).toEqual(told.slice(0, most));
});

test('an answer that was kept back comes with the next chunk', () => {
  const answers = joinAnswers();
  expect(answers.take(stream, 1)).toHaveLength(1);
  expect(answers.take(Buffer.alloc(0), 9)).toHaveLength(3);
});

test('nothing is left of a part that was forgotten', () => {
  const answers = joinAnswers();
  expect(answers.take(Buffer.from(`${id} blob 1000\nx`), 1)).toEqual([]);
  answers.clear();
  expect(answers.take(stream, 1)[0]?.content.toString()).toBe('one');
});

test('a small answer is not held up by a large one before it', () => {
  const answers = joinAnswers();
  expect(answers.take(Buffer.from(`${id} blob 1000\n`), 1)).toEqual([]);
  expect(answers.take(Buffer.alloc(1001), 1)).toHaveLength(1);
  expect(answers.take(Buffer.from('x missing\n'), 1)).toEqual([null]);
});
