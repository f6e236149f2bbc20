// Why: a sandbox needs kernel calls that node doesn't make: mounts, namespaces, uids, keyrings. One small program makes
// them all from a table. Otherwise each would take a program of its own.
// Promises: pure. `buildCaller` gives a whole static program for the machines below, `buildTable` what it reads. It
// makes the calls in turn. When one fails, it goes where the table says; by default it says what failed, and exits
// with the call's error. A table that is not whole makes no call.
// Never: asks the machine anything.
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { Fault } from '../text/fault.ts';
import { composeProgram, type Machine } from './call.ts';

// include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl; x86_64 first, aarch64 second.
const numbers = {
  capset: [126, 91],
  chdir: [80, 49],
  close: [3, 57],
  execve: [59, 221],
  exit: [231, 94],
  keyctl: [250, 219],
  mkdirat: [258, 34],
  mknodat: [259, 33],
  mount: [165, 40],
  newfstatat: [262, 79],
  openat: [257, 56],
  prctl: [157, 167],
  setgroups: [116, 159],
  setresgid: [119, 149],
  setresuid: [117, 147],
  unlinkat: [263, 35],
  unshare: [272, 97],
  write: [1, 64],
} as const;

/** A kernel call, by its name in section 2 of the manual (`exit` is exit_group). */
export type CallName = keyof typeof numbers;

/**
 * An argument: a number, a text or bytes (their address is passed), a list of texts as execve wants it; or what an
 * earlier call gave. `result` is what the last call that succeeded gave, `error` the error number of the last one that
 * failed; both only as a first argument. `environment` is the program's own, only as a third.
 */
export type Argument = number | string | Uint8Array | readonly string[] | { readonly given: GivenValue };
type GivenValue = 'result' | 'error' | 'environment';

/**
 * One call, and what comes after it: `success` if it succeeds, `failure` if it fails; and then the next step. Without
 * `failure`, a failure ends the program: it prints `what`.
 */
export type KernelCall = {
  readonly call: CallName;
  readonly args: readonly Argument[];
  readonly what?: string;
  readonly success?: readonly KernelCall[];
  readonly failure?: readonly KernelCall[];
};

export const result: Argument = { given: 'result' };
export const error: Argument = { given: 'error' };
export const environment: Argument = { given: 'environment' };

/** The folder that paths are relative to (AT_FDCWD, fcntl.h). */
export const here = -100;

/** Flags of openat: to write; made if it isn't there; emptied; closed by the next execve (fcntl.h). */
export const openFlags = { write: 0o1, make: 0o100, empty: 0o1000, closing: 0o2000000 } as const;

/** A flag of unlinkat: a folder is removed (AT_REMOVEDIR, fcntl.h). */
export const unlinkFolder = 0x200;

// The beginning of a line that says which call failed; its words follow.
const complaintSign = 'fourline could not ';

// Where the program has its table. The table begins with the address of its first entry and of its end.
const tableAddress = 0x10000000;
/** Bytes that a table may have. */
export const mostBytes = 16 * 1024 * 1024;
const wordLength = 8;
// Number, five arguments, which of them are given, and the entries that follow success and failure.
const entryLength = 9 * wordLength;
const flags: Readonly<Record<GivenValue, { readonly bit: number; readonly at: number }>> = {
  result: { bit: 1, at: 0 },
  error: { bit: 2, at: 0 },
  environment: { bit: 4, at: 2 },
};

