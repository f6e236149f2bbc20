import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/agent.ts';
import { nothingSpent, spend } from '../../src/agent/meter.ts';
import { adapters } from '../../src/runs/launch.ts';
import { casesOf, playStream, type Recorded, readerOf, recorded } from '../kit/stream.ts';

const names = adapters.map((one) => one.name);

/** The tokens that the scripted model counted in the recorded edit: three answers. */
const counted = { fresh: 3200, reread: 2500, written: 0, output: 150, reasoning: 60 };

// How each recorded end is named.
const endings: Record<string, Record<string, string | null>> = {
  claude: {
    'as-root': 'agent-failed',
    'context-full': 'context-full',
    edit: null,
    killed: 'agent-failed',
    'model-unknown': 'model-unknown',
    'no-key': 'not-signed-in',
    'rate-limit': 'rate-limited',
    'refused-key': 'not-signed-in',
  },
  codex: {
    'context-full': 'context-full',
    edit: null,
    killed: 'agent-failed',
    'model-unknown': 'model-unknown',
    'no-key': 'not-signed-in',
    'rate-limit': 'rate-limited',
    'refused-key': 'not-signed-in',
  },
  opencode: {
    'context-full': 'context-full',
    edit: null,
    killed: 'agent-failed',
    'model-unknown': 'model-unknown',
    'no-key': 'not-signed-in',
    'rate-limit': 'rate-limited',
    'refused-key': 'not-signed-in',
  },
  gemini: {
    'context-full': 'context-full',
    edit: null,
    killed: 'agent-failed',
    'model-unknown': 'model-unknown',
    'no-key': 'not-signed-in',
    'rate-limit': 'rate-limited',
    'refused-key': 'not-signed-in',
  },
};

describe.each(names)('%s', (name) => {
  test('each recorded end is named', () => {
    const named = casesOf(name).map((one) => [one, playStream(name, recorded(name, one)).failure?.code ?? null]);
    expect(Object.fromEntries(named)).toEqual(endings[name]);
  });

  test('a failure says what it is and what to do, in one line each', () => {
    for (const one of casesOf(name)) {
      const { failure } = playStream(name, recorded(name, one));
      if (failure === null) continue;
      expect(`${one}: ${failure.detail}`).toMatch(/^[\w-]+: \S[^\n]{5,400}$/);
      expect(`${one}: ${failure.hint}`).toMatch(/^[\w-]+: \S[^\n]{10,300}$/);
    }
    expect(playStream(name, recorded(name, 'no-key')).failure?.hint).toContain('in the env: of the card');
  });

  test('an edit, a shell line and a last word are seen in their order', () => {
    const { events } = playStream(name, recorded(name, 'edit'));
    const told = events.flatMap((one) => (one.kind === 'used' ? [`${one.tool} ${one.detail}`] : []));
    expect(told.some((one) => /^(?:edit|replace) \S*src\/a\.ts$/i.test(one))).toBe(true);
    expect(told.at(-1)).toMatch(/^(?:bash|shell|run_shell_command) .*cat src\/a\.ts/i);
    expect(events.filter((one) => one.kind === 'said').at(-1)).toEqual({ kind: 'said', text: 'All done.' });
  });

  test('each answer counts once, also where no sum comes at the end', () => {
    const whole = recorded(name, 'edit');
    // gemini asks a small model which one to take, of which only its sum tells.
    const beside = name === 'gemini' ? { fresh: 10, output: 1 } : { fresh: 0, output: 0 };
    const sum = { ...counted, fresh: counted.fresh + beside.fresh, output: counted.output + beside.output };
    const { events, spent } = playStream(name, whole);
    expect(spent).toMatchObject({ usage: sum, turns: 3, peak: 2500 });
    const answers = events.filter((one) => one.kind === 'answered').reduce<typeof nothingSpent>(spend, nothingSpent);
    expect(answers).toMatchObject({ usage: counted, turns: 3 });
  });

  test('what a killed run spent until then is known', () => {
    const { spent } = playStream(name, recorded(name, 'killed'));
    expect(spent).toMatchObject({ usage: { fresh: 50_000, reread: 500, output: 50, reasoning: 20 }, turns: 1 });
  });

  test('an end that looks good is none without the word that says so', () => {
    const whole = recorded(name, 'edit');
    expect(playStream(name, [{ status: 0 }]).failure).not.toBe(null);
    expect(playStream(name, [...whole.slice(0, -1), { status: 3 }]).failure).not.toBe(null);
    expect(playStream(name, [...whole.slice(0, 2), { status: 0 }]).failure).not.toBe(null);
  });

  test('no line makes it throw, and no number that it tells is wrong', () => {
    const strange = [
      '',
      'no JSON',
      '{',
      '[]',
      'null',
      '{"type":null}',
      '{"__proto__":{"type":"result"}}',
      `${'['.repeat(5000)}`,
      '{"type":"result","usage":{"input_tokens":-1,"output_tokens":"many"}}',
      ...casesOf(name)
        .flatMap((one) => recorded(name, one))
        .flatMap(textOf)
        .flatMap(distort),
    ];
    const reader = readerOf(name);
    const events: AgentEvent[] = [];
    for (const line of strange) events.push(...reader.line(line), ...reader.aside(line));
    events.push(...reader.rest());
    expect(reader.end(null, strange.join('\n'))).not.toBe(undefined);
    for (const event of events)
      if (event.kind === 'answered' || (event.kind === 'summed' && event.usage !== null))
        expect(Object.values(event.usage ?? {}).every((one) => Number.isInteger(one) && one >= 0)).toBe(true);
  });
});

