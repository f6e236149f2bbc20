// A report that refuses is never done, in whichever form a model wrote it; one that only speaks of refusing is.
import { describe, expect, test } from 'vitest';
import { parseLastWords, parseReport } from '../../src/agent/report.ts';

const note = 'there is no schema';

describe('a halt is read wherever it stands', () => {
  test.each([
    // In the body, as lines of its own.
    `outcome: halt-with-note\nnote: ${note}\n`,
    `# Report\n\noutcome: halt-with-note\nnote: ${note}\n`,
    `# Report\n\nOutcome: halt-with-note\nNote: ${note}\n`,
    `I looked at all of it.\n\noutcome: halt-with-note\nnote: ${note}\n\nI changed nothing.\n`,
    `- outcome: halt-with-note\n- note: ${note}\n`,
    `* **Outcome:** halt-with-note\n* **Note:** ${note}\n`,
    `**Outcome**: \`halt-with-note\`\n**Note**: ${note}\n`,
    `1. Outcome: halt-with-note\n2. Note: ${note}\n`,
    `> outcome: halt-with-note\n> note: ${note}\n`,
    `    outcome: halt-with-note\n    note: ${note}\n`,
    `outcome = "halt-with-note"\nnote = "${note}"\n`,
    `outcome\uFF1A halt-with-note\nnote\uFF1A ${note}\n`,
    `Final outcome (for now): halt_with_note\nReason: ${note}\n`,
    `The outcome is halt-with-note.\nNote: ${note}\n`,
    `Outcome → halt-with-note\nNote: ${note}\n`,
    `status: halted\nnote: ${note}\n`,
    `Result: blocked\nReason: ${note}\n`,
    `Status: not done\nReason: ${note}\n`,
    `outcome: halt-with-note: ${note}\n`,
    `outcome: halt-with-note — ${note}\n`,
    // In a fence.
    `\`\`\`markdown\n---\noutcome: halt-with-note\nnote: ${note}\n---\n\`\`\`\n`,
    `\`\`\`yaml\noutcome: halt-with-note\nnote: ${note}\n\`\`\`\n`,
    `Here is my report:\n\n\`\`\`\noutcome: halt-with-note\nnote: ${note}\n\`\`\`\n`,
    `~~~\noutcome: halt-with-note\nnote: "${note}"\n~~~\n`,
    // Front matter that is not quite.
    `\n---\noutcome: halt-with-note\nnote: ${note}\n---\n`,
    `---\noutcome: halt-with-note\nnote: ${note}\n`,
    `---\nOutcome: halt-with-note\nNote: ${note}\n---\n`,
    `--- \noutcome: halt-with-note\nnote: ${note}\n---\n`,
    `---\noutcome: halt-with-note\nnote: ${note}\nfiles: []\n---\n`,
    `---\noutcome: Halt-With-Note\nnote: ${note}\n---\n`,
    `---\noutcome: halt\nnote: ${note}\n---\n`,
    `+++\noutcome = "halt-with-note"\nnote = "${note}"\n+++\n`,
    `# Report\n\n---\noutcome: halt-with-note\nnote: ${note}\n---\n`,
    // Below a heading, in a table, as JSON, as XML.
    `## Outcome\n\nhalt-with-note\n\n## Note\n\n${note}\n`,
    `## Outcome: halt-with-note\n\n### Reason\n${note}\n`,
    `Outcome\n=======\nHalted\n\nNote: ${note}\n`.replace('=======\n', ''),
    `| outcome | note |\n| --- | --- |\n| halt-with-note | ${note} |\n`,
    `| outcome | halt-with-note |\n| note | ${note} |\n`.replace('| note |', '| note: |'),
    `{ "outcome": "halt-with-note", "note": "${note}" }\n`,
    `{\n  "outcome": "halt-with-note",\n  "note": "${note}"\n}\n`,
    `{ "summary": "${'I looked at it all. '.repeat(300)}", "outcome": "halt-with-note", "note": "${note}" }\n`,
    `<outcome>halt-with-note</outcome>\n<note>${note}</note>\n`,
    `<!-- outcome: halt-with-note -->\nnote: ${note}\n`,
    // The word alone.
    `halt-with-note: ${note}\n`,
    `# halt-with-note\n\nnote: ${note}\n`,
    `**HALT WITH NOTE** — ${note}\n`,
    `Halt with a note: ${note}\n`,
    `Halted: ${note}\n`,
    `HALT\n\nReason: ${note}\n`,
    `⛔ Halted - ${note}\n`,
    // It says both.
    `---\noutcome: done\n---\n\noutcome: halt-with-note\nnote: ${note}\n`,
    `outcome: done\n\noutcome: halt-with-note\nnote: ${note}\n`,
  ])('%j', (text) => {
    expect(parseReport(text)).toMatchObject({ kind: 'halt', note });
    expect(parseLastWords(text, true)).toMatchObject({ kind: 'halt', note });
  });
});

