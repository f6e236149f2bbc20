// Why: opencode has no hooks, but plugins: JavaScript that it runs before each tool.
// Promises: pure; the plugin asks what the hook of other CLIs asks, and an edit that is refused fails with the reason.
// Never: refuses where nobody answers.

/** The text of the plugin. `hook` are the words of the command that it asks. */
export function opencodePlugin(hook: readonly string[]): string {
  return `// Written by fourline setup: asks fourline before each edit.
import { spawn } from 'node:child_process';

const [program, ...args] = ${JSON.stringify(hook)};
const editors = ['edit', 'write', 'apply_patch'];

const ask = (request, cwd) =>
  new Promise((done) => {
    const child = spawn(program, args, { cwd, stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.stdin.on('error', () => {});
    child.on('error', () => done(null));
    child.on('close', (status) => done(status === 2 ? said.trim() : null));
    child.stdin.end(JSON.stringify(request));
  });

export const Fourline = async ({ directory: cwd }) => ({
  'tool.execute.before': async ({ tool: tool_name }, { args: tool_input }) => {
    if (!editors.includes(tool_name)) return;
    const refusal = await ask({ tool_name, tool_input, cwd }, cwd);
    if (refusal !== null) throw new Error(refusal);
  },
});
`;
}
