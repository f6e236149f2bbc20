// Why: an agent CLI that asks a hook before each edit hears 'not yours' while it can still change its plan. This
// program is that hook, in the sandbox.
// Promises: if fourline refuses a path, the hook ends with status 2 and the reason on standard error. In any other case
// it passes: a tool that edits no file, unreadable input, nobody who answers. The gate decides at the end anyway.
// Never: decides anything itself. One file without imports of its own: it is brought into the sandbox alone.
import { connect } from 'node:net';
import { basename, dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/**
 * The messages on the socket, one line of JSON each way. The question: absolute paths as the agent sees them. The
 * answer: a refusal for the agent, or null.
 */
export type HookQuestion = { readonly paths: readonly string[] };
export type Answer = { readonly refusal: string | null };

// The tools that change a file they name: Claude Code's, the Gemini CLI's, Cursor's, and those of Copilot and opencode.
// Where a CLI edits by patches, the patch names the files.
const editors = [
  ...['Edit', 'Write', 'MultiEdit', 'NotebookEdit', 'write_file', 'replace', 'StrReplace', 'Delete'],
  ...['edit', 'write', 'create', 'str_replace_editor'],
];
const patcher = 'apply_patch';

// How long an answer may take, in milliseconds.
const hookPatience = 20_000;

/**
 * The paths a tool is about to change, by the hook's input (a tool's name, its input, the folder it is in); empty if it
 * names no path.
 */
export function pathsAsked(input: string): string[] {
  const request = readMap(input);
  // Copilot names the same fields in another way.
  const tool = request['tool_name'] ?? request['toolName'];
  const given = request['tool_input'] ?? request['toolArgs'];
  const { cwd } = request;
  if (tool !== patcher && !editors.includes(tool as string)) return [];
  const asked = typeof given === 'string' ? readMap(given) : mapOf(given);
  const patch = [given, asked['command'], asked['input'], asked['patch'], asked['patchText']].flatMap(patchedPaths);
  const named = [asked['file_path'], asked['notebook_path'], asked['filePath'], asked['path']];
  // An editor that can look as well says so.
  const paths = asked['command'] === 'view' ? [] : tool === patcher ? patch : [...named, ...patch];
  return paths
    .filter((one) => typeof one === 'string' && one !== '')
    .map((one) => resolve(typeof cwd === 'string' ? cwd : process.cwd(), one as string));
}

function patchedPaths(patch: unknown): string[] {
  const head = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/s;
  return typeof patch === 'string' ? patch.split('\n').flatMap((line) => head.exec(line)?.[1]?.trim() ?? []) : [];
}

function readMap(input: string): Record<string, unknown> {
  try {
    return mapOf(JSON.parse(input) as unknown);
  } catch {
    return {};
  }
}

function mapOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}

function askGate(socket: string, question: HookQuestion): Promise<string | null> {
  // The name of a socket may be 107 bytes long; from its own folder it is short.
  process.chdir(dirname(socket));
  return new Promise((done, fail) => {
    const line = connect({ path: basename(socket) });
    let said = '';
    line.setTimeout(hookPatience, () => line.destroy());
    line.on('error', fail);
    line.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    line.on('close', () => {
      const { refusal } = readMap(said);
      done(typeof refusal === 'string' ? refusal : null);
    });
    line.write(`${JSON.stringify(question)}\n`);
  });
}

async function hearAnswer(socket: string): Promise<string | null> {
  const paths = pathsAsked(await text(process.stdin));
  return paths.length === 0 ? null : askGate(socket, { paths });
}

if (import.meta.main) {
  const refusal = await hearAnswer(process.argv[2] ?? '').catch(() => null);
  if (refusal !== null) {
    process.stderr.write(`${refusal}\n`);
    process.exitCode = 2;
  }
}
