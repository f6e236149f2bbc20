// Why: a process inherits the session keyring of its parent. The kernel would use the operator's keys there (of file
// systems, of network disks) for a run as well.
// Promises: a program that gives itself a new, empty session keyring and then replaces itself by another program. It
// prints nothing and leaves descriptors and variables alone. If the kernel refuses the keyring, it goes on without. The
// keyring goes with the last process that has it.
// Never: stops a run; leaves a file behind.
import { openSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { machineFails, messageOf, type Reason } from '../text/fault.ts';
import { composeProgram, type Machine } from './call.ts';
import { runProcess } from './process.ts';
import { makeTemporary } from './remains.ts';

/**
 * How runs get session keyrings of their own: the program's path, null if it cannot be started here; and why they get
 * none, null if they do.
 */
export type OwnKeyring = { readonly program: string | null; readonly flaw: Reason | null };

/** How `argv` is started in a session keyring of its own. */
export function inOwnKeyring({ program }: OwnKeyring, argv: [string, ...string[]]): [string, ...string[]] {
  if (program === null) return argv;
  // The program searches no PATH.
  return argv[0].startsWith('/') ? [program, ...argv] : [program, '/usr/bin/env', ...argv];
}

// Opened once, for the life of this process.
let opened: string | null = null;

/** Makes the program and tries it. Throws only when the machine fails. */
export async function prepareKeyring(machine: Machine): Promise<OwnKeyring> {
  try {
    opened ??= await openProgram(machine);
    const { status } = await runProcess([opened], { env: {} });
    if (status === null) throw new Error('it does not start');
    return { program: opened, flaw: status === 0 ? null : keyctlFlaw(status) };
  } catch (error) {
    if (machineFails(error)) throw error;
    return { program: null, flaw: `no program can be started from ${tmpdir()} (TMPDIR): ${messageOf(error)}` };
  }
}

// The file is used by its descriptor alone: nobody can tidy it away from a process that works for weeks. All of it
// happens in one turn, so no child that starts meanwhile has the file open for writing (ETXTBSY, execve(2)).
async function openProgram(machine: Machine): Promise<string> {
  const place = await makeTemporary('keyring');
  try {
    writeFileSync(`${place}/program`, buildKeyringProgram(machine), { mode: 0o700 });
    return `/proc/${process.pid}/fd/${openSync(`${place}/program`, 'r')}`;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

// include/uapi/asm-generic/errno.h
function keyctlFlaw(error: number): Reason {
  if (error === 122) return 'your quota of keys is used up (sysctl kernel.keys.maxkeys)';
  if (error === 1 || error === 38) return 'the kernel, or the container that fourline is in, refuses keyctl';
  return `keyctl ends with error ${error}`;
}

/**
 * Makes the program: keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL), then execve of its arguments with its environment.
 * Without arguments, and if execve fails, it exits with the last call's error (0: it had none).
 */
export function buildKeyringProgram(machine: Machine): Uint8Array {
  return composeProgram(machine, machine === 'x64' ? joinOnX64() : joinOnArm64());
}

function joinOnX64(): Buffer {
  const steps = [
    // mov eax, 250; mov edi, 1; xor esi, esi; syscall
    'b8fa000000 bf01000000 31f6 0f05',
    // The stack holds argc, argv, a null, envp. mov rcx, [rsp]; cmp ecx, 1; jbe to the end
    '488b0c24 83f901 7616',
    // mov rdi, [rsp+16]; lea rsi, [rsp+16]; lea rdx, [rsp+8*rcx+16]; mov eax, 59; syscall
    '488b7c2410 488d742410 488d54cc10 b83b000000 0f05',
    // The end: xor edi, edi; test eax, eax; jns +4; mov edi, eax; neg edi; mov eax, 231 (exit_group); syscall
    '31ff 85c0 7904 89c7 f7df b8e7000000 0f05',
  ];
  return Buffer.from(steps.join('').replaceAll(' ', ''), 'hex');
}

function joinOnArm64(): Buffer {
  const words = [
    // mov x8, #219; mov x0, #1; mov x1, #0; svc #0
    ...[0xd2801b68, 0xd2800020, 0xd2800001, 0xd4000001],
    // ldr x9, [sp]; cmp x9, #1; b.ls to the end
    ...[0xf94003e9, 0xf100053f, 0x540000c9],
    // add x1, sp, #16; ldr x0, [x1]; add x2, x1, x9, lsl #3; mov x8, #221; svc #0
    ...[0x910043e1, 0xf9400020, 0x8b090c22, 0xd2801ba8, 0xd4000001],
    // The end: cmp w0, #0; cneg w0, w0, lt; csel w0, w0, wzr, lt; mov x8, #94 (exit_group); svc #0
    ...[0x7100001f, 0x5a80a400, 0x1a9fb000, 0xd2800bc8, 0xd4000001],
  ];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [at, word] of words.entries()) bytes.writeUInt32LE(word >>> 0, at * 4);
  return bytes;
}
