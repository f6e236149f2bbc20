// Why: agent files list tools by their tool's own names; a card lists kinds of tools.
// Promises: pure. A name that has a kind is carried by its kind; every other name is given back. No kind is added that
// no name has.
// Never: takes a list for narrower than it is: a kind may have more tools than the names that stood there.
import { type CarriedKey, isTable, lose, showForeign } from './carried-key.ts';
import { type ToolKind, toolKinds } from './equipment.ts';
import type { ForeignKind } from './foreign.ts';

type ToolTable = readonly (readonly [ToolKind, RegExp])[];

const claudeNames: ToolTable = [
  ['read', /^(?:Read|Glob|Grep|LS|NotebookRead)$/],
  ['edit', /^(?:Edit|Write|MultiEdit|NotebookEdit)$/],
  ['shell', /^(?:Bash|BashOutput|KillShell|KillBash|TaskOutput|TaskStop)$/],
  ['web', /^(?:WebFetch|WebSearch)$/],
  ['agents', /^(?:Agent|Task)$/],
];
const geminiNames: ToolTable = [
  ['read', /^(?:read_file|read_many_files|list_directory|glob|grep_search|search_file_content)$/],
  ['edit', /^(?:replace|write_file)$/],
  ['shell', /^(?:run_shell_command|list_background_processes|read_background_output)$/],
  ['web', /^(?:web_fetch|google_web_search)$/],
  ['agents', /^invoke_agent$/],
];
const opencodeNames: ToolTable = [
  ['read', /^(?:read|glob|grep|list)$/],
  ['edit', /^(?:edit|write|patch|multiedit)$/],
  ['shell', /^bash$/],
  ['web', /^(?:webfetch|websearch|codesearch)$/],
  ['agents', /^task$/],
];
// Its newer names have a group in front (`read/readFile`); its chat modes had others.
const copilotNames: ToolTable = [
  ['read', /^(?:(?:read|search)(?:\/.*)?|codebase|usages|problems|changes|findTestFiles|searchResults)$/],
  ['edit', /^(?:edit(?:\/.*)?|editFiles)$/],
  ['shell', /^(?:(?:execute|runCommands|runTasks)(?:\/.*)?|shell|runTests|runInTerminal|terminalLastCommand)$/],
  ['web', /^(?:web(?:\/.*)?|fetch|githubRepo)$/],
  ['agents', /^(?:agent(?:\/.*)?|runSubagent|custom-agent)$/],
];

const toolNames: Readonly<Partial<Record<ForeignKind, ToolTable>>> = {
  claude: claudeNames,
  gemini: geminiNames,
  opencode: opencodeNames,
  copilot: copilotNames,
};

function toolKindOf(kind: ForeignKind, name: string): ToolKind | undefined {
  return toolNames[kind]?.find(([, names]) => names.test(name))?.[0];
}

/** The names of a list of tools, as a text with commas or as a list: a comma between brackets parts nothing. */
export function toolsNamed(value: unknown): readonly string[] {
  const words = Array.isArray(value) ? value.map(String) : String(value ?? '').split(/,(?![^({]*[)}])/);
  return words.map((one) => one.trim()).filter(Boolean);
}

// The tools of a list that a card carries by kind, and the names that it can't. `*` means all: nothing is carried.
function carryTools(
  kind: ForeignKind,
  names: readonly string[],
): { readonly kinds: readonly ToolKind[]; readonly rest: readonly string[] } {
  if (names.includes('*')) return { kinds: [], rest: names.filter((one) => one !== '*') };
  const plain = (name: string): string => name.replace(/\(.*\)$/, '');
  const found = names.map((name) => toolKindOf(kind, plain(name)));
  const kinds = toolKinds.filter((kind) => found.includes(kind));
  // A card whose agent can't read its order is no card.
  if (!kinds.some((one) => one === 'read' || one === 'shell')) return { kinds: [], rest: names };
  return { kinds, rest: names.filter((name, at) => found[at] === undefined || plain(name) !== name) };
}

/** A list of tools as a card's kinds; a name without a kind is lost. */
export function carryToolList(kind: ForeignKind, value: unknown): CarriedKey {
  const names = toolsNamed(value);
  const { kinds, rest } = carryTools(kind, names);
  const list = `[${kinds.join(', ')}]`;
  const shown = showForeign(names.join(', '));
  return {
    ...(kinds.length === 0 ? {} : { set: { tools: list } }),
    told:
      kinds.length > 0
        ? `${shown} becomes ${list}`
        : names.includes('*')
          ? '*: all tools, as without the key'
          : undefined,
    lost: rest.length === 0 ? undefined : showForeign(rest.join(', ')),
  };
}

/** `tools:` of Claude Code: its agents may be named with the agents they may call. */
export function claudeTools(value: unknown): CarriedKey {
  const send = toolsNamed(value).flatMap((one) => /^(?:Agent|Task)\((.*)\)$/.exec(one)?.[1]?.split(',') ?? []);
  return { ...carryToolList('claude', value), send: send.map((one) => one.trim()) };
}

/** `tools:` of opencode: a tool is off where the file says so, and a card lists what stays. */
export function opencodeTools(value: unknown): CarriedKey {
  if (!isTable(value)) return lose(value);
  const entries = Object.entries(value);
  const off = entries.filter(([name, on]) => on === false && name !== '*').map(([name]) => name);
  const on = entries.filter(([, word]) => word === true).map(([name]) => name);
  const gone = off.flatMap((name) => toolKindOf('opencode', name) ?? []);
  const whole = toolKinds.filter((kind) => !gone.includes(kind));
  const kept = value['*'] === false ? carryTools('opencode', on).kinds : whole.length < toolKinds.length ? whole : [];
  const able = kept.includes('read') || kept.includes('shell');
  return {
    ...(able ? { set: { tools: `[${kept.join(', ')}]` } } : {}),
    told: able ? `becomes [${kept.join(', ')}]` : undefined,
    lost: showForeign(value),
  };
}
