// Why: what a whole workspace agrees on, in one optional hand-written file; the defaults suffice.
// Promises: strict: an unknown key or an odd value is a problem with its line. Pure.
// Never: grants anything; that is the cards'.
import { readYaml } from './ground/front-matter.ts';
import type { Problem } from './ground/problem.ts';
import { closestOf, escapeText } from './ground/text.ts';

/** `runs`: how many runs there may be at once, over all roles. `domain`: the mail domain of roles in commits. */
export type Settings = { readonly runs: number; readonly domain: string };

/** What holds without a fourline.yaml. */
export const defaultSettings: Settings = { runs: 4, domain: 'fourline.local' };

const keys = ['runs', 'domain'];

/** Reads fourline.yaml. Values with a problem keep their default. */
export function parseSettings(text: string): { settings: Settings; problems: Problem[] } {
  const reading = readYaml(text);
  if (!reading.ok) return { settings: defaultSettings, problems: [...reading.problems] };
  const problems: Problem[] = [];
  const out = { ...defaultSettings };
  for (const field of reading.fields) {
    const fail = (message: string, hint?: string): void =>
      void problems.push({ code: 'settings', level: 'error', message, line: field.line, column: 1, hint });
    if (field.key === 'runs') {
      if (typeof field.value === 'number' && Number.isInteger(field.value) && field.value >= 1 && field.value <= 256)
        out.runs = field.value;
      else fail('runs: must be a whole number from 1 to 256');
    } else if (field.key === 'domain') {
      if (typeof field.value === 'string' && /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/i.test(field.value))
        out.domain = field.value;
      else fail('domain: must be a mail domain', 'domain: agents.example.com');
    } else {
      const near = closestOf(field.key, keys);
      fail(
        `unknown key '${escapeText(field.key).slice(0, 40)}'`,
        near === undefined ? `the keys are ${keys.join(', ')}` : `did you mean '${near}'?`,
      );
    }
  }
  return { settings: out, problems };
}
