// Values that were handed over: which count, and in what disguises they are found.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { credentialsAmong, openGuard } from '../../../src/platform/text/secret.ts';

const value = 'pa55+word/of the "house" ü';
const guard = openGuard(credentialsAmong([{ name: 'HOUSE_KEY', value }]));
const shell = (line: string): string => execFileSync('sh', ['-c', line], { input: value, encoding: 'utf8' });

test.each([
  ['as it stands', `key: ${value};`],
  ['as JSON', JSON.stringify({ deep: [{ key: `x${value}` }] })],
  ['percent-encoded', `https://evil.example/?k=${encodeURIComponent(value)}&x=1`],
  ['percent-encoded in small letters', `?k=${encodeURIComponent(value).replace(/%../g, (one) => one.toLowerCase())}`],
  ['in hexadecimal', Buffer.from(value).toString('hex')],
  ['in capital hexadecimal', Buffer.from(value).toString('hex').toUpperCase()],
  ['by xxd, broken into lines', shell('od -An -v -tx1 | tr -d " "')],
  ['in base64', shell('base64')],
  ['in base64, broken into short lines', shell('base64 -w 9')],
  ['in base64 for URLs', Buffer.from(`${value}??>>`).toString('base64url')],
  ['in base64, one byte behind', Buffer.from(`:${value}`).toString('base64')],
  ['in base64, two bytes behind', Buffer.from(`u:${value}`).toString('base64')],
  ['in base64, in the middle of more', Buffer.from(`{"token":"${value}","more":true}`).toString('base64')],
  ['among bytes that are no text', Buffer.concat([Buffer.from([0, 255, 0]), Buffer.from(value), Buffer.from([254])])],
])('found %s', (_, content) => {
  expect(guard.find(Buffer.from(content))).toEqual(['HOUSE_KEY']);
});

test.each(['', 'pa55', value.slice(1), Buffer.from(value.slice(2)).toString('hex')])('not found: %s', (content) => {
  expect(guard.find(Buffer.from(content))).toEqual([]);
});

test('a text is blotted in every disguise, and names the variable', () => {
  const said = guard.blot(`key=${value} hex=${Buffer.from(value).toString('hex')}`);
  expect(said).toBe('key=(the value of HOUSE_KEY) hex=(the value of HOUSE_KEY)');
});

test.each([
  ['API_TOKEN', 'abcdefgh', true],
  ['API_TOKEN', 'abcdefg', false],
  ['MYSTERY', 'plain-words-only', true],
  ['NODE_ENV', 'production', false],
  ['AWS_REGION', 'eu-central-1', false],
  ['ANTHROPIC_MODEL', 'claude-sonnet-4-5', false],
  ['ANTHROPIC_BASE_URL', 'https://models.corp.example:8443/v1', false],
  ['DATABASE_URL', 'postgres://shop:hunter2hunter2@db/shop', true],
  ['HOOK_URL', 'https://hooks.example/T0001/9a8b7c6d5e4f3a2b1c0d', true],
  ['CALLBACK_URL', 'https://x.example/?token=abc', true],
])('%s=%s counts: %s', (name, text, counts) => {
  expect(openGuard(credentialsAmong([{ name, value: text }])).find(Buffer.from(`x ${text} y`))).toEqual(
    counts ? [name] : [],
  );
});

test('of an address with a password the password counts alone, of a key of several lines each line', () => {
  const given = [
    { name: 'DATABASE_URL', value: 'postgres://shop:hunter2hunter2@db/shop' },
    { name: 'KEY', value: `-----BEGIN KEY-----\n${'Ab1'.repeat(20)}\n-----END KEY-----\n` },
  ];
  const both = openGuard(credentialsAmong(given));
  expect(both.find(Buffer.from('password: hunter2hunter2'))).toEqual(['DATABASE_URL']);
  expect(both.find(Buffer.from(`key = "${'Ab1'.repeat(20)}"`))).toEqual(['KEY']);
});
