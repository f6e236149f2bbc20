// Why: each step of a flow is a run of its own: the real program reads what was handed down, and its last words are
// handed down.
// Promises: the flow is the one that comes with fourline, the roles are made from its templates, and the model's turns
// are chosen by the order that a conversation is about.
// Never: talks to a real model.
import { expect, onTestFinished, test } from 'vitest';
import { openOffice } from '../kit/office.ts';
import type { Bench } from './bench.ts';
import { openModelServer } from './model-server.ts';
import type { Turn } from './script.ts';
import { binOf } from './session.ts';

const marked = "test('none', { todo: true }, () => assert.equal(mean([]), 0));";
const plain = "test('none', () => assert.equal(mean([]), 0));";
const wrong = 'export const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;';
const right = wrong.replace('all.length', '(all.length || 1)');
const files = {
  'src/mean.js': `${wrong}\n`,
  'test/mean.test.js':
    "import assert from 'node:assert';\nimport { test } from 'node:test';\nimport { mean } from '../src/mean.js';\n",
};
const handed = (name: string): Turn => ({ do: 'read', path: `/room/refs/state/handed/bug-1/${name}` });
const write = (text: string): Turn => ({ do: 'shell', line: `cat > "$FOURLINE_REPORT" <<'END'\n${text}\nEND` });

// The model's acts at each step. The first step leaves its report in its last words, the others in the file for it.
const turns: Readonly<Record<string, readonly Turn[]>> = {
  reproduce: [
    { do: 'shell', line: `cat >> test/mean.test.js <<'END'\n${marked}\nEND` },
    { do: 'shell', line: 'node --test 2>&1 | grep AssertionError' },
    { do: 'say', text: '## Test\nnone, in test/mean.test.js\n\n## Printed\nNaN == 0\n\n## Cause\nsrc/mean.js:1\n' },
  ],
  mend: [
    handed('reproduce.md'),
    { do: 'edit', path: 'test/mean.test.js', before: marked, after: plain },
    { do: 'edit', path: 'src/mean.js', before: wrong, after: right },
    write('## Changed\nsrc/mean.js\n\n## Seen\nNowhere else.'),
    { do: 'say', text: 'Mended.' },
  ],
  review: [
    handed('reproduce.md'),
    handed('mend.patch'),
    write('## Findings\nNone.\n\n## Tried\nThe mend taken back.'),
    { do: 'say', text: 'Read.' },
  ],
};

// A conversation begins with the brief, which names its order.
const brief: Turn = { do: 'read', path: '/room/brief.md' };
const stepOf = (request: string): string => /on order \d{4}-bug-1-(\w+)/.exec(request)?.[1] ?? '';

/** Sends one CLI through the flow `bug`, from its first order to its last report. */
export function testFlow(bench: Bench): void {
  test('the flow bug runs to its end; each step reads what the one before handed down', async () => {
    const server = await openModelServer((request) => [brief, ...(turns[stepOf(request)] ?? [])]);
    onTestFinished(() => server.close());
    const env = bench.env(`http://127.0.0.1:${server.port}`);
    const front = [
      `agent: ${bench.name}`,
      ...(bench.model === null ? [] : [`model: ${bench.model}`]),
      `network: ${bench.network ?? 'model'}`,
      `env: [${Object.keys(env).join(', ')}]`,
    ];
    const office = await openOffice({ coder: `---\n${front.join('\n')}\n---\nYou are the coder.\n` });
    Object.assign(office.env, env, { PATH: `${binOf(bench.name)}:${office.env['PATH'] ?? ''}` });
    await office.write('fourline.yaml', `sandbox: required\nreachable: ['127.0.0.1:${server.port}']\n`);
    await office.repository('shop', files);
    const values = ['goal=The mean of nothing is NaN.', 'test=node --test'];
    expect(await office.fourline('flow', 'run', 'bug', '--roles', ...values)).toMatchObject({ code: 0, err: '' });
    const { out, err } = await office.fourline('start', '--once');
    expect((await office.fourline('flow', 'show', 'bug-1')).out, `${out}${err}`).toContain('bug-1 is done');
    expect(office.git('repos/shop', 'show', 'HEAD:test/mean.test.js')).toContain(plain);
    expect(office.git('repos/shop', 'show', 'HEAD:src/mean.js')).toBe(right);
    const heard = (step: string): string =>
      JSON.stringify(server.requests.map(({ body }) => body).filter((body) => stepOf(JSON.stringify(body)) === step));
    expect(heard('mend')).toContain('NaN == 0');
    expect(heard('review')).toContain('NaN == 0');
    expect(heard('review')).toContain('+export const mean = (all) =>');
    expect(await office.record('bug-1-review', 'report.md')).toContain('> The mend taken back.');
    expect(await office.list('roles')).toEqual(['coder.md']);
  });
}
