// Why: tests start the command line many hundred times, as people do: the bundle that the package holds, not five
// hundred files of source.
// Promises: made from the source as it is now, once for each state of it, before the first test.
// Never: tests the source of an earlier state.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { bundleInto } from '../../rolldown.config.ts';

const top = resolve(import.meta.dirname, '../..');

function digestOf(): string {
  const hash = createHash('sha256').update(process.version);
  const sources = readdirSync(`${top}/src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:ts|json)$/.test(name),
  );
  for (const name of [
    ...sources.sort().map((one) => `src/${one}`),
    'package-lock.json',
    'rolldown.config.ts',
    'package.json',
    ...['roles', 'flows'].flatMap((folder) => readdirSync(`${top}/${folder}`).map((one) => `${folder}/${one}`)),
    'docs/skills/fourline/SKILL.md',
  ])
    hash
      .update(`${name}\0`)
      .update(readFileSync(`${top}/${name}`))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

/**
 * Bundles the source, if that was not done yet, and gives the path of its command line. Throws what the bundler throws.
 */
export async function bundledCli(): Promise<string> {
  const folder = `${top}/node_modules/.cache/fourline/bundle`;
  const place = `${folder}/${digestOf()}`;
  if (!existsSync(place)) {
    mkdirSync(folder, { recursive: true });
    const draft = mkdtempSync(`${folder}/draft-`);
    const { output, ...input } = bundleInto(`${draft}/dist`);
    const bundle = await rolldown(input);
    await bundle.write(output);
    await bundle.close();
    // The files beside dist/ in the package.
    cpSync(`${top}/package.json`, `${draft}/package.json`);
    for (const name of ['roles', 'flows', 'docs/skills'])
      cpSync(`${top}/${name}`, `${draft}/${name}`, { recursive: true });
    try {
      renameSync(draft, place);
    } catch {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return `${place}/dist/cli.js`;
}
