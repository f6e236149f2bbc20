import { expect, test } from 'vitest';
import { printProblem } from '../../src/platform/text/problem.ts';
import { showAction } from '../../src/workspace/actions.ts';
import { parseSettings } from '../../src/workspace/settings.ts';

const actionsOf = (yaml: string) => parseSettings(`on:\n  landed: ${yaml}\n`).settings.on.landed;

test.each([
  ['terminal', [{ kind: 'terminal' }]],
  ['https://a.example.com/x', [{ kind: 'webhook', url: 'https://a.example.com/x', as: 'event', seconds: 10 }]],
  ['$HOOK', [{ kind: 'webhook', url: '$HOOK', as: 'event', seconds: 10 }]],
  ['{ webhook: $HOOK, as: slack, seconds: 3 }', [{ kind: 'webhook', url: '$HOOK', as: 'slack', seconds: 3 }]],
  ['{ command: "a | b" }', [{ kind: 'command', argv: ['/bin/sh', '-c', 'a | b'], seconds: 30 }]],
  ['{ command: [a, "b c"], seconds: 2 }', [{ kind: 'command', argv: ['a', 'b c'], seconds: 2 }]],
  [
    '[terminal, { command: a }]',
    [{ kind: 'terminal' }, { kind: 'command', argv: ['/bin/sh', '-c', 'a'], seconds: 30 }],
  ],
  ['[]', []],
])('landed: %s is read', (yaml, actions) => {
  expect(parseSettings(`on:\n  landed: ${yaml}\n`).problems).toEqual([]);
  expect(actionsOf(yaml)).toEqual(actions);
});

test.each([
  [
    'on: { merged: terminal }',
    "unknown key 'merged'",
    'the keys of on: are needs-you, landed, refused, failed, budget, signal, idle',
  ],
  ['on: { landd: terminal }', "unknown key 'landd'", "did you mean 'landed'?"],
  ['on: { landed: terminl }', 'landed: must be terminal', "did you mean 'terminal'?"],
  ['on: { landed: notify }', 'landed: must be terminal', 'on: { needs-you: { command: [notify] } }'],
  ['on: { landed: { comand: x } }', "unknown key 'comand'", "did you mean 'command'?"],
  ['on: { landed: { command: x, webhoook: y } }', "unknown key 'webhoook'", 'the keys of landed: are command, seconds'],
  ['on: { landed: { seconds: 5 } }', 'landed: needs a command: or a webhook:', 'on: {'],
  ['on: { landed: { command: [] } }', 'command: must be a line', 'command: [notify, --now]'],
  ['on: { landed: { command: [a, 1] } }', 'command: must be a line', 'command: [notify, --now]'],
  ['on: { landed: { webhook: ftp://x } }', 'webhook: must be an address', 'webhook: $TEAM_WEBHOOK'],
  ['on: { landed: { webhook: $A, as: slak } }', 'as: must be event, slack or text', "did you mean 'slack'?"],
  ['on: { landed: { webhook: $A, seconds: 0 } }', 'seconds: must be a number above 0, at most 600', 'on: {'],
  ['on: [terminal]', 'on: must give actions by event', 'on: {'],
])('%s is a problem', (yaml, message, hint) => {
  const [problem] = parseSettings(`${yaml}\n`).problems;
  expect(problem?.message).toContain(message);
  expect(problem?.hint).toContain(hint);
});

test('no address is shown beyond its host, in problems and in words', () => {
  const yaml = 'on:\n  landed: { webhook: "https://me:pass@a.example.com/secret?x", as: slak }\n';
  const [problem] = parseSettings(yaml).problems;
  if (problem === undefined) throw new Error('there is no problem');
  const shown = printProblem(problem, 'fourline.yaml', yaml);
  expect(shown).toContain('https://a.example.com/…');
  expect(shown).not.toMatch(/secret|pass/);
  expect(actionsOf('https://me:pass@a.example.com/secret').map(showAction)).toEqual([
    'webhook https://a.example.com/…',
  ]);
  expect(actionsOf('{ command: "curl https://a.example.com/secret -d @-" }').map(showAction)).toEqual([
    'command curl https://a.example.com/… -d @-',
  ]);
});
