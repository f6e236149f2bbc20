// Why: docs/troubleshooting.md lists every code that a person can meet, so the codes are read out of the source.
// Promises: finds the codes of faults, problems, findings, agent failures and refused changes by the form in which the
// source writes them.
// Never: finds a code that is put together from parts at run time, but as `order-no-*`.

import { readdirSync, readFileSync } from 'node:fs';
import { waitNames } from '../../src/ledger/waits.ts';
import { top } from './document.ts';

const literal = /'([a-z]+(?:-[a-z]+)*)'|`([a-z]+(?:-[a-z]+)*-)\$\{[^}]*\}`/g;

// The arguments of a call, as text, from the place behind its opening parenthesis. Strings, brackets and commas inside
// are passed over.
function argumentsAt(text: string, from: number): string[] {
  const out: string[] = [];
  let depth = 0;
  let quote = '';
  let begin = from;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (quote !== '') {
      if (sign === '\\') at += 1;
      else if (sign === quote) quote = '';
    } else if (/['"`]/.test(sign)) quote = sign;
    else if (/[([{]/.test(sign)) depth += 1;
    else if (/[)\]}]/.test(sign) && depth > 0) depth -= 1;
    else if (sign === ')' || (sign === ',' && depth === 0)) {
      out.push(text.slice(begin, at));
      begin = at + 1;
      if (sign === ')') return out;
    }
  }
  return out;
}

// Functions that take a code, by their name, with the place of that parameter. A type of such functions counts for
// parameters of its name.
function takersIn(text: string): Map<string, number> {
  const takers = new Map([['Fault', 0]]);
  const forms = [/(?:function|const|type) (\w+)(?:<[^>]*>)?(?: = )?(?:async )?\(/g, /(\w+): \((?=[^)]*\bcode: )/g];
  for (const form of forms)
    for (const match of text.matchAll(form)) {
      const parameters = argumentsAt(text, (match.index ?? 0) + match[0].length);
      const place = parameters.findIndex((one) => /^\s*code: /.test(one));
      const name = match[1] ?? '';
      if (place >= 0) takers.set(name.charAt(0).toLowerCase() + name.slice(1), place);
    }
  return takers;
}

function codesIn(expression: string): string[] {
  // A text that the expression is compared with is no value of the expression.
  const values = expression.replace(/(?:===|!==|includes\(|startsWith\()\s*'[^']*'/g, '');
  return [...values.matchAll(literal)].map((match) => match[1] ?? `${match[2] ?? ''}*`);
}

/** Each code with the file that writes it. A code that is put together ends in `*`. */
export function codesOfSource(): Map<string, string> {
  const found = new Map<string, string>();
  const texts = readdirSync(`${top}/src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map(
      (name) => [name, readFileSync(`${top}/src/${name}`, 'utf8').replace(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, '')] as const,
    );
  const shared = takersIn(
    texts
      .map(([, text]) => text)
      .filter((text) => /export (?:function|type) \w+ ?=? ?\([^)]*code: /.test(text))
      .join('\n'),
  );
  for (const [file, text] of texts) {
    const add = (expression: string): void => {
      for (const code of codesIn(expression)) found.set(code, found.get(code) ?? file);
    };
    for (const [name, place] of new Map([...shared, ...takersIn(text)]))
      for (const call of text.matchAll(new RegExp(`(?<!function )\\b${name}\\(`, 'g')))
        add(argumentsAt(text, (call.index ?? 0) + call[0].length)[place] ?? '');
    for (const [, value = ''] of text.matchAll(/\b(?:code|\w+Code)(?::|\??: \|| =) ((?:['`]|\w[^;,\n]* \? ')[^;,]*)/g))
      add(value);
    for (const [, value = ''] of text.matchAll(/\bcode:\s*\|([^;]*);/g)) add(value);
    for (const [, keys = ''] of text.matchAll(/const hints = \{([\s\S]*?)\n\} as const/g))
      for (const [, key = ''] of keys.matchAll(/^ {2}'([a-z-]+)':/gm)) add(`'${key}'`);
  }
  return found;
}

// Finds the names in a type or a schema of this form, in whichever file of the source it stands.
function namesOf(form: RegExp): string[] {
  const texts = readdirSync(`${top}/src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => form.exec(readFileSync(`${top}/src/${name}`, 'utf8'))?.[1]);
  const names = texts.find((found) => found !== undefined) ?? '';
  return [...names.matchAll(/'([a-z-]+)'/g)].map(([, name = '']) => name);
}

/** The reasons for which the gate refuses a change. */
export function reasonsOfSource(): string[] {
  return namesOf(/type RefusalReason =([^;]*);/);
}

/** The things that a parked order may wait for. */
export function waitsOfSource(): string[] {
  return [...waitNames];
}
