// Why: the one way to OpenTelemetry: what happens in a workspace, told to a collector.
// Promises: reads the journal and the records of runs; a collector that is down, slow or refuses changes nothing there.
// Never: writes; takes the workspace's lock; sends to where nobody asked.
import { Fault, type Fourline, version } from '../api.ts';
import { type Fed, feedCollector } from './feed.ts';
import { openExporter } from './otlp.ts';
import { convention } from './spans.ts';

/**
 * The spans to send, and the collector. Without `since` and `fromStart` they are those that end from now on, or with
 * `once` all that the journal holds.
 */
export type TelemetryOptions = {
  readonly endpoint?: string | undefined;
  readonly since?: string | undefined;
  readonly fromStart?: boolean | undefined;
  readonly once?: boolean | undefined;
  readonly content?: boolean | undefined;
  readonly end: AbortSignal;
  /** Hears the collector's name, when it is about to be sent to. */
  readonly begin: (place: string) => void;
  readonly say: (words: string, weight: 'bad' | 'minor') => void;
};

/**
 * Sends spans and metrics until `end` aborts, or with `once` until all is sent. Throws Fault `otel-no-endpoint`,
 * `otel-missing`, `usage`, `journal-lost`, `journal-newer`.
 */
export async function sendTelemetry(fourline: Fourline, options: TelemetryOptions): Promise<Fed> {
  const { endpoint, once = false, fromStart = false, end, say } = options;
  const telemetry = await fourline.telemetry({ endpoint, since: options.since });
  const { traces, metrics, service } = telemetry;
  const address = traces ?? metrics;
  if (address === null)
    throw new Fault('otel-no-endpoint', 'no collector is named', {
      hint: 'fourline otel --endpoint http://127.0.0.1:4318, OTEL_EXPORTER_OTLP_ENDPOINT, or in fourline.yaml otel: { endpoint: … }',
    });
  const resource = {
    ...telemetry.resource,
    'service.name': service,
    'service.version': version,
    'fourline.convention': convention.spans,
  };
  const exporter = await openExporter({ traces, metrics, resource, version });
  const place = new URL(address).host;
  options.begin(place);
  const now = once || fromStart ? '' : new Date().toISOString();
  const content = options.content === true || telemetry.content;
  return feedCollector(fourline, exporter, { since: telemetry.since ?? now, once, content, place, end, say });
}
