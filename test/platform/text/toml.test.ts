import { expect, test } from 'vitest';
import { readToml } from '../../../src/platform/text/toml.ts';

test('a whole number of 64 bits is read to its last digit, as a text; dates stay dates', () => {
  const reading = readToml(
    'big = 9223372036854775807\nsmall = 7\n[in]\nlist = [-9223372036854775808]\n__proto__ = 1\n',
  );
  expect(JSON.stringify(reading.ok ? reading.fields : [])).toBe(
    '[{"key":"big","value":"9223372036854775807"},{"key":"small","value":7},{"key":"in","value":{"list":["-9223372036854775808"],"__proto__":1}}]',
  );
  const dated = readToml('when = 2026-01-02\n');
  expect(dated.ok && dated.fields[0]?.value).toBeInstanceOf(Date);
});
