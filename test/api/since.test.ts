// How `--since` of costs, audit and signals is read.
import { describe, expect, test } from 'vitest';
import { timeOf } from '../../src/api/since.ts';
import { foldEntry } from '../../src/ledger/fold.ts';
import { emptyHistory } from '../../src/ledger/history.ts';
import type { Fault } from '../../src/platform/text/fault.ts';
import { openOffice } from '../kit/office.ts';

const now = new Date('2026-03-04T15:30:00.000Z');
const posted = '2026-02-01T08:00:00.000Z';
const history = emptyHistory();
for (const order of ['0007-add-login', '0012-a', '0012-b'])
  foldEntry(history, {
    ...{ v: 1, at: posted, step: 'posted', order, role: 'coder', from: 'operator', title: '', repo: null },
    ...{ files: [], digest: 'd' },
  });

describe('read', () => {
  test.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T10:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01 10:00:30+02:00', '2026-03-01T08:00:30.000Z'],
    ['today', '2026-03-04T00:00:00.000Z'],
    ['Yesterday', '2026-03-03T00:00:00.000Z'],
    ['12h', '2026-03-04T03:30:00.000Z'],
    ['3d', '2026-03-01T15:30:00.000Z'],
    ['0007-add-login', posted],
    ['7', posted],
  ])('%s', (text, time) => {
    expect(timeOf(history, text, now)).toBe(time);
  });
});

describe('refused', () => {
  test.each([
    ['last week', 'usage'],
    ['2026-02-31', 'usage'],
    ['2026-13-01', 'usage'],
    ['2026-03-01T25:00Z', 'usage'],
    ['04.03.2026', 'usage'],
    ['', 'usage'],
    ['0012', 'order-ambiguous'],
  ])('%s', (text, code) => {
    try {
      expect(timeOf(history, text, now)).toBe('refused');
    } catch (error) {
      expect((error as Fault).code).toBe(code);
    }
  });
});

test.each(['costs', 'audit', 'signals'])(
  '%s answers a --since that it can read, and says what it can where it cannot',
  async (command) => {
    const office = await openOffice();
    expect((await office.fourline(command, '--since', 'yesterday')).code).toBe(0);
    const { code, err } = await office.fourline(command, '--since', 'last week');
    expect(code).toBe(2);
    expect(err).toContain("--since 'last week' is neither a time nor an order of this workspace");
    expect(err).toMatch(/help: .*2026-03-04.*yesterday/);
  },
);