/** Builds the table of these steps. Throws Fault `calls-too-many` if it would not fit into the program. */
export function buildTable(machine: Machine, steps: readonly KernelCall[]): Uint8Array {
  const column = machine === 'x64' ? 0 : 1;
  const entries: TableEntry[] = [];
  const end = entries.push({ number: numbers.exit[column], args: [0], next: 0, failure: 0 }) - 1;
  const add = (some: readonly KernelCall[], next: number): number =>
    some.reduceRight((after, step) => addOne(step, after), next);
  const addOne = (step: KernelCall, next: number): number => {
    const failed = step.failure ?? complain(step.what ?? step.call);
    const entry = { failure: add(failed, next), next: add(step.success ?? [], next) };
    return entries.push({ number: numbers[step.call][column], args: step.args, ...entry }) - 1;
  };
  const first = add(steps, end);
  const data = openData(tableAddress + 2 * wordLength + entries.length * entryLength);
  const at = (index: number): number => tableAddress + 2 * wordLength + index * entryLength;
  const words = entries.flatMap(({ number, args, next, failure }) => {
    const given = args.map((arg) => (typeof arg === 'object' && 'given' in arg ? flags[arg.given].bit : 0));
    const values = [0, 1, 2, 3, 4].map((index) => data.place(args[index] ?? 0));
    return [number, ...values, given.reduce<number>((all, bit) => all | bit, 0), at(next), at(failure)];
  });
  const tail = data.bytes();
  const length = (2 + words.length) * wordLength + tail.length;
  if (length > mostBytes)
    throw new Fault('calls-too-many', `${steps.length} kernel calls take ${length} bytes, more than ${mostBytes}`);
  return Buffer.concat([wordBytes([at(first), tableAddress + length, ...words]), tail]);
}

/** Says in words which call failed and why, by the program's output and exit status. Null if it named no call. */
export function explainFailure(said: string, status: number | null): string | null {
  const line = said.split('\n').find((one) => one.startsWith(complaintSign));
  if (line === undefined) return null;
  const words = line.slice('fourline '.length);
  return status ? `${words}: ${getSystemErrorName(-status)}, ${getSystemErrorMessage(-status)}` : words;
}

type TableEntry = {
  readonly number: number;
  readonly args: readonly Argument[];
  readonly next: number;
  readonly failure: number;
};

function complain(what: string): KernelCall[] {
  const line = Buffer.from(`${complaintSign}${what}\n`);
  return [
    { call: 'write', args: [2, line, line.length], failure: [] },
    { call: 'exit', args: [error], failure: [] },
  ];
}

function wordBytes(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * wordLength);
  for (const [at, value] of values.entries()) bytes.writeBigInt64LE(BigInt(value), at * wordLength);
  return bytes;
}

// The bytes that arguments point to, from `start` on; each text is there once.
function openData(start: number) {
  const parts: Buffer[] = [];
  const known = new Map<string, number>();
  let length = 0;
  const put = (bytes: Uint8Array): number => {
    const at = start + length;
    // Whole words, so that addresses of lists are.
    const padded = Buffer.alloc(Math.ceil(Math.max(1, bytes.length) / wordLength) * wordLength);
    padded.set(bytes);
    parts.push(padded);
    length += padded.length;
    return at;
  };
  const putText = (text: string): number => {
    if (text.includes('\0')) throw new Fault('text-has-null', `a null byte can't be passed to the kernel: ${text}`);
    const at = known.get(text) ?? put(Buffer.from(`${text}\0`));
    known.set(text, at);
    return at;
  };
  return {
    place: (arg: Argument): number => {
      if (typeof arg === 'number') return arg;
      if (typeof arg === 'string') return putText(arg);
      if (arg instanceof Uint8Array) return put(arg);
      return 'given' in arg ? 0 : put(wordBytes([...arg.map(putText), 0]));
    },
    bytes: (): Buffer => Buffer.concat(parts),
  };
}

/**
 * Makes the program. Its one argument is a digit: the descriptor from which it reads its table, to the end. A table
 * that was cut ends it with EPIPE.
 */
export function buildCaller(machine: Machine): Uint8Array {
  return composeProgram(machine, Buffer.from(instructions[machine].join('').replaceAll(' ', ''), 'hex'), {
    address: tableAddress,
    length: mostBytes + wordLength,
  });
}

