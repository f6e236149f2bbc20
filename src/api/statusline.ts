// Why: a prompt asks on each line how many orders wait, how many run and what today cost; it can't wait for an answer.
// Promises: reads the folders of open orders and the end of the journal, however long that is; changes nothing.
// Never: reads a whole journal.
import { open } from 'node:fs/promises';
import { parseLine } from '../ledger/journal.ts';
import { needsPerson } from '../ledger/waits.ts';
import { countWords } from '../notify/counter.ts';
import { type Places, placesOf } from '../places.ts';
import { listFolder } from '../platform/files/files.ts';
import { loadPrices, moneyOfRun } from '../platform/net/price.ts';
import { isReason, whenAbsent } from '../platform/text/fault.ts';
import { activeFolder } from '../record/path.ts';
import { readStored } from '../record/stored.ts';
import { isHeld } from '../workspace/holder.ts';
import { countAskingFiles } from '../workspace/untaken.ts';
import type { Site } from './site.ts';

/** The state of a workspace in a few words. */
export type Statusline = {
  /** The workspace's folder. */
  readonly root: string;
  /** True when a daemon works the workspace. */
  readonly working: boolean;
  /** How many orders, files and gates of flows wait for a person. */
  readonly waiting: number;
  /** How many orders run. */
  readonly running: number;
  /** US dollars of the runs that ended since midnight; `estimated` when the price table gave some of it. */
  readonly usd: number;
  readonly estimated: boolean;
  /** All of it in words; empty where nothing waits, nothing runs and nothing was spent. */
  readonly words: string;
};

/** How much of the journal is read at once, from its end. */
const pieceSize = 256 * 1024;

/** Counts what waits, what runs and what today cost, by `now`. */
export async function readStatusline({ root }: Site, now = new Date()): Promise<Statusline> {
  const places = placesOf(root, '', '');
  const working = await isHeld(places);
  const rows = await Promise.all((await listFolder(places.active)).map((id) => openRow(places, id, working)));
  const waiting = rows.filter(needsPerson).length + (await countAskingFiles(places));
  const running = rows.filter(({ state }) => state === 'running').length;
  const { usd, estimated } = await spentSince(places, new Date(now.getFullYear(), now.getMonth(), now.getDate()));
  const money = usd > 0 ? [`${estimated ? '~' : ''}$${usd.toFixed(2)} today`] : [];
  const words = [...countWords({ waiting, running }), ...money].join(' · ');
  return { root, working, waiting, running, usd, estimated, words };
}

// How an open order stands, as a look has it. A damaged record waits for a person's answer.
async function openRow(places: Places, id: string, working: boolean): Promise<Parameters<typeof needsPerson>[0]> {
  const folder = activeFolder(places, id);
  const waits = await readStored(folder, 'waiting.json').catch(() => ({ on: 'answer' as const }));
  return waits === null ? { state: working ? 'running' : 'interrupted', waits } : { state: 'waits', waits };
}

async function spentSince(places: Places, midnight: Date): Promise<{ usd: number; estimated: boolean }> {
  const since = midnight.toISOString();
  let usd = 0;
  let estimated = false;
  for await (const line of linesFromEnd(places.history.journal)) {
    const at = /"at":"([^"]{10,40})"/.exec(line)?.[1];
    if (at !== undefined && at < since) break;
    if (!line.includes('"step":"ran"')) continue;
    const entry = parseLine(line);
    if (isReason(entry) || entry.step !== 'ran' || entry.spent === undefined) continue;
    const money = await moneyOfRun(entry.spent, new Date(entry.at), loadPrices);
    usd += money.usd ?? 0;
    estimated ||= money.estimated && money.usd !== null;
  }
  return { usd, estimated };
}

// The lines of a file, the last one first. A last line without its end is left out.
async function* linesFromEnd(path: string): AsyncGenerator<string> {
  const file = await open(path).catch(whenAbsent(null));
  if (file === null) return;
  try {
    let { size: at } = await file.stat();
    let rest: Buffer = Buffer.alloc(0);
    let whole = false;
    while (at > 0) {
      const from = Math.max(0, at - pieceSize);
      const piece = Buffer.alloc(at - from);
      await file.read(piece, 0, piece.length, from);
      rest = Buffer.concat([piece, rest]);
      at = from;
      const first = from === 0 ? 0 : rest.indexOf(10) + 1;
      const lines = rest.toString('utf8', first).split('\n');
      // The text behind the last line end is empty, or being written.
      if (!whole) lines.pop();
      whole = true;
      rest = rest.subarray(0, first);
      for (const line of lines.reverse()) if (line !== '') yield line;
    }
  } finally {
    await file.close();
  }
}
