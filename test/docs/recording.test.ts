import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { cli } from '../kit/office.ts';
import { top } from './document.ts';
import { drawRows, recordDemo, wordsOfPicture } from './recording.ts';

// Times, ids of commits, the scratch folder and the sandbox of the machine differ from run to run, and so does the
// order of lines about orders that are worked on at once.
function steady(words: readonly string[]): string[] {
  return words
    .filter((line) => !line.startsWith('sandbox: '))
    .map((line) =>
      line
        .replace(/\b\d\d:\d\d:\d\d\b/g, 'TIME')
        .replace(/\b[0-9a-f]{7}\b/g, 'COMMIT')
        .replace(/\/tmp\/fourline-demo-\w+/g, 'SCRATCH'),
    )
    .sort();
}

test('docs/demo.svg shows what the demo prints in a terminal; `npm run recording` makes it', async () => {
  needs('script');
  const picture = readFileSync(`${top}/docs/demo.svg`, 'utf8');
  const now = drawRows(await recordDemo(cli));
  expect(steady(wordsOfPicture(picture))).toEqual(steady(wordsOfPicture(now)));
  // Nothing of it but colours and times, and no address that a page would ask.
  expect(picture.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|href|url\(/);
});
