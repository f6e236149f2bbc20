// Why: whether the kernel answers a call is known by calling it, and node calls only what it needs itself. So a program
// is made that makes one call and nothing else.
// Promises: pure. A whole static program of one page, for the machines below; it exits with the call's error (0 where
// the call succeeded; else errno).
// Never: more than one call; anything behind a pointer.

/** A machine as `process.arch` names it. */
export type Machine = 'x64' | 'arm64';

/** Whether programs can be made here for a machine of that name. */
export function isMachine(name: string): name is Machine {
  return name === 'x64' || name === 'arm64';
}

// Where the program lies in memory, and how long its headers are (ELF-64 Object File Format, 1998): one of the file,
// and one of each segment.
const address = 0x400000;
const fileHeader = 64;
const segmentHeader = 56;

/** Makes the program for call `number` with these arguments (at most three, 32 bits each). */
export function buildCall(machine: Machine, number: number, args: readonly number[]): Uint8Array {
  return composeProgram(machine, machine === 'x64' ? codeForX64(number, args) : codeForArm64(number, args));
}

/**
 * Puts the headers of a program before its instructions; it begins with the first. `memory` is what the
 * program may write: zeros at first.
 */
export function composeProgram(
  machine: Machine,
  instructions: Uint8Array,
  memory?: { readonly address: number; readonly length: number },
): Uint8Array {
  const segments = memory === undefined ? 1 : 2;
  const headers = fileHeader + segments * segmentHeader;
  const file = Buffer.alloc(headers + instructions.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine === 'x64' ? 62 : 183, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(address + headers), 24);
  file.writeBigUInt64LE(BigInt(fileHeader), 32);
  file.writeUInt16LE(fileHeader, 52);
  file.writeUInt16LE(segmentHeader, 54);
  file.writeUInt16LE(segments, 56);
  // All of the file, readable and executable; and the memory, readable and writable.
  const whole = { rights: 5, address, inFile: file.length, length: file.length };
  for (const [at, one] of [whole, ...(memory === undefined ? [] : [{ rights: 6, inFile: 0, ...memory }])].entries()) {
    const from = fileHeader + at * segmentHeader;
    file.writeUInt32LE(1, from);
    file.writeUInt32LE(one.rights, from + 4);
    for (const offset of [16, 24]) file.writeBigUInt64LE(BigInt(one.address), from + offset);
    file.writeBigUInt64LE(BigInt(one.inFile), from + 32);
    file.writeBigUInt64LE(BigInt(one.length), from + 40);
    file.writeBigUInt64LE(0x1000n, from + 48);
  }
  file.set(instructions, headers);
  return file;
}

// mov eax, number; mov edi, esi, edx, the arguments; syscall; a result below zero becomes the exit status, any other 0.
function codeForX64(number: number, args: readonly number[]): Buffer {
  const put = (opcode: number, value: number): Buffer => {
    const bytes = Buffer.from([opcode, 0, 0, 0, 0]);
    bytes.writeUInt32LE(value >>> 0, 1);
    return bytes;
  };
  const [first = 0, second = 0, third = 0] = args;
  return Buffer.concat([
    put(0xb8, number),
    put(0xbf, first),
    put(0xbe, second),
    put(0xba, third),
    Buffer.from([0x0f, 0x05]),
    // xor edi, edi; test eax, eax; jns +4; mov edi, eax; neg edi
    Buffer.from([0x31, 0xff, 0x85, 0xc0, 0x79, 0x04, 0x89, 0xc7, 0xf7, 0xdf]),
    // exit_group
    put(0xb8, 231),
    Buffer.from([0x0f, 0x05]),
  ]);
}

// The same: movz and movk for x8, x0, x1, x2; svc; cmp w0, 0; neg w0, w0 where it is below zero, else 0; exit_group.
function codeForArm64(number: number, args: readonly number[]): Buffer {
  const put = (register: number, value: number): number[] => [
    0xd2800000 | ((value & 0xffff) << 5) | register,
    0xf2a00000 | (((value >>> 16) & 0xffff) << 5) | register,
  ];
  const [first = 0, second = 0, third = 0] = args;
  const words = [
    ...put(8, number),
    ...put(0, first),
    ...put(1, second),
    ...put(2, third),
    0xd4000001,
    // cmp w0, #0; cneg w0, w0, lt; csel w0, w0, wzr, lt
    0x7100001f,
    0x5a80a400,
    0x1a9fb000,
    ...put(8, 94),
    0xd4000001,
  ];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [at, word] of words.entries()) bytes.writeUInt32LE(word >>> 0, at * 4);
  return bytes;
}
