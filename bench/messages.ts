// Why: messages are written one by one, far from each other; read as a list they show where the house speaks in
// riddles.
// Promises: prints every text of src/ that may be a sentence for a person, with its file and line; an ellipsis stands
// for what is filled in.
// Never: judges.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** A text of the source that a person may meet. */
export type Message = { readonly file: string; readonly line: number; readonly text: string };

// At least three words, the first of which is one: no command line, path, pattern or list of names.
const isSentence = (text: string): boolean =>
  /^[\w`'"#*${][^\n]*\s\S+\s\S/.test(text.trim()) && /[a-z]{2,} [a-z]{2,}/i.test(text);

/** The messages of the TypeScript files below a folder. */
export function listMessages(folder: string): Message[] {
  const out: Message[] = [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  for (const file of paths.sort()) {
    const source = readFileSync(`${folder}/${file}`, 'utf8');
    const add = (at: number, text: string): void => {
      if (isSentence(text)) out.push({ file, line: source.slice(0, at).split('\n').length, text });
    };
    new Visitor({
      Literal: (node) => {
        if (typeof node.value === 'string') add(node.start, node.value);
      },
      TemplateLiteral: (node) => add(node.start, node.quasis.map((part) => part.value.cooked ?? '').join('…')),
    }).visit(parseSync(file, source).program);
  }
  return out;
}

if (import.meta.main)
  for (const { file, line, text } of listMessages(resolve(import.meta.dirname, '../src')))
    process.stdout.write(`${file}:${line}  ${text.replaceAll('\n', '⏎')}\n`);
