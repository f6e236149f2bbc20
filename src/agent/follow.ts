// Why: an agent tells what it does line by line: on its output, and some agents only in files that they write as they
// go.
// Promises: each line is handed on once and whole. A line longer than any honest line is dropped. It reads plain files
// only, none through a link, and never more than the cap below.
// Never: trusts what stands there: the agent may write these files itself.
import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/**
 * The longest line that is read, in characters; how many session files, how much of them in bytes, and how often they
 * are looked at, in milliseconds.
 */
export const followLimits = { line: 4 * 1024 * 1024, files: 64, bytes: 256 * 1024 * 1024, pause: 500 } as const;

/** Cuts a stream into lines. */
export type Lines = { readonly take: (chunk: Buffer) => void; readonly end: () => void };

/** Hands on each line of a stream that is not empty. */
export function openLines(read: (line: string) => void): Lines {
  const decoder = new StringDecoder();
  let rest = '';
  let dropping = false;
  const tell = (line: string): void => {
    if (!dropping && line.trim() !== '') read(line);
  };
  return {
    take: (chunk) => {
      const parts = `${rest}${decoder.write(chunk)}`.split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        tell(line);
        dropping = false;
      }
      if (rest.length <= followLimits.line) return;
      rest = '';
      dropping = true;
    },
    end: () => {
      tell(rest);
      rest = '';
    },
  };
}

/**
 * Follows the `.jsonl` files of a folder in `home` as they grow. The returned function reads what is left and stops.
 */
export function followSessions(home: string, folder: string, read: (line: string) => void): () => Promise<void> {
  const known = new Map<string, { at: number; readonly lines: Lines }>();
  let left: number = followLimits.bytes;
  const look = async (): Promise<void> => {
    // A link on the way would lead out of what is the agent's.
    const top = `${await realpath(home)}/${folder}`;
    for (const path of await sessionsBelow(top)) {
      const one = known.get(path) ?? { at: 0, lines: openLines(read) };
      if (!known.has(path) && known.size >= followLimits.files) return;
      known.set(path, one);
      const size = await readOn(path, one.at, left, one.lines).catch(() => 0);
      one.at += size;
      left -= size;
    }
  };
  let busy: Promise<void> | null = null;
  const next = async (): Promise<void> => {
    busy ??= look()
      .catch(() => undefined)
      .finally(() => {
        busy = null;
      });
    await busy;
  };
  const timer = setInterval(() => void next(), followLimits.pause);
  return async () => {
    clearInterval(timer);
    await busy;
    await next();
    for (const one of known.values()) one.lines.end();
  };
}

async function sessionsBelow(folder: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((one) => one.isFile() && one.name.endsWith('.jsonl'))
    .map((one) => `${one.parentPath}/${one.name}`)
    .sort();
}

// Returns how many bytes were handed on.
async function readOn(path: string, from: number, most: number, lines: Lines): Promise<number> {
  if ((await realpath(path)) !== path) return 0;
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.nlink > 1) return 0;
    const end = Math.min(stat.size, from + most);
    const buffer = Buffer.alloc(Math.max(0, Math.min(end - from, 1024 * 1024)));
    let at = from;
    while (at < end) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) break;
      lines.take(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return at - from;
  } finally {
    await handle.close();
  }
}