describe('a halt in a sentence is one', () => {
  test.each([
    'I halt: there is no schema.',
    "I'm halting because there is no schema.",
    'There is no schema, so I am halting here.',
    'I had to halt. There is no schema to go by.',
    'I will halt with a note: there is no schema.',
    'There is no schema; I end with `halt-with-note`.',
    'I could not find a schema, so halt-with-note.',
    'We take the halt-with-note branch, since there is no schema.',
    'I am ending this order as halt-with-note.',
    'Per the Branching line I use halt-with-note: there is no schema.',
    'This order is halted: there is no schema.',
    'There is no schema anywhere. Therefore halting.',
    'There is no schema. → halt-with-note',
    'There is no schema.\n\nMy answer to that: halt-with-note.',
    '---\noutcome: done\n---\nThere is no schema, so I halted with a note.',
  ])('%j', (text) => {
    expect(parseReport(text).kind).toBe('halt');
    expect(parseLastWords(text, true).kind).toBe('halt');
  });
});

describe('other refusals are read as well', () => {
  test.each([
    [
      'outcome: route-to-qa\nnote: it is a test that fails',
      { kind: 'route', role: 'qa', note: 'it is a test that fails' },
    ],
    ['## Outcome\nroute-to-{qa}\n', { kind: 'route', role: 'qa' }],
    ['route-to-qa: it is a test that fails', { kind: 'route', role: 'qa', note: 'it is a test that fails' }],
    ['outcome: requeue-with-blocker\nblocker: 0003-schema', { kind: 'requeue', blocker: '0003-schema' }],
    ['{"outcome": "requeue-with-blocker", "blocker": "0003-schema"}', { kind: 'requeue', blocker: '0003-schema' }],
  ])('%j', (text, ask) => {
    expect(parseReport(text)).toMatchObject(ask);
  });
});

describe('what merely mentions the words is done', () => {
  test.each([
    'The value is 2.',
    'Outcome: the value is 2 now.',
    '## Outcome\n\nThe value is 2, all three bullets hold.',
    'Status: done. No need to halt.',
    'outcome: done\nnote: nothing was left open',
    'I did not halt: the schema was there.',
    'There was no need for halt-with-note.',
    'I finished without halt-with-note.',
    'Done, rather than halt-with-note, since the schema was there after all.',
    'Added a test for `halt-with-note`.',
    'The parser handles halt-with-note, requeue-with-blocker and route-to-qa.',
    'parseReport now reads the `halt-with-note` form below a heading.',
    'The server halts on SIGTERM now.',
    'Halt handling is fixed, and the emergency stop halts the machine.',
    '- Result: halted orders are shown in red',
    '- Status: blocked users see a message',
    'I halted the test server when I was done.',
    'Renamed the constant to halt-with-note.',
    'Branching: halt-with-note',
    '> Branching: halt-with-note; requeue-with-blocker',
    'If the schema is missing the script stops; asphalt-with-note is a street.',
    'Refuse legally by a report whose front matter says `outcome: halt-with-note` and `note: <why>`.',
  ])('%j', (text) => {
    expect(parseReport(text).kind).toBe('done');
    expect(parseLastWords(text, true).kind).toBe('done');
  });

  test.each([
    ['running: I halt: yes\nI am halting because 3 tests said so', 'done'],
    ['status: halted\nResult: blocked\nHalted: 3 machines', 'done'],
    ['3 tests\noutcome: halt-with-note\nnote: no schema', 'halt'],
    ['halt-with-note: no schema', 'halt'],
  ])('of what a program prints only an outcome counts: %j', (text, kind) => {
    expect(parseLastWords(text, false).kind).toBe(kind);
  });

  test("a reviewer's word stands beside talk of a halt, not beside a second outcome", () => {
    const review = (body: string) => parseReport(`---\noutcome: approve\n---\n${body}\n`);
    expect(review('The coder says: I halt here.')).toMatchObject({ kind: 'verdict', verdict: 'approved' });
    expect(review('outcome: halt-with-note')).toMatchObject({ kind: 'unreadable' });
  });
});

test('a report of the largest size is read at once, whatever it is made of', () => {
  const size = 256 * 1024;
  for (const piece of [
    ' ',
    'rename ',
    '"a":',
    'I am ',
    'the ',
    '- ',
    '\n',
    'not to ',
    '.\n',
    '#',
    'halt-with-note and ',
  ])
    expect(parseReport(piece.repeat(size / piece.length)).kind).not.toBe('unreadable');
});
