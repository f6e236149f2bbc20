// A report is believed about what is asked, never about what was done; one that cannot be read is never "done".

import { describe, expect, test } from 'vitest';
import { type Ask, branchingOffers, parseReport } from '../../src/agent/report.ts';
import type { Branch } from '../../src/order/part.ts';

const report = (front: string, body = 'Summary.'): string => `---\n${front}\n---\n\n${body}\n`;

describe('reading', () => {
  test.each<[text: string, ask: Ask]>([
    ['', { kind: 'done', summary: '' }],
    ['All is well.\n\nReally.\n', { kind: 'done', summary: 'All is well.\n\nReally.' }],
    [
      'outcome: halt-with-note\n',
      { kind: 'halt', note: 'outcome: halt-with-note', summary: 'outcome: halt-with-note' },
    ],
    [report('outcome: done'), { kind: 'done', summary: 'Summary.' }],
    [report('note: x'), { kind: 'done', summary: 'Summary.' }],
    [report('outcome: halt-with-note\nnote: no schema'), { kind: 'halt', note: 'no schema', summary: 'Summary.' }],
    [report('outcome: halt-with-note'), { kind: 'halt', note: 'Summary.', summary: 'Summary.' }],
    [
      report('outcome: requeue-with-blocker\nblocker: 0003-x'),
      { kind: 'requeue', blocker: '0003-x', summary: 'Summary.' },
    ],
    [report('outcome: requeue-with-blocker\nnote: n'), { kind: 'requeue', blocker: 'n', summary: 'Summary.' }],
    [report('outcome: requeue-with-blocker'), { kind: 'requeue', blocker: 'Summary.', summary: 'Summary.' }],
    [report('outcome: route-to-qa\nnote: n'), { kind: 'route', role: 'qa', note: 'n', summary: 'Summary.' }],
    [report('outcome: route-to-{qa}'), { kind: 'route', role: 'qa', note: 'Summary.', summary: 'Summary.' }],
    [`\uFEFF${report('outcome: done').replaceAll('\n', '\r\n')}`, { kind: 'done', summary: 'Summary.' }],
  ])('%j is understood', (text, ask) => {
    expect(parseReport(text)).toEqual(ask);
  });

  test.each<[text: string, reason: string]>([
    [report('outcome: finished'), "outcome 'finished' is not known"],
    [report('outcome: Done'), "outcome 'Done' is not known"],
    [report('outcome: route-to-'), 'is not known'],
    [report('outcome: route-to-../x'), 'is not known'],
    [report('outcome: ""'), 'is not known'],
    [report('outcome:'), 'line 2: outcome: must be a text'],
    [report('outcome: [done]'), 'must be a text'],
    [report('note: 7'), 'must be a text'],
    [report('outcome: done\ncommits: abc'), "line 3: unknown key 'commits'"],
    [report('__proto__: done'), "unknown key '__proto__'"],
    [report('outcome: done\noutcome: done'), 'line 3'],
    ['---\noutcome: done\n', 'never closed'],
    ['---js\nmodule.exports = 1\n---\n', 'exactly ---'],
    ['\n---\noutcome: done\n---\n', 'does not begin on line 1'],
    [report('outcome: &a done\nnote: *a'), 'aliases'],
  ])('%j is unreadable, and says why', (text, reason) => {
    const ask = parseReport(text);
    expect(ask.kind).toBe('unreadable');
    if (ask.kind === 'unreadable') expect(ask.reason).toContain(reason);
  });

  test('what is said of it shows no control character of it', () => {
    for (const front of ['outcome: "\\e[2J"', '"\\e[2J": x']) {
      const ask = parseReport(report(front));
      expect(ask.kind === 'unreadable' ? ask.reason : '').toContain('\\u{1b}');
    }
  });
});

describe('Branching', () => {
  const at = { text: '', line: 1, column: 1 };
  const halt: Branch = { ...at, kind: 'halt' };
  const requeue: Branch = { ...at, kind: 'requeue' };
  const route: Branch = { ...at, kind: 'route', role: 'qa' };
  const ask = {
    done: { kind: 'done', summary: '' },
    unreadable: { kind: 'unreadable', reason: '' },
    halt: { kind: 'halt', note: '', summary: '' },
    requeue: { kind: 'requeue', blocker: '', summary: '' },
    qa: { kind: 'route', role: 'qa', note: '', summary: '' },
    ops: { kind: 'route', role: 'ops', note: '', summary: '' },
  } satisfies Record<string, Ask>;

  test.each<[branching: Branch[], offered: Array<keyof typeof ask>]>([
    [[], ['done', 'unreadable']],
    [[halt], ['done', 'unreadable', 'halt']],
    [[requeue], ['done', 'unreadable', 'requeue']],
    [[route], ['done', 'unreadable', 'qa']],
    [
      [halt, requeue, route],
      ['done', 'unreadable', 'halt', 'requeue', 'qa'],
    ],
  ])('what is offered by %# and nothing else may be asked for', (branching, offered) => {
    const names = Object.keys(ask) as Array<keyof typeof ask>;
    expect(names.filter((name) => branchingOffers(branching, ask[name]))).toEqual(offered);
  });
});
