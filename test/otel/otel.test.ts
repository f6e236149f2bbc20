// A workspace's work in a real collector, compared with the journal; and collectors that are down, slow or refuse.
import { chmod, cp, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { Entry } from '../../src/ledger/entry.ts';
import { openJournal } from '../../src/ledger/journal.ts';
import { readHistory } from '../../src/ledger/read-history.ts';
import { traceparentOf } from '../../src/ledger/trace.ts';
import { placesOf } from '../../src/places.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { bundledCli } from '../kit/bundle.ts';
import { type CollectedSpan, openCollector } from '../kit/collector.ts';
import { startDaemon } from '../kit/daemon.ts';
import { openEar } from '../kit/ear.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const says = '- shell: echo "$TRACEPARENT" > src/a.ts; echo stray > README.md';
const accepted = ['`grep -q ^00- src/a.ts` finds it', 'nothing else changes', 'it ends in a newline'];

// A lead whose order becomes a plan, a coder whose work is partly refused, and one that fails twice.
async function openPlan(): Promise<Office> {
  const office = await openOffice({
    lead: card(
      letter('coder/fix', order(['src/a.ts'], { accept: accepted, objective: 'A secret aim.' })),
      'send: coder',
    ),
    coder: card(says, writes),
    clumsy: `---\nagent: command\ncommand: [sh, -c, exit 3]\n${writes}\nlimits: { attempts: 2 }\n---\nIt falls.\n`,
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/lead/plan.md', order(['src/a.ts']));
  await office.write('inbox/clumsy/fall.md', order(['src/a.ts']));
  return office;
}

async function journalOf(office: Office): Promise<readonly Entry[]> {
  return (await readHistory(placesOf(office.root, '', ''), true)).steps.all();
}

const millisecondsOf = ({ at }: { readonly at: string }): number => Date.parse(at);

// Each span that the journal's lines promise, as `name run-or-order end`.
function promised(entries: readonly Entry[]): string[] {
  const settled = entries.filter((one) => one.step === 'settled');
  const last = settled.at(-1);
  return entries.flatMap((one) => {
    switch (one.step) {
      case 'ran':
        return [`invoke_agent ${one.role} ${one.run} ${millisecondsOf(one)}`];
      case 'judged':
        return [`gate ${one.run} ${millisecondsOf(one)}`];
      case 'checked':
        return [`checks ${one.run} ${millisecondsOf(one)}`];
      case 'landed':
        return [`landing ${one.run} ${millisecondsOf(one)}`];
      case 'intended':
        return one.commit === null
          ? [`landing ${one.run} ${millisecondsOf(settled.find(({ order }) => order === one.order) ?? one)}`]
          : [];
      case 'settled':
        // The plan's own span ends with the last order of it.
        return one.role === 'lead'
          ? [
              `invoke_workflow lead ${one.order} ${millisecondsOf(settled.filter((end) => end.role !== 'clumsy').at(-1) ?? one)}`,
            ]
          : [`order ${one.role} ${one.order} ${millisecondsOf(one)}`];
      default:
        return last === undefined ? ['nothing ended'] : [];
    }
  });
}

function seen(spans: readonly CollectedSpan[]): string[] {
  return spans.map(
    ({ name, attributes, end }) => `${name} ${attributes['fourline.run'] ?? attributes['fourline.order']} ${end}`,
  );
}

test('a plan is one trace: each span is one of the journal, with its parent; an agent sees its own; again it is the same', async () => {
  const office = await openPlan();
  const collector = await openCollector();
  await office.write('fourline.yaml', `otel: { endpoint: '${collector.url}' }\n`);
  expect((await office.fourline('start', '--once')).code).toBe(4);
  const spans = await collector.spans();
  const entries = await journalOf(office);
  expect(seen(spans).sort()).toEqual(promised(entries).sort());

  const plan = await office.standing('plan');
  const fall = await office.standing('fall');
  const trace = spans.filter(({ attributes }) => attributes['fourline.order'] === plan.id)[0]?.traceId;
  const ofPlan = spans.filter(({ traceId }) => traceId === trace);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);
  expect(ofPlan.filter(({ attributes }) => attributes['fourline.order'] === fall.id)).toEqual([]);

  const named = (name: string, of = ofPlan): CollectedSpan => {
    const found = of.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no span ${name}`);
    return found;
  };
  const root = named('invoke_workflow lead');
  expect(root.parentSpanId).toBe(null);
  expect(named('order coder').parentSpanId).toBe(root.spanId);
  expect(named('invoke_agent lead').parentSpanId).toBe(root.spanId);
  for (const name of ['invoke_agent coder', 'gate', 'checks', 'landing']) {
    const own = spans.filter((one) => one.name === name && one.attributes['fourline.order'] === '0003-fix');
    expect(own.map((one) => one.parentSpanId)).toEqual([named('order coder').spanId]);
  }
  const ran = entries.find((one) => one.step === 'ran' && one.role === 'coder');
  const run = named('invoke_agent coder');
  expect(run.end - run.start).toBe(ran?.step === 'ran' ? ran.milliseconds : null);

  const given = office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  expect(given).toBe(`00-${run.traceId}-${run.spanId}-01`);
  const { history } = await readHistory(placesOf(office.root, '', ''));
  expect(given).toBe(traceparentOf(history, '0003-fix', '0003-fix.1'));

  const failed = spans.filter(({ status }) => status === 'ERROR');
  expect(failed.map(({ name, attributes }) => `${name} ${attributes['error.type']}`).sort()).toEqual([
    'invoke_agent clumsy exit_status',
    'invoke_agent clumsy exit_status',
    'order clumsy failed',
  ]);
  expect(
    named(
      'gate',
      spans.filter(({ attributes }) => attributes['fourline.order'] === '0003-fix'),
    ).attributes,
  ).toMatchObject({
    'fourline.gate.allowed': 1,
    'fourline.gate.refused': 1,
  });
  expect(JSON.stringify(spans)).not.toMatch(/secret|README|grep -q/);

  const again = await office.fourline('otel', '--once', '--endpoint', collector.url);
  expect(again).toMatchObject({ code: 0, out: `${spans.length} spans sent\n` });
  const key = (one: CollectedSpan): string => one.spanId;
  const sorted = (list: readonly CollectedSpan[]) => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  expect(sorted(await collector.spans())).toEqual(sorted(spans));
});

test('tools are told where the stream tells them; contents only where they are asked for', async () => {
  const office = await openOffice({ coder: `---\nagent: claude\n${writes}\n---\nA role.\n` });
  const use = (id: string, name: string, input: object) => ({ type: 'tool_use', id, name, input });
  const lines = [
    {
      type: 'assistant',
      message: {
        id: 'm',
        content: [use('t1', 'Edit', { file_path: 'src/hidden.ts' }), use('t2', 'Bash', { command: 'false' })],
      },
    },
    {
      type: 'user',
      message: { content: [{ type: 'tool_result', tool_use_id: 't2', is_error: true, content: 'exit 1' }] },
    },
    { type: 'assistant', message: { id: 'n', content: [{ type: 'text', text: 'I did it.' }] } },
    { type: 'result', subtype: 'success', is_error: false, num_turns: 2, usage: { input_tokens: 3, output_tokens: 2 } },
  ].map((one) => JSON.stringify(one));
  await office.write('../bin/claude', `#!/bin/sh\necho 2 > src/a.ts\ncat <<'END'\n${lines.join('\n')}\nEND\n`);
  await chmod(`${office.root}/../bin/claude`, 0o755);
  office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { objective: 'A secret aim.' }));
  expect((await office.fourline('start', '--once')).code).toBe(0);

  const collector = await openCollector();
  expect((await office.fourline('otel', '--once', '--endpoint', collector.url)).code).toBe(0);
  const spans = await collector.spans();
  const run = spans.find(({ name }) => name === 'invoke_agent coder');
  const tools = spans.filter(({ name }) => name.startsWith('execute_tool '));
  expect(
    tools.map(({ name, parentSpanId, attributes }) => [name, parentSpanId, attributes['error.type']]).sort(),
  ).toEqual([
    ['execute_tool Bash', run?.spanId, 'tool_error'],
    ['execute_tool Edit', run?.spanId, undefined],
  ]);
  for (const { start, end } of tools) expect(start >= (run?.start ?? 0) - 1000 && end <= (run?.end ?? 0)).toBe(true);
  expect(run?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 3, 'gen_ai.usage.output_tokens': 2 });
  expect(JSON.stringify(spans)).not.toMatch(/secret|hidden|I did it/);

  expect((await office.fourline('otel', '--once', '--content', '--endpoint', collector.url)).code).toBe(0);
  const full = await collector.spans();
  expect(full.map(({ spanId }) => spanId).sort()).toEqual(spans.map(({ spanId }) => spanId).sort());
  const told = full.find(({ name }) => name === 'invoke_agent coder')?.attributes;
  expect(told?.['gen_ai.input.messages']).toContain('A secret aim.');
  expect(JSON.parse(String(told?.['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'I did it.' }] },
  ]);
  expect(JSON.stringify(full)).toContain('src/hidden.ts');
});

type Metric = { readonly name: string; readonly sum?: { readonly dataPoints: readonly { readonly asInt: number }[] } };

test('metrics are sums since the first line, with the headers of the environment; a sum sent again counts nothing twice', async () => {
  const office = await openPlan();
  const ear = await openEar();
  office.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = ear.url;
  office.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'x-key=a%20key';
  office.env['OTEL_SERVICE_NAME'] = 'our-office';
  office.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=test';
  await office.work();
  for (const _ of [1, 2]) expect((await office.fourline('otel', '--once')).code).toBe(0);
  const [first, second] = ear.heard.filter(({ path }) => path === '/v1/metrics');
  expect(first?.body).toBe(second?.body);
  expect(first?.headers['x-key']).toBe('a key');
  expect(first?.body).toContain('our-office');
  expect(first?.body).toContain('deployment.environment.name');
  const { resourceMetrics } = JSON.parse(first?.body ?? '') as {
    resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
  };
  const metrics = resourceMetrics.flatMap((one) => one.scopeMetrics.flatMap((scope) => scope.metrics));
  expect(metrics.map(({ name }) => name).sort()).toEqual([
    'gen_ai.invoke_agent.duration',
    'gen_ai.invoke_workflow.duration',
  ]);
  const times = (await journalOf(office)).map(millisecondsOf);
  expect(first?.body).toContain(`"startTimeUnixNano":"${times[0]}000000"`);
  expect(first?.body).toContain(`"timeUnixNano":"${times.at(-1)}000000"`);
});

test('a collector that breaks first is sent the same again, and gets everything; each is said once', async () => {
  const office = await openPlan();
  const ear = await openEar((number) => (number === 1 ? 500 : 200));
  await office.work();
  const sent = await office.fourline('otel', '--once', '--endpoint', ear.url);
  expect(sent.code).toBe(0);
  expect(sent.err.match(/takes no spans: it answers 500; they wait/g)).toHaveLength(1);
  expect(sent.err).toContain('takes spans again');
  const traces = ear.heard.filter(({ path }) => path === '/v1/traces');
  expect(traces).toHaveLength(2);
  expect(traces[0]?.body).toBe(traces[1]?.body);
});

test('a long journal goes in batches, each span once', async () => {
  const office = await openOffice();
  const journal = await openJournal(`${office.root}/state/journal.jsonl`, 0, systemClock);
  for (let number = 1; number <= 300; number += 1) {
    const of = { order: `${String(number).padStart(4, '0')}-x`, role: 'coder' };
    const asked = { from: 'operator', title: 't', repo: null, files: [], digest: 'd' };
    await journal.append(
      { step: 'posted', ...of, ...asked },
      { step: 'settled', ...of, outcome: 'halted', note: '', month: '2026-03' },
    );
  }
  await journal.close();
  const ear = await openEar();
  const sent = await office.fourline('otel', '--once', '--endpoint', ear.url);
  expect(sent).toMatchObject({ code: 0, out: '300 spans sent\n' });
  const ids = ear.heard.map(({ body }) => [...body.matchAll(/"spanId":"(\w+)"/g)].map(([, id]) => id));
  expect(ids.map((list) => list.length)).toEqual([256, 44]);
  expect(new Set(ids.flat()).size).toBe(300);
});

test('what a collector refuses for good is said as lost', async () => {
  const office = await openPlan();
  const ear = await openEar(() => 400);
  await office.work();
  const sent = await office.fourline('otel', '--once', '--endpoint', ear.url);
  expect(sent).toMatchObject({ code: 1, out: '0 spans sent\n' });
  expect(sent.err).toMatch(/takes no spans: it answers 400; it refuses them for good\n[\s\S]*refused \d+ spans/);
});

test.each<[string, (number: number) => number | null]>([
  ['never answers', () => null],
  ['breaks', () => 500],
])('orders land as ever beside a collector that %s; what was not taken is sent later', async (_, answer) => {
  const office = await openPlan();
  const ear = await openEar(answer);
  office.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = ear.url;
  const worked = await office.fourline('start', '--once');
  expect(worked.code).toBe(4);
  expect((await office.standing('fix')).outcome).toBe('done');
  const since = /fourline otel --once --since (\S+) sends them again/.exec(worked.err)?.[1] ?? 'none';
  const collector = await openCollector();
  expect((await office.fourline('otel', '--once', '--since', since, '--endpoint', collector.url)).code).toBe(0);
  expect(seen(await collector.spans()).sort()).toEqual(promised(await journalOf(office)).sort());
});

test('a wrong address keeps nobody from working', async () => {
  const office = await openPlan();
  office.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'localhost:4317';
  const worked = await office.fourline('start', '--once');
  expect(worked.code).toBe(4);
  expect(worked.err).toContain("otel: nothing is sent: a collector's address must begin with http:// or https://");
  expect(await office.fourline('otel')).toMatchObject({ code: 2 });
});

test('the sidecar sends while the daemon works, and is gone when the daemon is killed', async () => {
  const office = await openPlan();
  const ear = await openEar();
  office.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = ear.url;
  const daemon = await startDaemon(office);
  await daemon.idle(3);
  await ear.until(1);
  daemon.kill('SIGKILL');
  // The sidecar holds its standard error: this settles when both are gone.
  await daemon.ended;
  expect(ear.heard.map(({ body }) => body).join('')).toContain('invoke_workflow lead');
});

test('without the packages it is said what to install, and orders go on', async () => {
  const office = await openPlan();
  const place = `${office.root}/../fourline`;
  await cp(dirname(dirname(await bundledCli())), place, { recursive: true });
  const bare = (...args: string[]) =>
    office.fourlineBy(['sh', '-c', `shift 2; exec "${process.execPath}" "${place}/dist/cli.js" "$@"`, 'sh'], ...args);
  const told = await bare('otel', '--once', '--endpoint', 'http://127.0.0.1:9');
  expect(told.code).toBe(3);
  expect(told.err).toContain('error[otel-missing]');
  expect(told.err).toContain('npm install @opentelemetry/exporter-trace-otlp-http');
  office.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:9';
  const worked = await bare('start', '--once');
  expect(worked.code).toBe(4);
  expect(worked.err).toContain('error[otel-missing]');
  expect((await office.standing('fix')).outcome).toBe('done');
});

test('nobody is told anything who did not ask', async () => {
  const office = await openPlan();
  expect((await office.fourline('start', '--once')).err).not.toContain('otel');
  expect((await office.fourline('otel', '--once')).err).toContain('error[otel-no-endpoint]');
  expect(await readFile(`${office.root}/state/journal.jsonl`, 'utf8')).not.toContain('otel');
});
