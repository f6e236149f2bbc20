// Why: spans are seen where a person would look at them: in a collector that is not fourline's.
// Promises: tracelet from npm, on ports of its own, gone with the test.
// Never: reads what the exporter meant to send; it reads what the collector has.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startServer } from '@jnmetacode/tracelet';
import { onTestFinished } from 'vitest';

/** A span as the collector shows it. Times are milliseconds since 1970. */
export type CollectedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly service: string;
  readonly start: number;
  readonly end: number;
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string }[];
};

/** A running collector. */
export type Collector = {
  readonly url: string;
  /** All spans of all its traces. */
  readonly spans: () => Promise<CollectedSpan[]>;
};

/** Starts the collector. */
export async function openCollector(): Promise<Collector> {
  const before = (['SIGINT', 'SIGTERM'] as const).map((kind) => [kind, process.listeners(kind)] as const);
  const { ingest, ui } = startServer({ port: 0, uiPort: 0, open: false });
  await Promise.all([once(ingest, 'listening'), once(ui, 'listening')]);
  // It would end this process by a signal that is for the test runner.
  for (const [kind, known] of before)
    for (const one of process.listeners(kind)) if (!known.includes(one)) process.off(kind, one);
  const placeOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shown = placeOf(ui);
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(`${shown}${path}`)).json()) as Answer;
  await fetch(`${shown}/api/clear`, { method: 'POST' });
  onTestFinished(() => {
    for (const server of [ingest, ui]) {
      server.close();
      server.closeAllConnections();
    }
  });
  return {
    url: placeOf(ingest),
    spans: async () => {
      const traces = await ask<{ traceId: string }[]>('/api/traces');
      const details = await Promise.all(
        traces.map(({ traceId }) => ask<{ spans: CollectedSpan[] }>(`/api/traces/${traceId}`)),
      );
      return details.flatMap(({ spans }) => spans);
    },
  };
}
