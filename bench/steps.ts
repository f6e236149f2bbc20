// Why: where the time of one order goes, step by step, and what it starts and waits for.
// Promises: the times of the steps are those of the journal's lines, each the moment when the step was done; medians of
// all rounds. With --trace strace counts programs and flushes, in a daemon of its own.
// Never: compares; absolute times mean little on a shared machine, the shares of the whole do.
import { readFile, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { cardOf, type Dropped, type JournalLine, type Office, openOffice, pause, threeFiles, until } from './kit.ts';
import { medianOf } from './median.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    files: { type: 'string', default: '1000' },
    sandbox: { type: 'string', default: 'required' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

const steps = ['posted', 'claimed', 'opened', 'ran', 'judged', 'intended', 'landed', 'settled', 'published'];

// When the ledger's branch moved for the last time, once that is after a moment and it has been quiet since.
async function publishedAfter(office: Office, moment: number): Promise<number> {
  return until(async () => {
    const { mtimeMs } = await stat(`${office.places.history.ledger}/refs/heads/main`);
    await pause(400);
    const again = await stat(`${office.places.history.ledger}/refs/heads/main`);
    return mtimeMs > moment && again.mtimeMs === mtimeMs ? mtimeMs : null;
  });
}

async function timesOf(office: Office, { id, at }: Dropped): Promise<Map<string, number>> {
  const lines = (await office.journal()).filter((line): line is JournalLine => line.order === id);
  const found = new Map(lines.map((line) => [line.step, Date.parse(line.at)]));
  found.set('published', await publishedAfter(office, found.get('settled') ?? 0));
  let before = at;
  const spans = new Map<string, number>();
  for (const step of steps) {
    const time = found.get(step) ?? before;
    spans.set(step, Math.max(0, time - before));
    before = time;
  }
  return spans;
}

async function countCalls(trace: string, from: number, to: number): Promise<Record<string, number>> {
  const lines = (await readFile(trace, 'utf8')).split('\n').filter((line) => {
    const time = Number(line.split(/ +/)[1]) * 1000;
    return time >= from && time <= to;
  });
  const started = lines.filter((line) => / execve\(/.test(line) && !/ENOENT/.test(line));
  const programs = new Map<string, number>();
  for (const line of started) {
    const name = /execve\("(?:[^"]*\/)?([^"/]*)"/.exec(line)?.[1] ?? '?';
    programs.set(name, (programs.get(name) ?? 0) + 1);
  }
  const flushes = lines.filter((line) => / f(?:data)?sync\(/.test(line)).length;
  return { programs: started.length, ...Object.fromEntries(programs), flushes };
}

const office = await openOffice({
  sandbox: values.sandbox === 'off' ? 'off' : 'required',
  files: Number(values.files),
  cards: { coder: cardOf(threeFiles) },
});
try {
  const trace = `${office.root}/../trace`;
  const calls = ['-f', '-D', '-ttt', '-o', trace, '-e', 'trace=execve,fsync,fdatasync'];
  const daemon = await office.start(values.trace ? ['strace', ...calls] : []);
  const all: Map<string, number>[] = [];
  let counted: Record<string, number> = {};
  // The first fills caches.
  for (let round = -1; round < (values.trace ? 1 : rounds); round += 1) {
    const order = await office.drop('edit');
    await daemon.settled(order);
    const times = await timesOf(office, order);
    if (round >= 0) all.push(times);
    const whole = [...times.values()].reduce((sum, one) => sum + one, 0);
    if (values.trace) counted = await countCalls(trace, order.at, order.at + whole);
  }
  await daemon.stop();
  const medians = steps.map((step) => [step, medianOf(all.map((one) => one.get(step) ?? 0))] as const);
  const whole = medians.reduce((sum, [, time]) => sum + time, 0);
  if (values.json) process.stdout.write(`${JSON.stringify(values.trace ? counted : Object.fromEntries(medians))}\n`);
  else if (values.trace)
    for (const [what, count] of Object.entries(counted)) process.stdout.write(`${what} ${count}\n`);
  else {
    process.stdout.write(`until      ms   share   one order, ${values.files} files, median of ${rounds}\n`);
    for (const [step, time] of medians)
      process.stdout.write(
        `${step.padEnd(10)} ${time.toFixed(0).padStart(4)}  ${((100 * time) / whole).toFixed(0)} %\n`,
      );
  }
} finally {
  await office.close();
}
