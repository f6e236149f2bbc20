// Compiled code is kept for the next command, and nothing hangs on that.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bundledCli } from '../kit/bundle.ts';
import { temporaryFolder } from '../kit/repository.ts';

async function askVersion(env: NodeJS.ProcessEnv): Promise<string> {
  const all = {
    ...process.env,
    NODE_COMPILE_CACHE: undefined,
    NODE_DISABLE_COMPILE_CACHE: undefined,
    HOME: undefined,
    ...env,
  };
  return execFileSync(process.execPath, [await bundledCli(), '--version'], { env: all, encoding: 'utf8' });
}

test('compiled code is kept in the cache folder of the person, and not where that can’t be', async () => {
  const place = temporaryFolder();
  const version = await askVersion({ XDG_CACHE_HOME: `${place}/cache` });
  expect(readdirSync(`${place}/cache/fourline/code`)).not.toEqual([]);
  expect(await askVersion({ XDG_CACHE_HOME: '', HOME: place })).toBe(version);
  expect(readdirSync(`${place}/.cache/fourline/code`)).not.toEqual([]);
  writeFileSync(`${place}/file`, '');
  for (const folder of [`${place}/file`, 'relative', undefined])
    expect(await askVersion({ XDG_CACHE_HOME: folder })).toBe(version);
  expect(existsSync('relative')).toBe(false);
});