// x86_64: r12 is the entry, r13 the environment, r14 the last result, r15 the last error, ebx the descriptor.
// aarch64: x12, x13, x14, x15, x10. All are written as `as` writes them.
const instructions: Readonly<Record<Machine, readonly string[]>> = {
  x64: [
    // mov rcx,[rsp]; lea r13,[rsp+rcx*8+16]; mov rbx,[rsp+16]; movzx ebx,byte [rbx]; sub ebx,'0'; mov r12d,address
    '488b0c24 4c8d6ccc10 488b5c2410 0fb61b 83eb30 41bc00000010',
    // fill: xor eax,eax (read); mov edi,ebx; mov esi,r12d; mov edx,mostBytes; syscall; test eax,eax; jle filled
    '31c0 89df 4489e6 ba00000001 0f05 85c0 7e05',
    // add r12d,eax; jmp fill; filled: mov eax,3 (close); mov edi,ebx; syscall
    '4101c4 ebe9 b803000000 89df 0f05',
    // mov ecx,address; cmp r12,[rcx+8]; jne cut; mov r12,[rcx]
    'b900000010 4c3b6108 7558 4c8b21',
    // step: mov rax,[r12]; rdi,[r12+8]; rsi,[r12+16]; rdx,[r12+24]; r10,[r12+32]; r8,[r12+40]; rcx,[r12+48]
    '498b0424 498b7c2408 498b742410 498b542418 4d8b542420 4d8b442428 498b4c2430',
    // test cl,1; cmovnz rdi,r14; test cl,2; cmovnz rdi,r15; test cl,4; cmovnz rdx,r13
    'f6c101 490f45fe f6c102 490f45ff f6c104 490f45d5',
    // syscall; test rax,rax; js failed; mov r14,rax; mov r12,[r12+56]; jmp step
    '0f05 4885c0 780a 4989c6 4d8b642438 ebb8',
    // failed: neg rax; mov r15,rax; mov r12,[r12+64]; jmp step
    '48f7d8 4989c7 4d8b642440 ebab',
    // cut: mov edi,32 (EPIPE); mov eax,231 (exit_group); syscall
    'bf20000000 b8e7000000 0f05',
  ],
  arm64: [
    // ldr x9,[sp]; add x13,sp,x9,lsl #3; add x13,x13,#16; ldr x10,[sp,#16]; ldrb w10,[x10]; sub w10,w10,#'0'
    'e90340f9 ed6f298b ad410091 ea0b40f9 4a014039 4ac10051',
    // mov x12,#address; fill: mov x0,x10; mov x1,x12; mov x2,#mostBytes; mov x8,#63 (read); svc #0
    '0c00a2d2 e0030aaa e1030caa 0220a0d2 e80780d2 010000d4',
    // cmp x0,#0; b.le filled; add x12,x12,x0; b fill; filled: mov x0,x10; mov x8,#57 (close); svc #0
    '1f0000f1 6d000054 8c01008b f8ffff17 e0030aaa 280780d2 010000d4',
    // mov x9,#address; ldr x11,[x9,#8]; cmp x11,x12; b.ne cut; ldr x12,[x9]
    '0900a2d2 2b0540f9 7f010ceb 81020054 2c0140f9',
    // step: ldp x8,x0,[x12]; ldp x1,x2,[x12,#16]; ldp x3,x4,[x12,#32]; ldr x9,[x12,#48]
    '880140a9 810941a9 831142a9 891940f9',
    // tst x9,#1; csel x0,x14,x0,ne; tst x9,#2; csel x0,x15,x0,ne; tst x9,#4; csel x2,x13,x2,ne
    '3f0140f2 c011809a 3f017ff2 e011809a 3f017ef2 a211829a',
    // svc #0; tbnz x0,#63,failed; mov x14,x0; ldr x12,[x12,#56]; b step
    '010000d4 8000f8b7 ee0300aa 8c1d40f9 f2ffff17',
    // failed: neg x15,x0; ldr x12,[x12,#64]; b step; cut: mov x0,#32 (EPIPE); mov x8,#94 (exit_group); svc #0
    'ef0300cb 8c2140f9 efffff17 000480d2 c80b80d2 010000d4',
  ],
};
