// Why: each agent CLI goes through the same cases: a workspace with a sandbox, the real program, a model server of
// ours.
// Promises: the program is the one installed for these tests; nothing of this machine's own sign-in reaches it; what
// the journal says was spent is what the server counted.
// Never: talks to a real model.
import { expect, onTestFinished, test } from 'vitest';
import type { Spent } from '../../src/agent/meter.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';
import { type ModelServer, openModelServer } from './model-server.ts';
import type { Turn } from './script.ts';
import { binOf } from './session.ts';

/** How a CLI is pointed at the model server. */
export type Bench = {
  readonly name: string;
  readonly model: string | null;
  /** The entries of the card's `env:`, for a server at that address. */
  readonly env: (address: string) => Readonly<Record<string, string>>;
  /** The variable that tells its address, where the gateway knows the CLI. */
  readonly base?: string;
  /** The text of the card's `network:`; `model` if absent. */
  readonly network?: string;
  /** Minutes it may be silent before it is tried whether that limit holds: longer than it takes to start. */
  readonly silence?: number;
  /** Variables that are set as well, if its patience would take minutes. */
  readonly impatient?: Readonly<Record<string, string>>;
  /** True where it asks before an edit, and hears at once that it is refused. */
  readonly asks?: boolean;
  /** Variables, or files of the repository, that keep it from asking. */
  readonly deaf?: Parts;
};

/**
 * With `tools: [read, shell]`: tools that it has, tools that it has without that line only, and whether more stay.
 * `silentStart` is true where it says nothing of a server that doesn't start, `dropsTools` where it says nothing of one
 * that ends later: it asks the model again without that tool.
 */
type Kept = {
  readonly kept: readonly string[];
  readonly lost: readonly string[];
  readonly unheld?: boolean;
  readonly silentStart?: boolean;
  readonly dropsTools?: boolean;
};

type Parts = { readonly env?: Readonly<Record<string, string>>; readonly files?: Readonly<Record<string, string>> };

/** `card` are further lines of the card, `beside` further files of the workspace, `host` further variables. */
type PlayParts = Parts & {
  readonly limits?: string;
  readonly gateway?: boolean;
  readonly card?: readonly string[];
  readonly beside?: Readonly<Record<string, string>>;
  readonly host?: Readonly<Record<string, string>>;
};

type Played = {
  readonly office: Office;
  readonly server: ModelServer;
  readonly ran: {
    readonly ending: string;
    readonly walls: string;
    readonly spent: Spent;
    readonly unreached?: unknown;
    readonly unmet?: readonly string[];
  };
};

/** A workspace with an order for the CLI, and a server that plays a script for it. */
async function furnish(
  bench: Bench,
  script: readonly Turn[],
  parts: PlayParts,
): Promise<Pick<Played, 'office' | 'server'>> {
  const folder = binOf(bench.name);
  const server = await openModelServer(script);
  onTestFinished(() => server.close());
  const env = { ...bench.env(`http://127.0.0.1:${server.port}`), ...parts.env };
  const office = await openOffice({ auditor: card('- report: done\n  text: Looked.') });
  Object.assign(office.env, env, parts.host, { PATH: `${folder}:${office.env['PATH'] ?? ''}` });
  await office.write('fourline.yaml', `sandbox: required\nreachable: ['127.0.0.1:${server.port}']\n`);
  // Behind a gateway the address is fourline's to know.
  const named = Object.keys(env).filter((name) => parts.gateway !== true || name !== bench.base);
  const front = [
    `agent: ${bench.name}`,
    ...(bench.model === null ? [] : [`model: ${bench.model}`]),
    ...(parts.gateway === true ? ['gateway: true'] : [`network: ${bench.network ?? 'model'}`]),
    `env: [${named.join(', ')}]`,
    'send: auditor',
    ...(parts.limits === undefined ? [] : [`limits: { ${parts.limits} }`]),
    ...(parts.card ?? []),
    'write: |',
    '  repos/*/src/**',
  ];
  await office.write('roles/coder.md', `---\n${front.join('\n')}\n---\nYou are the coder.\n`);
  for (const [path, text] of Object.entries(parts.beside ?? {})) await office.write(path, text);
  await office.repository('shop', {
    'src/a.ts': '1\n',
    'README.md': 'as it was\n',
    'NOTES.md': 'a note\n',
    ...parts.files,
  });
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { branching: '\n- halt-with-note' }));
  return { office, server };
}

