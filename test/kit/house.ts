// Why: a layer proves itself when it is switched off and what it held gets through. So the program is copied, one
// snippet of the copy is changed, and the copy is run.
// Promises: a house is readable by every user and holds all that fourline needs: source, packages, node; a snippet that
// is not there exactly once fails the test.
// Never: changes the checkout.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const top = resolve(import.meta.dirname, '../..');

/** One change of a house's source: in one file, one snippet that is there once. */
export type Replacement = readonly [file: string, from: string, to: string];

/** A copy of fourline. `node` runs it, `cli` is its command line. */
export type House = { readonly node: string; readonly cli: string };

// Packages and node are the same in all houses of a test file: the first one makes them.
let ground: string | undefined;

/**
 * Makes a folder that any user can come by, and removes it when the test is over; with `keep`, when the process ends.
 */
export function openFolder(keep = false): string {
  const folder = mkdtempSync(`${tmpdir()}/fourline-house-`);
  chmodSync(folder, 0o755);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  if (keep) process.on('exit', remove);
  else onTestFinished(remove);
  return folder;
}

/** Copies fourline with these changes made to it. */
export function buildHouse(changes: readonly Replacement[] = []): House {
  ground ??= layGround();
  const folder = openFolder();
  cpSync(`${top}/src`, `${folder}/src`, { recursive: true });
  cpSync(`${top}/package.json`, `${folder}/package.json`);
  symlinkSync(`${ground}/node_modules`, `${folder}/node_modules`);
  for (const [file, from, to] of changes) {
    const path = `${folder}/src/${file}`;
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`src/${file} has ${parts.length - 1} times, not once: ${from}`);
    writeFileSync(path, parts.join(to));
  }
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  return { node: `${ground}/bin/node`, cli: `${folder}/src/cli.ts` };
}

function layGround(): string {
  const folder = openFolder(true);
  for (const name of productionPackages()) copyTree(`${top}/node_modules/${name}`, `${folder}/node_modules/${name}`);
  copyTree(process.execPath, `${folder}/bin/node`);
  return folder;
}

// Hard links where both are on one disk and may be linked; else copies.
function copyTree(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const [real] = [execFileSync('realpath', [from], { encoding: 'utf8' }).trim()];
  try {
    execFileSync('cp', ['-rl', real, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-r', real, to]);
  }
}

type Manifest = { readonly dependencies?: Readonly<Record<string, string>> };

function productionPackages(): Set<string> {
  const found = new Set<string>();
  const open = [...Object.keys(manifestOf(top).dependencies ?? {})];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const folder = `${top}/node_modules/${name}`;
    if (found.has(name) || !existsSync(folder)) continue;
    found.add(name);
    open.push(...Object.keys(manifestOf(folder).dependencies ?? {}));
  }
  return found;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest;
}
