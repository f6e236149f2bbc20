// Why: spans and metrics leave through OpenTelemetry's own exporters, over OTLP/HTTP as JSON. This file alone imports
// them, when they are needed: a plain install of fourline doesn't have them.
// Promises: each span keeps the ids and times that it was given. OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION and
// _CERTIFICATE hold, as the exporters read them.
// Never: retries for longer than one call's time limit; shows an address beyond its host.
import { Fault, messageOf } from '../platform/text/fault.ts';
import { bounds, type Meter } from './meters.ts';
import type { Attributes, Span } from './spans.ts';

/** The packages that sending needs, as npm installs them. */
export const packages = [
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/resources',
] as const;

/** The answer to a delivery: done, not now (the same again may go well), or refused for what it is. */
export type Sent = { readonly kind: 'done' } | { readonly kind: 'later' | 'refused'; readonly reason: string };

/** The meters so far, and the times of the first and the last line they tell of, in milliseconds since 1970. */
export type MeterReading = { readonly meters: readonly Meter[]; readonly from: number; readonly to: number };

/** The way to a collector. */
export type Exporter = {
  readonly sendSpans: (spans: readonly Span[]) => Promise<Sent>;
  readonly sendMeters: (reading: MeterReading) => Promise<Sent>;
};

/** Where to send, and as whom: null where a kind isn't sent. */
export type ExporterPlan = {
  readonly traces: string | null;
  readonly metrics: string | null;
  readonly resource: Attributes;
  readonly version: string;
};

/** Opens the way to a collector. Throws Fault `otel-missing` where the packages are not installed. */
export async function openExporter({ traces, metrics, resource, version }: ExporterPlan): Promise<Exporter> {
  const { OTLPTraceExporter, OTLPMetricExporter, resourceFromAttributes } = await loadPackages();
  const of = resourceFromAttributes(resource);
  const scope = { name: 'fourline', version };
  const spanExporter = traces === null ? null : new OTLPTraceExporter({ url: traces });
  const meterExporter = metrics === null ? null : new OTLPMetricExporter({ url: metrics });
  return {
    sendSpans: async (spans) =>
      spanExporter === null || spans.length === 0
        ? { kind: 'done' }
        : askExporter((done) =>
            spanExporter.export(
              spans.map((span) => ({ ...readableOf(span), resource: of, instrumentationScope: scope })),
              done,
            ),
          ),
    sendMeters: async (reading) =>
      meterExporter === null || reading.meters.length === 0
        ? { kind: 'done' }
        : askExporter((done) =>
            meterExporter.export({ resource: of, scopeMetrics: [{ scope, metrics: metricsOf(reading) }] }, done),
          ),
  };
}

async function loadPackages() {
  try {
    const [{ OTLPTraceExporter }, { OTLPMetricExporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    return { OTLPTraceExporter, OTLPMetricExporter, resourceFromAttributes };
  } catch (error) {
    const [what = ''] = messageOf(error).split(/ imported from |\n/);
    throw new Fault('otel-missing', `OpenTelemetry's packages are not installed: ${what}`, {
      hint: `install them where fourline is installed: npm install ${packages.join(' ')}`,
      cause: error,
    });
  }
}

// Answers that say something about what was sent, not about the collector.
const refusals = [400, 413, 422];

function askExporter(send: (done: (result: { code: number; error?: Error }) => void) => void): Promise<Sent> {
  return new Promise((resolve) => {
    send(({ code, error }) => {
      if (code === 0) return resolve({ kind: 'done' });
      const status = error !== undefined && 'code' in error ? error.code : undefined;
      const words = typeof status === 'number' ? `it answers ${status}` : (error?.message ?? 'no answer');
      resolve({ kind: refusals.includes(Number(status)) ? 'refused' : 'later', reason: words });
    });
  });
}

type HrTime = [number, number];
const hrOf = (milliseconds: number): HrTime => {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
};

// A span as the SDK would hand it over: the exporter asks for no more than this.
function readableOf({ traceId, spanId, parentId, ...span }: Span) {
  const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: 1 });
  return {
    name: span.name,
    // INTERNAL; and the status ERROR, or none.
    kind: 0,
    status: span.error === null ? { code: 0 } : { code: 2, message: span.error },
    spanContext: () => contextOf(spanId),
    ...(parentId === null ? {} : { parentSpanContext: contextOf(parentId) }),
    startTime: hrOf(span.start),
    endTime: hrOf(span.end),
    duration: hrOf(span.end - span.start),
    ended: true,
    attributes: span.attributes,
    events: span.events.map(({ name, at, attributes }) => ({ name, time: hrOf(at), attributes })),
    links: [],
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

// Points of one name are one metric.
function metricsOf({ meters, from, to }: MeterReading) {
  const times = { startTime: hrOf(from), endTime: hrOf(to) };
  return [...Map.groupBy(meters, ({ name }) => name)].map(([name, points]) => {
    const isSum = points[0]?.kind === 'sum';
    const descriptor = { name, description: '', unit: points[0]?.unit ?? '', valueType: isSum ? 0 : 1 };
    // CUMULATIVE.
    const common = { descriptor, aggregationTemporality: 1 };
    if (isSum) {
      const dataPoints = points.flatMap((one) =>
        one.kind === 'sum' ? [{ ...times, attributes: one.attributes, value: one.value }] : [],
      );
      return { ...common, dataPointType: 3 as const, isMonotonic: true, dataPoints };
    }
    const dataPoints = points.flatMap((one) =>
      one.kind === 'sum' ? [] : [{ ...times, attributes: one.attributes, value: histogramOf(one) }],
    );
    return { ...common, dataPointType: 0 as const, dataPoints };
  });
}

function histogramOf({ count, sum, min, max, counts }: Extract<Meter, { kind: 'histogram' }>) {
  return { buckets: { boundaries: [...bounds], counts: [...counts] }, count, sum, min, max };
}
