import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { version } from '../src/version.ts';
import { openOffice } from './kit/office.ts';

const top = resolve(import.meta.dirname, '..');

test('the tarball of npm pack holds a working fourline of built JavaScript', async () => {
  const office = await openOffice();
  const place = mkdtempSync(`${tmpdir()}/fourline-pack-`);
  onTestFinished(() => rmSync(place, { recursive: true }));
  // npm from PATH runs prepack, which builds.
  execFileSync('npm', ['pack', '--silent', '--pack-destination', place], {
    cwd: top,
    env: office.env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball = ''] = readdirSync(place);
  execFileSync('tar', ['-xzf', `${place}/${tarball}`, '-C', place]);
  const shipped = readdirSync(`${place}/package`, { recursive: true, encoding: 'utf8' });
  expect(shipped.filter((name) => /\.ts$|^(?:src|test|inbox|state|repos)/.test(name))).toEqual([]);
  symlinkSync(`${top}/node_modules`, `${place}/package/node_modules`);
  const fourline = (...args: string[]): string =>
    execFileSync(process.execPath, [`${place}/package/dist/cli.js`, ...args], {
      env: office.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  expect(fourline('--version').trim()).toBe(version);
  expect(fourline('init', `${place}/office`)).toContain('a workspace is in');
  expect(fourline('-C', `${place}/office`, 'check')).toContain('3 files read, 0 with errors');
  expect(fourline('demo')).toContain('The in-scope fix landed');
}, 120_000);
