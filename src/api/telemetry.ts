// Why: whoever shows fourline's work elsewhere needs to know where that goes, since when, and what a run said.
// Promises: reads the settings, the person's variables and the record of one run; no journal, unless a time is given by
// an order.
// Never: sends anything; writes.
import { readFile } from 'node:fs/promises';
import { emptyHistory } from '../ledger/history.ts';
import { placesOf } from '../places.ts';
import { listFolder } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { activeFolder, archiveFolder, givenFile, recordFile, runFolder } from '../record/path.ts';
import { type Turn, turnsOf } from './conversation.ts';
import { timeOf } from './since.ts';
import { type Site, withCards, withLook } from './site.ts';

/** Where spans and metrics go: their addresses, null where nobody named one; and whether contents go along. */
export type Telemetry = {
  readonly traces: string | null;
  readonly metrics: string | null;
  readonly content: boolean;
  /** The name of the service, and further attributes of the resource. */
  readonly service: string;
  readonly resource: Readonly<Record<string, string>>;
  /** The time that `since` meant (ISO 8601). */
  readonly since: string | null;
};

/** A question about telemetry: an address that counts before all others, and a time as `--since` takes it. */
export type TelemetryQuestion = { readonly endpoint?: string | undefined; readonly since?: string | undefined };

/**
 * Says where telemetry goes, by OTEL_EXPORTER_OTLP_ENDPOINT, its forms for one signal, OTEL_SERVICE_NAME and
 * OTEL_RESOURCE_ATTRIBUTES (OpenTelemetry's general SDK variables), then by fourline.yaml. Throws Fault `usage` for a
 * time that can't be read.
 */
export async function readTelemetry(site: Site, { endpoint, since }: TelemetryQuestion = {}): Promise<Telemetry> {
  const { otel } = await withCards(site, async ({ settings }) => settings);
  const { env } = site.host;
  const off = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  const base = endpoint ?? (env['OTEL_EXPORTER_OTLP_ENDPOINT'] || otel.endpoint);
  const addressOf = (signal: 'traces' | 'metrics'): string | null => {
    // A signal's own variable is the whole address; a base is completed.
    const own = endpoint === undefined ? env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`] : undefined;
    if (off && endpoint === undefined) return null;
    return own || (base === undefined ? null : `${base.replace(/\/+$/, '')}/v1/${signal}`);
  };
  const [traces, metrics] = [addressOf('traces'), addressOf('metrics')];
  for (const address of [traces, metrics])
    if (address !== null && !(/^https?:/.test(address) && URL.canParse(address)))
      throw new Fault('usage', "a collector's address must begin with http:// or https://", {
        hint:
          endpoint === undefined
            ? 'correct OTEL_EXPORTER_OTLP_ENDPOINT'
            : 'fourline otel --endpoint http://127.0.0.1:4318',
      });
  const resource = pairsOf(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  return {
    traces,
    metrics,
    content: otel.content,
    service: env['OTEL_SERVICE_NAME'] || resource['service.name'] || 'fourline',
    resource,
    since: since === undefined ? null : await sinceTime(site, since),
  };
}

// A time is read without the journal; an order is looked up there.
async function sinceTime(site: Site, since: string): Promise<string> {
  try {
    return timeOf(emptyHistory(), since, new Date());
  } catch {
    return withLook(site, ({ history }) => timeOf(history, since, new Date()));
  }
}

// `key=value,…`, percent-encoded. A pair that can't be decoded is passed over.
function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    try {
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** One run: which attempt of which order, and between which times (ISO 8601) it began. */
export type RunQuestion = {
  readonly order: string;
  readonly attempt: number;
  readonly from: string;
  readonly to: string;
};

/**
 * The text that a run was given, and what it said: null and none where the record has it no more. `began` is when its
 * turns count from (ISO 8601).
 */
export type Conversation = {
  readonly text: string | null;
  readonly began: string | null;
  readonly turns: readonly Turn[];
};

/** Reads what a run was given and what its agent said, wherever the order's record lies now. */
export async function readConversation({ root }: Site, run: RunQuestion): Promise<Conversation> {
  const places = placesOf(root, '', '');
  const months = (await listFolder(places.orders)).reverse();
  const records = [activeFolder(places, run.order), ...months.map((month) => archiveFolder(places, run.order, month))];
  for (const folder of records) {
    const given = await fileText(givenFile(folder, run.attempt));
    const text = given ?? (await fileText(recordFile(folder, 'order.md')));
    if (text !== null) return { text, ...(await turnsOfRun(folder, run)) };
  }
  return { text: null, began: null, turns: [] };
}

// A file holds several runs where each went on after the last. It is put away with the attempt that delivered.
async function turnsOfRun(
  folder: string,
  { attempt, from, to }: RunQuestion,
): Promise<Pick<Conversation, 'began' | 'turns'>> {
  const later = (await listFolder(`${folder}/runs`)).map(Number).filter((one) => one >= attempt);
  for (const place of [...later.sort((a, b) => a - b).map((one) => runFolder(folder, one)), folder]) {
    const lines = (await fileText(recordFile(place, 'transcript.jsonl')))?.split('\n') ?? [];
    const begins = lines.flatMap((line, at) => {
      const began = /^\{"ms":\d+,"began":"([^"]+)"\}$/.exec(line)?.[1];
      return began === undefined ? [] : [{ at, began }];
    });
    const index = begins.findIndex(({ began }) => began >= from && began <= to);
    const begin = begins[index];
    if (begin !== undefined)
      return { began: begin.began, turns: turnsOf(lines.slice(begin.at, begins[index + 1]?.at).join('\n')) };
  }
  return { began: null, turns: [] };
}

async function fileText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
