// Why: each CLI has tools of its own; a script's turn is put into calls of those it announces.
// Promises: pure; tools are found by name and by the fields of their schema; where there is none for a turn, that is
// thrown with the tools there are.
// Never: calls a tool that was not announced.
import type { Call, Tool, Turn } from './script.ts';

const editNames = /^(edit|replace|str_replace\w*|apply_patch)$/i;
const createNames = /^(write|write_file|create_file|apply_patch)$/i;
const shellNames = /^(bash|shell|shell_command|exec_command|local_shell|run_shell_command)$/i;
const readNames = /^(read|read_file)$/i;

/** The calls that do what a turn says. */
export function callTools(turn: Turn, tools: readonly Tool[]): readonly Call[] {
  switch (turn.do) {
    case 'edit': {
      const tool = findTool(tools, editNames);
      if (takesPatch(tool)) return [patch(tool, turn.path, turn.before, turn.after)];
      const read = tools.find((one) => readNames.test(one.name));
      const input = fill(tool, [
        [/^(file_?path|path|absolute_path)$/i, turn.path],
        [/^old_?str(ing)?$/i, turn.before],
        [/^new_?str(ing)?$/i, turn.after],
        [/^instruction$/i, 'Change it as the order says.'],
      ]);
      // Most edit tools want the file to have been read.
      return [...(read === undefined ? [] : [readFile(read, turn.path)]), { tool, input }];
    }
    case 'create': {
      const tool = findTool(tools, createNames);
      if (takesPatch(tool)) return [patch(tool, turn.path, null, turn.text)];
      const input = fill(tool, [
        [/^(file_?path|path)$/i, turn.path],
        [/^(content|text|file_text)$/i, turn.text],
      ]);
      return [{ tool, input }];
    }
    case 'shell': {
      const tool = findTool(tools, shellNames);
      const whole = tool.name === 'shell' ? ['sh', '-c', turn.line] : turn.line;
      const input = fill(tool, [
        [/^(command|cmd)$/i, whole],
        [/^description$/i, 'Runs a line.'],
      ]);
      return [{ tool, input }];
    }
    case 'read': {
      const tool = tools.find((one) => readNames.test(one.name));
      return tool === undefined
        ? callTools({ do: 'shell', line: `cat ${turn.path}` }, tools)
        : [readFile(tool, turn.path)];
    }
    case 'call':
      return [{ tool: findServed(tools, turn.server, turn.tool), input: turn.input ?? {} }];
    case 'say':
    case 'fail':
    case 'hang':
      return [];
  }
}

function findTool(tools: readonly Tool[], names: RegExp): Tool {
  const found = tools.find((one) => names.test(one.name));
  if (found !== undefined) return found;
  throw new Error(`no tool like ${names} among ${tools.map((one) => one.name).join(', ')}`);
}

// A CLI announces a server's tools by names of its own; one that runs code may name the server alone, and the tools can
// be called there all the same.
function findServed(tools: readonly Tool[], server: string, name: string): Tool {
  const named = new RegExp(`${server}[_-]+${name}$`);
  const through = tools.find((one) => one.through !== null)?.through ?? null;
  const known = tools.find((one) => named.test(one.name));
  return (
    known ??
    (through === null ? findTool(tools, named) : { name: `mcp__${server}__${name}`, fields: [], free: false, through })
  );
}

function takesPatch(tool: Tool): boolean {
  return tool.name === 'apply_patch';
}

function readFile(tool: Tool, path: string): Call {
  return { tool, input: fill(tool, [[/^(file_?path|path|absolute_path)$/i, path]]) };
}

function patch(tool: Tool, path: string, before: string | null, after: string): Call {
  const lines = (mark: string, text: string): string[] =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `${mark}${line}`);
  const body =
    before === null
      ? [`*** Add File: ${path}`, ...lines('+', after)]
      : [`*** Update File: ${path}`, '@@', ...lines('-', before), ...lines('+', after)];
  const text = ['*** Begin Patch', ...body, '*** End Patch', ''].join('\n');
  return { tool, input: tool.free ? text : { [tool.fields[0] ?? 'input']: text } };
}

function fill(tool: Tool, values: readonly (readonly [RegExp, unknown])[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of tool.fields) {
    const value = values.find(([name]) => name.test(field));
    if (value !== undefined) out[field] = value[1];
  }
  return out;
}
