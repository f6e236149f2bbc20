// Why: some commands ask a person at their terminal.
// Promises: the question goes to standard error; a person who ends the input says nothing.
// Never: asks where there is no terminal.
import { createInterface } from 'node:readline/promises';
import { Fault } from '../api.ts';

/** Asks at the terminal. Gives the answer in lower case without blanks around it; empty where none came. */
export async function askPerson(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => void terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(question).catch(() => ''), closed]);
  terminal.close();
  return answer.trim().toLowerCase();
}

/** Asks for a yes: `y` or `yes`. Throws Fault `usage` where there is no terminal: `--yes` answers for the person. */
export async function confirms(question: string): Promise<boolean> {
  if (process.stdin.isTTY !== true)
    throw new Fault('usage', 'there is no terminal to ask at, so nothing is done', { hint: 'add --yes' });
  return /^y(?:es)?$/.test(await askPerson(question));
}