/** Plays a script to the end of `fourline start --once`. */
export async function play(bench: Bench, script: readonly Turn[], parts: PlayParts = {}): Promise<Played> {
  const { office, server } = await furnish(bench, script, parts);
  const ended = await office.fourline('start', '--once');
  const ran = (await office.read('state/journal.jsonl'))
    .split('\n')
    .filter((line) => line.includes('"step":"ran"') && line.includes('"role":"coder"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Played['ran']);
  if (ran.length !== 1) throw new Error(`${ran.length} runs; ${ended.out}${ended.err}`);
  return { office, server, ran: ran[0] as Played['ran'] };
}

function expectCounted({ server, ran }: Played): void {
  expect(ran.spent).toMatchObject(server.counted());
}

const edit: Turn = { do: 'edit', path: 'src/a.ts', before: '1', after: '2' };
const mail = `mkdir -p "$FOURLINE_ROOM/inbox/auditor" && cat > "$FOURLINE_ROOM/inbox/auditor/look.md" <<'END'\n${order(['src/a.ts'], { objective: 'The change is looked at.' })}END`;
const halt = `cat > "$FOURLINE_REPORT" <<'END'\n---\noutcome: halt-with-note\nnote: the value is read elsewhere\n---\nI stopped.\nEND`;

/** An edit, and what it cost. */
export function testEdit(bench: Bench): void {
  test('an edit inside the boundary lands, and what it spent is what the server counted', async () => {
    const played = await play(bench, [
      { ...edit, usage: { fresh: 1200, reread: 300 } },
      { do: 'say', text: 'It says 2 now.', usage: { fresh: 10, reread: 1500, output: 33, reasoning: 7 } },
    ]);
    const { office, server, ran } = played;
    expect(ran.ending).toBe('ended well');
    expect(ran.walls).toContain('bubblewrap');
    expect(ran.unreached).toBe(undefined);
    expect((await office.standing('x')).outcome).toBe('done');
    expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
    expect(await office.record('x', 'report.md')).toContain('It says 2 now.');
    expectCounted(played);
    expect(ran.spent.peak).toBe(1510);
    expect(new Set(server.requests.filter((one) => one.turn !== null).map((one) => one.key))).toEqual(
      new Set(['sk-test-0123456789']),
    );
    expect(await office.record('x', 'transcript.jsonl')).not.toContain('sk-test-0123456789');
  });
}

// A card gives its CLI kinds of tools, a skill and a server.
function testEquipment(bench: Bench, tools: Kept): void {
  test('it has the tools, the skill and the server of its card', async () => {
    const server = `${import.meta.dirname}/docs-server.ts`;
    const { office, server: model } = await play(
      bench,
      [
        { do: 'call', server: 'docs', tool: 'lookup' },
        { do: 'read', path: '/room/brief.md' },
        { do: 'shell', line: 'echo 2 > src/a.ts' },
        { do: 'say', text: 'Done.' },
      ],
      {
        host: { DOCS_TOKEN: 'tok-of-the-docs' },
        card: [
          'tools: [read, shell]',
          'skills: skills/greeting',
          `mcp: { docs: { command: [node, --no-warnings, '${server}'], env: DOCS_TOKEN } }`,
        ],
        beside: {
          'skills/greeting/SKILL.md':
            '---\nname: greeting\ndescription: How people are greeted in Zulu.\n---\nSay it.\n',
        },
      },
    );
    const { outcome, refused } = await office.standing('x');
    expect({ outcome, refused }).toEqual({ outcome: 'done', refused: [] });
    const asked = model.requests.filter((one) => one.turn !== null);
    const said = asked.map((one) => JSON.stringify(one.body)).join('\n');
    expect(said).toContain('the docs say tok-of-the-docs, inside');
    expect(said).toContain('You are coder, on order');
    expect(said).toContain('How people are greeted in Zulu.');
    const names = new Set(asked.flatMap((one) => one.asked?.tools.map((tool) => tool.name) ?? []));
    for (const kept of tools.kept) expect(names).toContain(kept);
    for (const lost of tools.lost) expect(names).not.toContain(lost);
    const ran = (await office.read('state/journal.jsonl')).split('\n').find((line) => line.includes('"step":"ran"'));
    expect(ran?.includes('"unmet":["tools: ')).toBe(tools.unheld ?? false);
  });
}

// A server that ends at once, or while it is called: the run goes on, and its line in the journal names the server.
function testLostServers(bench: Bench, { silentStart, dropsTools }: Kept): void {
  const ends: [string, string, boolean][] = [
    ['--die', 'the run began without it', silentStart !== true],
    ['--die-later', 'its connection was closed', true],
  ];
  test.each(dropsTools === true ? ends.slice(0, 1) : ends)(
    'a server of its card that is gone is named: %s',
    async (flag, words, told) => {
      const command = `[node, --no-warnings, '${import.meta.dirname}/docs-server.ts', '${flag}']`;
      const call: Turn[] = flag === '--die' ? [] : [{ do: 'call', server: 'docs', tool: 'lookup' }];
      const { office, ran } = await play(bench, [...call, edit, { do: 'say', text: 'Done.' }], {
        card: [`mcp: { docs: { command: ${command} } }`],
      });
      expect((await office.standing('x')).outcome).toBe('done');
      expect(ran.unmet ?? []).toEqual(told ? [expect.stringContaining(`mcp: docs: ${words}`)] : []);
    },
  );
}

/** Behind a gateway: no key in the room, and no network. */
export function testGateway(bench: Bench): void {
  test('behind a gateway it works without the key, and without a network', async () => {
    const script: Turn[] = [
      edit,
      { do: 'shell', line: 'env > src/a.ts; cat ~/.*/*.json ~/.*/*.toml >> src/a.ts 2>/dev/null || true' },
      { do: 'say', text: 'Done.' },
    ];
    const { office, server, ran } = await play(bench, script, { gateway: true });
    expect(ran.ending).toBe('ended well');
    expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toContain('FOURLINE_ROOM=');
    expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).not.toContain('sk-test-0123456789');
    expect(new Set(server.requests.filter((one) => one.turn !== null).map((one) => one.key))).toEqual(
      new Set(['sk-test-0123456789']),
    );
  });
}

function testAnswering(bench: Bench): void {
  test('doctor --agents hears it answer, and hears of a refused key', async () => {
    const asked = async (script: readonly Turn[]): Promise<string> => {
      const { office } = await furnish(bench, script, {});
      const { out } = await office.fourline('--json', 'doctor', '--agents');
      const { findings } = JSON.parse(out) as { findings: { what: string; state: string; detail: string }[] };
      const found = findings.find((one) => one.what === 'agent of coder');
      return `${found?.state} ${found?.detail}`;
    };
    expect(await asked([{ do: 'say', text: 'Here.' }])).toMatch(/^ok answers: \S.*, \d+ seconds?/);
    expect(await asked([{ do: 'fail', status: 401 }])).toMatch(/^bad .*it is not signed in: .*in the env: of the card/);
  });
}

function testDeaf(bench: Bench, deaf: Parts): void {
  test('with its hook off the gate holds all the same', async () => {
    const stray: Turn = { do: 'edit', path: 'NOTES.md', before: 'a note', after: 'as I like' };
    const { office, server } = await play(bench, [edit, stray, { do: 'say', text: 'Done.' }], deaf);
    expect((await office.standing('x')).outcome).toBe('done');
    expect(JSON.stringify(server.requests)).not.toContain('not yours: ');
    expect(office.git('repos/shop', 'diff', '--name-only', 'HEAD~1', 'HEAD')).toBe('src/a.ts');
    expect(await office.record('x', 'refused.patch')).toContain('as I like');
  });
}

/** Sends one CLI through all cases. */
export function testAgent(bench: Bench, tools: Kept): void {
  testEdit(bench);

  test('edits outside the boundary, by its edit tool and by its shell, are refused and kept', async () => {
    const { office, server } = await play(bench, [
      edit,
      { do: 'edit', path: 'NOTES.md', before: 'a note', after: 'as I like' },
      { do: 'shell', line: 'echo strayed >> README.md; git commit -qam sneaked || true' },
      { do: 'say', text: 'Done.' },
    ]);
    expect((await office.standing('x')).outcome).toBe('done');
    expect(office.git('repos/shop', 'diff', '--name-only', 'HEAD~1', 'HEAD')).toBe('src/a.ts');
    const patch = await office.record('x', 'refused.patch');
    const early = bench.asks === true;
    expect(JSON.stringify(server.requests).includes('not yours: /room/repos/shop/NOTES.md')).toBe(early);
    expect(patch.includes('as I like')).toBe(!early);
    expect(patch).toContain('strayed');
    expect((await office.standing('x')).refused.length).toBe(early ? 1 : 2);
  });

  testAnswering(bench);

  testEquipment(bench, tools);

  testLostServers(bench, tools);

  if (bench.deaf !== undefined) testDeaf(bench, bench.deaf);

  if (bench.base !== undefined) testGateway(bench);

  test('mail to another role is delivered', async () => {
    const { office } = await play(bench, [edit, { do: 'shell', line: mail }, { do: 'say', text: 'Asked for a look.' }]);
    expect((await office.standing('x')).outcome).toBe('done');
    const look = await office.standing('look');
    expect(look).toMatchObject({ role: 'auditor', from: 'coder', outcome: 'done' });
  });

  test('a halt is carried out, with its note', async () => {
    const { office } = await play(bench, [
      { do: 'shell', line: halt },
      { do: 'say', text: 'I halt.' },
    ]);
    expect(await office.standing('x')).toMatchObject({ outcome: 'halted', note: 'the value is read elsewhere' });
  });

  test('a refused key is named, with what to do', async () => {
    const { office } = await play(bench, [{ do: 'fail', status: 401 }]);
    const { outcome, note } = await office.standing('x');
    expect(outcome).toBe('failed');
    expect(note).toContain('it is not signed in');
    expect(note).toContain('in the env: of the card');
  });

  test('a rate limit is named', async () => {
    const { office } = await play(bench, [{ do: 'fail', status: 429 }], { env: bench.impatient ?? {} });
    // The order waits unspent until its agent may be asked again, and whoever looks is told.
    expect(await office.standing('x')).toMatchObject({ outcome: null, position: 'posted', spent: 0 });
    expect((await office.fourline('status')).out).toMatch(/the usage limit of \w+ is reached; it is tried again at/);
  });

  test('a model that never answers ends at the limit of silence', async () => {
    const { office, server } = await play(bench, [{ do: 'hang' }], { limits: `silence: ${bench.silence ?? 0.25}` });
    expect((await office.standing('x')).note).toContain('limit of silence');
    expect(server.requests.some((one) => one.turn === 0)).toBe(true);
  });

  test('a run over its budget is ended, and what it spent is on record', async () => {
    const played = await play(
      bench,
      [{ do: 'shell', line: 'echo costly', usage: { fresh: 50_000, reread: 0 } }, { do: 'hang' }],
      { limits: 'tokens: 20k' },
    );
    expect((await played.office.standing('x')).note).toContain('limit of tokens');
    expectCounted(played);
  });
}
