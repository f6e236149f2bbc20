// Why: a process id alone doesn't identify a process: the system gives ids again. Things that a process leaves behind
// must say which process that was.
// Promises: a name stands for one process of one boot. When we cannot see a process from here (another container's), we
// say that it lives.
// Never: signals a process, but for signal 0, which only asks.
import { readFileSync, readlinkSync } from 'node:fs';

const learned: { name?: string; boot?: string } = {};

/** A name for this process: boot, process space, id and start, in letters that a file name may have. */
export function nameProcess(): string {
  learned.name ??= [bootOf(), spaceOf(), process.pid.toString(36), startOf(process.pid) ?? '0'].join('.');
  return learned.name;
}

/**
 * True while the process of that name lives, as far as can be seen from here; false for a text that is no such name.
 */
export function processLives(name: string): boolean {
  const [boot, space, id, start] = /^[0-9a-z]+(?:\.[0-9a-z]+){3}$/.test(name) ? name.split('.') : [];
  if (boot === undefined || boot !== bootOf()) return false;
  if (space !== spaceOf()) return true;
  const pid = Number.parseInt(id ?? '', 36);
  return start === '0' ? answers(pid) : startOf(pid) === start;
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A name for this boot of the machine, '0' where the system does not tell. */
export function bootOf(): string {
  learned.boot ??= readBoot();
  return learned.boot;
}

function readBoot(): string {
  const id = readOr('/proc/sys/kernel/random/boot_id');
  return id === null ? '0' : Number.parseInt(id.slice(0, 8), 16).toString(36);
}

function spaceOf(): string {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0).toString(36);
  } catch {
    return '0';
  }
}

// Field 22 of proc_pid_stat(5): ticks from boot to the start. A zombie has ended.
function startOf(pid: number): string | null {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[19] === undefined || fields[0] === 'Z' ? null : Number(fields[19]).toString(36);
}

function readOr(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
