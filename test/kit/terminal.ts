// Why: what a person sees in a terminal is tested in a real one.
// Promises: fourline runs in a pseudo-terminal of 24 rows and 100 columns, and is ended with the test.
// Never: waits for time to pass; it waits for words on the screen.
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { needs } from './needs.ts';
import { cli, type Office } from './office.ts';

/** Starts fourline in a terminal of its own. `until` waits until a text or an expression was printed. */
export function inTerminal(office: Office, ...args: readonly string[]) {
  needs('script');
  const words = [process.execPath, cli, '-C', office.root, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', `stty rows 24 cols 100; ${words}`, '/dev/null'], {
    env: { ...office.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  return {
    ended: new Promise<number | null>((done) => void child.once('close', done)),
    press: (keys: string) => void child.stdin.write(keys),
    ...hearOutput(child.stdout),
  };
}

/** Collects what a program prints. `until` waits until a text or an expression was printed. */
export function hearOutput(output: Readable) {
  let text = '';
  let heard: () => void = () => undefined;
  output.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    heard();
  });
  return {
    text: () => text,
    until: async (sign: string | RegExp): Promise<void> => {
      const isThere = (): boolean => (typeof sign === 'string' ? text.includes(sign) : sign.test(text));
      while (!isThere()) await new Promise<void>((done) => (heard = done));
    },
  };
}
