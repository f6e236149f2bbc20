// Why: programs inside a sandbox are started again and again. In a checkout they are TypeScript. Node would strip their
// types at each start, which takes longer than the programs themselves.
// Promises: an installed fourline brings its programs as they are. A checkout brings node's output for them, kept by
// their content.
// Never: runs one of them.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../platform/process/process.ts';

/** A program that is brought into sandboxes: its path on the host, and the extension of its name inside. */
export type InsideProgram = { readonly path: string; readonly extension: '.mjs' | '.mts' };

const isSource = import.meta.url.endsWith('.ts');
const programs = new Map<string, Promise<InsideProgram>>();

/** One of the programs in inside/, by its name there. */
export function insideProgram(name: 'bridge' | 'hook' | 'rehearse'): Promise<InsideProgram> {
  const known = programs.get(name) ?? findProgram(name);
  programs.set(name, known);
  return known;
}

async function findProgram(name: string): Promise<InsideProgram> {
  const path = fileURLToPath(new URL(`inside/${name}${isSource ? '.ts' : '.js'}`, import.meta.url));
  if (!isSource) return { path, extension: '.mjs' };
  try {
    return { path: await stripTypes(path, name), extension: '.mjs' };
  } catch {
    // Somebody else's checkout: the program runs as it is, only slower.
    return { path, extension: '.mts' };
  }
}

// Another process strips the types: node prints a warning that this is new to the process that does it.
const insideProgramScript =
  'process.stdout.write(require("node:module").stripTypeScriptTypes(require("node:fs").readFileSync(0, "utf8")))';

async function stripTypes(path: string, name: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  const digest = createHash('sha256').update(process.version).update(text).digest('hex').slice(0, 16);
  const folder = fileURLToPath(new URL('../../node_modules/.cache/fourline', import.meta.url));
  const to = `${folder}/${name}-${digest}.mjs`;
  if ((await stat(to).catch(() => null)) !== null) return to;
  const argv = [process.execPath, '--no-warnings', '-e', insideProgramScript] as const;
  const done = await runProcess(argv, { env: {}, input: text });
  if (done.status !== 0) throw new Error(done.stderr);
  await mkdir(folder, { recursive: true });
  const draft = `${to}.${process.pid}`;
  await writeFile(draft, done.stdout, { mode: 0o644 });
  await rename(draft, to);
  return to;
}