test('what would be tried again for minutes or for ever is ended', () => {
  const ended = names.flatMap((name) =>
    casesOf(name)
      .filter((one) => playStream(name, recorded(name, one)).events.some((event) => event.kind === 'failed'))
      .map((one) => `${name} ${one}`),
  );
  expect(ended).toEqual(['claude refused-key', 'opencode context-full', 'opencode rate-limit', 'gemini rate-limit']);
});

test('codex: a count that is written again is no new answer', () => {
  const stream = recorded('codex', 'killed');
  const again = stream.filter((one) => 'aside' in one && one.aside.includes('"token_count"'));
  expect(again.length).toBeGreaterThan(0);
  expect(playStream('codex', [...again, ...stream]).spent).toMatchObject({ turns: 1, usage: { fresh: 50_000 } });
});

function textOf(one: Recorded): string[] {
  return 'line' in one ? [one.line] : 'aside' in one ? [one.aside] : [];
}

// A line cut short, and with each of its values in turn of another kind.
function distort(line: string): string[] {
  const out = [line, line.slice(0, line.length / 2)];
  if (!line.startsWith('{')) return out;
  const kinds: unknown[] = [null, -1, 1e300, 'text', [], [null], {}, true];
  const count = (JSON.stringify(JSON.parse(line)).match(/":/g) ?? []).length;
  for (let at = 0; at < count; at += 1) {
    let index = 0;
    const value: unknown = JSON.parse(line, (name, one: unknown) => {
      if (name === '' || Number.isInteger(Number(name))) return one;
      index += 1;
      return index - 1 === at ? kinds[at % kinds.length] : one;
    });
    out.push(JSON.stringify(value));
  }
  return out;
}

test('codex: a tool is told when it begins, and once', () => {
  const usedIn = (stream: ReturnType<typeof recorded>): string[] =>
    playStream('codex', stream).events.flatMap((event) => (event.kind === 'used' ? event.tool : []));
  const stream = recorded('codex', 'edit');
  expect(usedIn(stream)).toEqual(['edit', 'shell']);
  const begun = stream.findLastIndex((one) => 'line' in one && one.line.includes('item.started'));
  expect(usedIn(stream.slice(0, begun + 1))).toEqual(['edit', 'shell']);
  // A tool that it only tells at the end is told all the same.
  expect(usedIn(stream.filter((one) => !('line' in one && one.line.includes('item.started'))))).toEqual([
    'edit',
    'shell',
  ]);
});

test('codex: its warning about the argument that trusts our hook is no wait; another one is', () => {
  const warning = (message: string): string =>
    JSON.stringify({ type: 'item.completed', item: { id: 'item_0', type: 'error', message } });
  const { line } = readerOf('codex');
  expect(line(warning('`--dangerously-bypass-hook-trust` is enabled. Enabled hooks may run without review.'))).toEqual(
    [],
  );
  expect(line(warning('Falling back'))).toEqual([{ kind: 'waited', reason: 'Falling back' }]);
});
