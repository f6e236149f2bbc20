// Why: one process a blob would make every room slow; `cat-file --batch-command` answers thousands over one pipe.
// Promises: answers come in the order of the questions; a helper that dies fails its open questions and is started anew
// for the next.
// Never: keeps the program alive on its own account.
import { type Helper, startHelper } from '../process/process.ts';
import { Fault } from '../text/fault.ts';
import { gitCommand, gitEnvironment, type ObjectId } from './git.ts';

/** An object as it stands in the repository. */
export type GitObject = { readonly id: ObjectId; readonly type: string; readonly content: Buffer };

/** A reader of one git folder. */
export type GitReader = {
  /** The object that `name` (an id, a ref, `<commit>:<path>`) stands for, or null. */
  readonly read: (name: string) => Promise<GitObject | null>;
  readonly close: () => void;
};

type GitReaderQuestion = {
  readonly resolve: (answer: GitObject | null) => void;
  readonly reject: (error: Error) => void;
};

/** Opens a reader on a git folder. */
export function openReader(gitDir: string): GitReader {
  let helper: Helper | undefined;
  let open: GitReaderQuestion[] = [];
  const answers = joinAnswers();
  let asked = '';

  const fail = (reason: string): void => {
    const failed = open;
    open = [];
    asked = '';
    answers.clear();
    helper = undefined;
    for (const question of failed)
      question.reject(new Fault('git-failed', `git cat-file ended early: ${reason}`, { where: gitDir }));
  };

  const take = (chunk: Buffer): void => {
    for (const object of answers.take(chunk, open.length)) open.shift()?.resolve(object);
    if (open.length === 0) helper?.release();
  };

  const started = (): Helper => {
    if (helper !== undefined) return helper;
    const fresh = startHelper(gitCommand(gitDir, 'cat-file', ['--batch-command', '--buffer']), gitEnvironment());
    fresh.onData(take);
    fresh.onEnd((reason) => {
      if (helper === fresh) fail(reason);
    });
    helper = fresh;
    return fresh;
  };

  const ask = (): void => {
    if (asked !== '') helper?.write(`${asked}flush\n`);
    asked = '';
  };

  return {
    read: (name) => {
      if (/[\n\0]/.test(name)) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        open.push({ resolve, reject });
        const to = started();
        to.hold();
        // We send the questions of one tick together. Otherwise git would write, and we would wake up, for each answer.
        if (asked === '') queueMicrotask(ask);
        asked += `contents ${name}\n`;
      });
    },
    close: () => {
      ask();
      helper?.close();
      // The next question starts another: what this one read may have been set aside.
      if (open.length === 0) helper = undefined;
    },
  };
}

/** How many objects are asked for before answers are waited for. */
const batch = 1000;

/**
 * Reads many objects of one git folder over one pipe, in the order of their names; null for those that are not there.
 */
export async function readMany(gitDir: string, names: readonly string[]): Promise<(GitObject | null)[]> {
  const reader = openReader(gitDir);
  const out: (GitObject | null)[] = [];
  try {
    for (let at = 0; at < names.length; at += batch)
      out.push(...(await Promise.all(names.slice(at, at + batch).map((name) => reader.read(name)))));
  } finally {
    reader.close();
  }
  return out;
}

/** Answers of `git cat-file --batch`, put together from the chunks they come in. */
export type JoinedAnswers = {
  /** Takes a chunk, and gives at most `most` answers that are whole now: null for an object that isn't there. */
  readonly take: (chunk: Buffer, most: number) => (GitObject | null)[];
  /** Forgets the part of an answer that came so far. */
  readonly clear: () => void;
};

/** Begins to put answers together. Never throws. */
export function joinAnswers(): JoinedAnswers {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = 0;
  return {
    take: (chunk, most) => {
      chunks.push(chunk);
      size += chunk.length;
      // A large answer comes in many chunks. They are joined once, when it is whole.
      if (size < needed) return [];
      let buffer = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      const whole: (GitObject | null)[] = [];
      while (whole.length < most) {
        const answer = parseAnswer(buffer);
        if (typeof answer === 'number') {
          needed = answer;
          break;
        }
        needed = 0;
        buffer = buffer.subarray(answer.length);
        whole.push(answer.object);
      }
      chunks = buffer.length > 0 ? [buffer] : [];
      size = buffer.length;
      return whole;
    },
    clear: () => {
      chunks = [];
      size = 0;
      needed = 0;
    },
  };
}

// The first whole answer in a buffer, or how many bytes are needed before it is worth looking again.
function parseAnswer(buffer: Buffer): { object: GitObject | null; length: number } | number {
  const end = buffer.indexOf(10);
  if (end < 0) return buffer.length + 1;
  const header = buffer.subarray(0, end).toString();
  const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header);
  if (match === null) return { object: null, length: end + 1 };
  const [, id = '', type = '', length = '0'] = match;
  const total = end + 1 + Number(length) + 1;
  if (buffer.length < total) return total;
  return { object: { id, type, content: Buffer.from(buffer.subarray(end + 1, total - 1)) }, length: total };
}
