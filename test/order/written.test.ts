// Orders as people and models write them by hand: labels in lists, headings and other spellings, entries as they stand
// in chats and diffs. Nothing is dropped in silence.
import { describe, expect, test } from 'vitest';
import { entryLimits } from '../../src/order/entries.ts';
import { type Order, parseOrder } from '../../src/order/order.ts';

const bullets = ['the total of an empty cart is 0', 'the total of two items is their sum', 'nothing else changes'];

function read(text: string): Order {
  const reading = parseOrder(text);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems, null, 1));
  return reading.order;
}

function problemsOf(text: string): string[] {
  const reading = parseOrder(text);
  return reading.ok
    ? []
    : reading.problems.filter((one) => one.level === 'error').map((one) => `${one.code} ${one.line}`);
}

const list = (indent: string, items: readonly string[]): string => items.map((one) => `${indent}- ${one}\n`).join('');

function written(label: (name: string, at: number, text: string) => string, indent = ''): string {
  const checks = list(indent, bullets);
  return `${label('Objective', 1, 'The total is right.')}\n${label('Acceptance', 2, '')}\n${checks}${label('Files', 3, '')}\n${list(indent, ['src/a.ts'])}${label('Branching', 4, 'halt-with-note')}\n`;
}

describe('labels', () => {
  test.each<[string, string]>([
    ['numbered', written((name, at, text) => `${at}. **${name}:** ${text}`, '   ')],
    ['numbered plain', written((name, at, text) => `${at}. ${name}: ${text}`, '   ')],
    ['numbered inside the emphasis', written((name, at, text) => `**${at}. ${name}:** ${text}`)],
    ['in bullets', written((name, _, text) => `- **${name}:** ${text}`, '  ')],
    ['in plain bullets', written((name, _, text) => `* ${name}: ${text}`, '  ')],
    ['in boxes', written((name, _, text) => `- [ ] **${name}:** ${text}`, '  ')],
    ['indented', written((name, _, text) => `    **${name}:** ${text}`, '    ')],
    ['plain and indented', written((name, _, text) => `  ${name}: ${text}`, '  ')],
    ['headings with text', written((name, _, text) => `## ${name}: ${text}`)],
    ['headings with a dash', written((name, _, text) => (text === '' ? `## ${name}` : `## ${name} — ${text}`))],
    ['numbered headings', written((name, at, text) => `### ${at}. ${name}\n${text}`)],
    ['bold headings', written((name, _, text) => `## **${name}**\n${text}`)],
    ['underlined headings', written((name, _, text) => `${name}\n---------\n\n${text}`)],
    ['a fullwidth colon', written((name, _, text) => `${name}：${text}`)],
    ['a fullwidth colon in bold', written((name, _, text) => `**${name}：** ${text}`)],
    ['all of it bold', written((name, _, text) => (text === '' ? `**${name}:**` : `**${name}: ${text}**`))],
    ['underscores', written((name, _, text) => `__${name}:__ ${text}`)],
    ['italics', written((name, _, text) => `*${name}:* ${text}`)],
    ['criteria', written((name, _, text) => `**${name === 'Acceptance' ? 'Acceptance Criteria' : name}:** ${text}`)],
    ['asides', written((name, _, text) => `**${name} (all there is):** ${text}`)],
    ['a title above', `# Totals\n\n${written((name, _, text) => `## ${name}\n${text}`)}`],
  ])('%s are read as meant', (_name, text) => {
    const order = read(text);
    expect(order.objective.text).toBe('The total is right.');
    expect(order.acceptance.map((one) => one.text)).toEqual(bullets);
    expect(order.files.map((one) => one.text)).toEqual(['src/a.ts']);
    expect(order.branching.map((one) => one.kind)).toEqual(['halt']);
    expect(order.warnings).toEqual([]);
  });

  test('boxes below Acceptance Criteria are bullets', () => {
    const text = written((name, _, text) => `## ${name === 'Acceptance' ? 'Acceptance Criteria' : name}\n${text}`);
    expect(read(text.replaceAll('- ', '- [ ] ')).acceptance.map((one) => one.text)).toEqual(bullets);
  });

  test.each([
    ['a bullet that begins with the word', '- Files: none but these', 4],
    ['a bullet with the word in bold', '- **Files** stay as they are', 4],
    ['a sentence', '- acceptance of the terms is asked for', 4],
  ])('%s is no label', (_name, bullet, count) => {
    const text = written((name, _, text) => `**${name}:** ${text}`).replace('**Files:**', `${bullet}\n**Files:**`);
    expect(read(text).acceptance).toHaveLength(count);
  });

  test('a code fence that is never closed is an error at its line', () => {
    const text = written((name, _, text) => `**${name}:** ${text}`).replace('**Files', '```\n**Files');
    expect(problemsOf(text)).toContain('order-fence-open 6');
  });
});

describe('what belongs to none of the four lines', () => {
  const headed = written((name, _, text) => `## ${name}\n${text}`);
  const bold = written((name, _, text) => `**${name}:** ${text}`);

  test('bullets below a heading that is deeper than the label count', () => {
    const order = read(headed.replace('## Files', '### Must pass\n- `false` is what CI runs\n\n## Files'));
    expect(order.acceptance.map((one) => one.command)).toEqual([null, null, null, 'false']);
    expect(order.headings.map((one) => one.text)).toEqual(['### Must pass']);
    expect(read(headed.replace('## Files', '**Must pass:**\n- `false`\n\n## Files')).acceptance).toHaveLength(4);
  });

  test.each([
    [
      'a heading of the same depth',
      headed.replace('## Files', '## Must pass\n- `false` is what CI runs\n\n## Files'),
      9,
    ],
    ['a heading below a bold label', bold.replace('**Files', '### Must pass\n- `false` is what CI runs\n\n**Files'), 7],
    ['a bold label of its own', bold.replace('**Files', '**Must pass:**\n- `false`\n\n**Files'), 7],
  ])('bullets below %s are refused by line', (_name, text, line) => {
    expect(problemsOf(text)).toEqual([`order-stray-check ${line}`]);
  });

  test('other lines are named, many together', () => {
    const text = bold.replace('**Files', '**Notes:** see\n- docs/x.md\nand more\n\nmore\n\n**Files');
    expect(read(`Please do this.\n${text}`).warnings.map((one) => one.message)).toEqual([
      'line 1 belongs to none of the four lines: the agent reads it, and nothing is held to it',
      'lines 7 to 9 belong to none of the four lines: the agent reads it, and nothing is held to it',
      'line 11 belongs to none of the four lines: the agent reads it, and nothing is held to it',
    ]);
  });

  const pool = [
    '**Objective:** The total is right.',
    '## Objective',
    'The total is right, w1.',
    '**Acceptance:**',
    '## Acceptance Criteria',
    '- the total w2 is 0',
    '- `true` w3',
    '  and w4 besides',
    '1. numbered w5',
    '### Must pass w6',
    '## Other w7',
    '**Notes:** w8',
    '- Files: w9',
    '**Files:**',
    'Files: src/w10.ts, src/w11.ts',
    '- src/w12.ts',
    '- `src/w13.ts`',
    '```',
    'src/w14.ts',
    '~~~',
    '**Branching:** halt-with-note',
    '- requeue-with-blocker w15',
    '- route-to-qa, halt-with-note w16',
    '---',
    '<!-- a comment -->',
    '',
    '> quoted w17',
    '| w18 | w19 |',
  ];

  test('of random lines every one is in the order, in a problem, or named', () => {
    const random = randomOf(11);
    let taken = 0;
    for (let round = 0; round < 60_000; round += 1) {
      const lines = Array.from(
        { length: 7 + Math.floor(random() * 9) },
        () => pool[Math.floor(random() * pool.length)] ?? '',
      );
      // Some are whole orders with something in between, so that many are taken.
      const base =
        round % 2 === 0
          ? ['**Objective:** x', '**Acceptance:**', '- y', '**Files:**', '- src/z.ts', '**Branching:** halt-with-note']
          : [];
      const text = `${base.flatMap((one) => [one, ...(random() < 0.4 ? lines.splice(0, 1) : [])]).join('\n')}\n${base.length > 0 ? '' : lines.join('\n')}`;
      const reading = parseOrder(text);
      if (!reading.ok) continue;
      taken += 1;
      const { order } = reading;
      const inside = [order.objective, ...order.acceptance, ...order.files, ...order.branching, ...order.headings]
        .map((one) => one.text)
        .join('\n');
      const named = new Set(order.warnings.flatMap((one) => linesOf(one)));
      text.split('\n').forEach((line, at) => {
        for (const word of line.match(/\bw\d+\b/g) ?? [])
          expect(inside.includes(word) || named.has(at + 1) ? '' : `${word} of line ${at + 1} is lost:\n${text}`).toBe(
            '',
          );
      });
    }
    expect(taken).toBeGreaterThan(2000);
  });

  function linesOf({ code, line, message }: { code: string; line: number; message: string }): number[] {
    const to = code === 'order-stray' ? Number(/^lines \d+ to (\d+)/.exec(message)?.[1] ?? line) : line;
    return Array.from({ length: to - line + 1 }, (_, at) => line + at);
  }
});

describe('Files entries that can match nothing', () => {
  const withFile = (entry: string): string =>
    written((name, _, text) => `**${name}:** ${text}`).replace('src/a.ts', entry);
  test.each([
    ['src/a.ts:10-20', 'src/a.ts'],
    ['src/a.ts:10', 'src/a.ts'],
    ['src/a.ts:10:5', 'src/a.ts'],
    ['src/b.ts#L10', 'src/b.ts'],
    ['`src/b.ts#L10-L20`', 'src/b.ts'],
    ['[c.ts](src/c.ts)', 'src/c.ts'],
    ['[the cart](./src/c.ts#L3)', 'src/c.ts'],
    ['<src/c.ts>', 'src/c.ts'],
    ['"src/d.ts"', 'src/d.ts'],
    ["'src/d.ts'", 'src/d.ts'],
    ['“src/d.ts”', 'src/d.ts'],
    ['**src/d.ts**', 'src/d.ts'],
    ['src/e.ts;', 'src/e.ts'],
    ['src/e.ts.', 'src/e.ts'],
    ['"src/e.ts:3";', 'src/e.ts'],
    ['src/...', 'src/**'],
    ['src/…', 'src/**'],
    ['src/cart...', 'src/cart*'],
    ['src\\cart\\a.ts', 'src/cart/a.ts'],
  ])('%s is an error with the right spelling', (entry, path) => {
    const reading = parseOrder(withFile(entry));
    expect(reading).toMatchObject({
      ok: false,
      problems: [{ code: 'order-files-spelling', line: 7, hint: `write ${path}` }],
    });
    expect(parseOrder(withFile(path)).ok).toBe(true);
  });

  test.each(['src/v1.2/a', 'src/a:b', 'src/c#', 'src/..a', '.env', 'docs/issue-#12.md', 'a.b.c'])(
    '%s is a path',
    (entry) => {
      expect(read(withFile(entry)).files.map((one) => one.text)).toEqual([entry]);
    },
  );

  test('what was taken before is read again', () => {
    const reading = parseOrder(withFile('src/a.ts:10'), true);
    expect(reading.ok && reading.order.files.map((one) => one.text)).toEqual(['src/a.ts:10']);
  });
});

describe('limits', () => {
  const order = (parts: { bullets?: string; files?: string; objective?: string }): string =>
    `**Objective:** ${parts.objective ?? 'x'}\n**Acceptance:**\n${parts.bullets ?? '- y\n'}**Files:**\n${parts.files ?? '- a.ts\n'}**Branching:** halt-with-note\n`;
  const many = (count: number, line: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => line(at)).join('');
  test.each([
    ['bullets', order({ bullets: many(entryLimits.bullets + 1, (at) => `- y ${at}\n`) }), 'order-acceptance-many 43'],
    ['commands', order({ bullets: many(entryLimits.checks + 1, () => '- `true`\n') }), 'order-acceptance-many 15'],
    ['Files', order({ files: many(entryLimits.files + 1, (at) => `- a${at}.ts\n`) }), 'order-files-many 205'],
    ['characters on a line', order({ objective: 'x'.repeat(5000) }), 'order-line-long 1'],
  ])('too many %s are an error by line', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
    expect(parseOrder(text, true).ok).toBe(true);
  });
});

// mulberry32: the same lines on every machine.
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}
