import { expect, test } from 'vitest';
import { parseSigners, printSigner, signedSince } from '../../../src/platform/git/signers.ts';

const text = [
  '# ours',
  '',
  printSigner('coder@x.example', 'ssh-ed25519 AAAA', '2026-03-04T05:06:07.000Z'),
  'coder@x.example,second@x.example namespaces="git",valid-after="2020 01" sk-ssh-ed25519@openssh.com BBBB a comment',
  '"dana@x.example" ecdsa-sha2-nistp256 CCCC fourline since 2026-01-01T00:00:00.000Z',
  'no key in this line',
].join('\n');

test('lines by fourline and by hand are read; comments and lines without a key are passed over', () => {
  expect(parseSigners(text)).toEqual([
    { principals: ['coder@x.example'], key: 'ssh-ed25519 AAAA', since: '2026-03-04T05:06:07.000Z' },
    { principals: ['coder@x.example', 'second@x.example'], key: 'sk-ssh-ed25519@openssh.com BBBB', since: null },
    { principals: ['dana@x.example'], key: 'ecdsa-sha2-nistp256 CCCC', since: '2026-01-01T00:00:00.000Z' },
  ]);
  expect(parseSigners('')).toEqual([]);
});

test('signatures are asked for since the first line of a role; of a role without a line, since the first of all', () => {
  const lines = parseSigners(text);
  expect(signedSince(lines, 'coder@x.example')).toBe('');
  expect(signedSince(lines.slice(0, 1), 'coder@x.example')).toBe('2026-03-04T05:06:07.000Z');
  expect(signedSince([...lines.slice(0, 1), ...lines.slice(2)], 'writer@x.example')).toBe('2026-01-01T00:00:00.000Z');
  expect(signedSince([], 'coder@x.example')).toBe(null);
});
