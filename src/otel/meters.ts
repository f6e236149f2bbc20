// Why: metrics of the whole journal, by the names of the convention that spans.ts is stamped with.
// Promises: pure, a fold over spans. All are cumulative since the journal's first line, so that to send them again, or
// after a restart, counts nothing twice.
// Never: counts what no span tells.
import type { Attributes, Span } from './spans.ts';

/** A metric's points: a sum of integers, or a histogram. */
export type Meter = {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
} & (
  | { readonly kind: 'sum'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly count: number;
      readonly sum: number;
      readonly min: number;
      readonly max: number;
      /** How many values lie up to each bound, and above the last. */
      readonly counts: readonly number[];
    }
);

/** The bounds of durations, in seconds. Runs take seconds to hours. */
export const bounds = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400] as const;

/** Meters by their name and attributes. */
export type Meters = Map<string, Meter>;

// Attributes of a span that its duration is told by; others have too many values.
const durations: Readonly<Record<string, { readonly name: string; readonly by: readonly string[] }>> = {
  invoke_workflow: { name: 'gen_ai.invoke_workflow.duration', by: ['gen_ai.workflow.name', 'error.type'] },
  invoke_agent: { name: 'gen_ai.invoke_agent.duration', by: ['gen_ai.agent.name', 'error.type'] },
};

// Each counter's name is a usage attribute's, behind this.
const usage = [
  'input_tokens',
  'output_tokens',
  'cache_read.input_tokens',
  'cache_write.input_tokens',
  'reasoning.output_tokens',
] as const;

/** Takes a span into the meters. */
export function measure(meters: Meters, span: Span): void {
  const operation = String(span.attributes['gen_ai.operation.name'] ?? '');
  const duration = durations[operation];
  if (duration !== undefined) {
    const attributes = Object.fromEntries(
      duration.by.flatMap((name) => {
        const value = span.attributes[name];
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
    addValue(meters, { name: duration.name, unit: 's', attributes }, (span.end - span.start) / 1000);
  }
  if (operation !== 'invoke_agent') return;
  for (const name of usage) {
    const count = span.attributes[`gen_ai.usage.${name}`];
    if (typeof count !== 'number') continue;
    const meter = { name: `gen_ai.client.inference.usage.${name}`, unit: '{token}', attributes: modelOf(span) };
    addCount(meters, meter, count);
  }
}

// An agent CLI reads texts and pictures and doesn't say how much of each: the convention's word for that is unknown.
function modelOf({ attributes }: Span): Attributes {
  const model = attributes['gen_ai.response.model'];
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': nameProvider(String(attributes['fourline.agent'] ?? ''), String(model ?? '')),
    ...(model === undefined ? {} : { 'gen_ai.response.model': model }),
    'gen_ai.token.modality': 'unknown',
  };
}

// The convention's well-known knownProviders, by an agent's name or a model's.
const knownProviders: readonly (readonly [RegExp, string])[] = [
  [/^claude\b|\bclaude-|^anthropic\//, 'anthropic'],
  [/^codex\b|\bgpt-|^openai\//, 'openai'],
  [/^gemini\b|\bgemini-|^google\//, 'gcp.gemini'],
  [/^mistral\b|\bmistral-|^mistral\//, 'mistral_ai'],
  [/\bdeepseek\b/, 'deepseek'],
  [/\bgrok-|^xai\//, 'x_ai'],
];

// By the model first: an agent may ask any provider's.
function nameProvider(agent: string, model: string): string {
  const known = (name: string): string | undefined => knownProviders.find(([form]) => form.test(name))?.[1];
  return known(model) ?? known(agent) ?? '_OTHER';
}

type MeterName = Pick<Meter, 'name' | 'unit' | 'attributes'>;

const meterKey = ({ name, attributes }: MeterName): string => `${name} ${JSON.stringify(Object.entries(attributes))}`;

function addCount(meters: Meters, meter: MeterName, count: number): void {
  const known = meters.get(meterKey(meter));
  const value = (known?.kind === 'sum' ? known.value : 0) + count;
  meters.set(meterKey(meter), { ...meter, kind: 'sum', value });
}

function addValue(meters: Meters, meter: MeterName, value: number): void {
  const known = meters.get(meterKey(meter));
  const before = known?.kind === 'histogram' ? known : null;
  const counts = [...(before?.counts ?? Array.from({ length: bounds.length + 1 }, () => 0))];
  const found = bounds.findIndex((bound) => value <= bound);
  const bucket = found < 0 ? bounds.length : found;
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  meters.set(meterKey(meter), {
    ...meter,
    kind: 'histogram',
    count: (before?.count ?? 0) + 1,
    sum: (before?.sum ?? 0) + value,
    min: Math.min(before?.min ?? value, value),
    max: Math.max(before?.max ?? value, value),
    counts,
  });
}
