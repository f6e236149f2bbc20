// Why: each agent CLI keeps servers, skills and hooks in files of its own. This table says which, and in which form, as
// the CLI's documents have it (docs/clis.md names them).
// Promises: pure; a part is written in the CLI's own documented form, or its absence is said.
// Never: touches a file.
import { Fault } from '../platform/text/fault.ts';
import type { JsonValue } from '../platform/text/jsonc.ts';
import { closestOf, shellWord } from '../platform/text/text.ts';
import { printToml } from '../platform/text/toml.ts';
import { opencodePlugin } from './opencode-plugin.ts';

/** The CLIs that can be set up, and `plugin`: a folder that their plug-in commands take. */
export const cliNames = ['claude', 'codex', 'opencode', 'gemini', 'copilot', 'cursor'] as const;

/** One of them. */
export type ToolName = (typeof cliNames)[number];

/**
 * A part of a set-up: an entry in a file of JSON (`list` appends it to the list at `at`; one that is `shared` stays
 * when others are taken back), a table in a file of TOML, or a file that is fourline's alone. `file` is an absolute
 * path.
 */
export type SetupPart =
  | {
      readonly kind: 'entry';
      readonly file: string;
      readonly at: readonly string[];
      readonly value: JsonValue;
      readonly list: boolean;
      readonly shared?: true;
    }
  | { readonly kind: 'table'; readonly file: string; readonly at: readonly string[]; readonly text: string }
  | { readonly kind: 'whole'; readonly file: string; readonly text: string };

/**
 * The facts that a set-up is made of. `program` are the words that start this fourline; `there` tells whether a file
 * exists.
 */
export type Wish = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly workspace: string;
  readonly folder: string;
  readonly user: boolean;
  readonly role: string | null;
  readonly program: readonly [string, ...string[]];
  readonly skill: string;
  readonly version: string;
  readonly there: (path: string) => boolean;
};

/** The parts of a CLI's set-up, and what its person still has to do. */
export type SetupParts = { readonly parts: readonly SetupPart[]; readonly notes: readonly string[] };

/** A name that a person wrote. Throws Fault `usage`. */
export function readToolName(name: string): ToolName {
  const known = cliNames.find((one) => one === name);
  if (known !== undefined) return known;
  const meant = closestOf(name, cliNames);
  throw new Fault('usage', `'${name}' can't be set up${meant === undefined ? '' : `; did you mean '${meant}'?`}`, {
    hint: `fourline setup ${cliNames.join('|')}`,
  });
}

/** The set-up of a CLI. */
export function cliSetupOf(tool: ToolName, wish: Wish): SetupParts {
  return toolSetups[tool](wish);
}

const toolSetups: Readonly<Record<ToolName, (wish: Wish) => SetupParts>> = {
  claude: (wish) => {
    const { env, home, folder, user } = wish;
    const own = env['CLAUDE_CONFIG_DIR'] || null;
    const base = user ? (own ?? `${home}/.claude`) : `${folder}/.claude`;
    const servers = user ? `${own ?? home}/.claude.json` : `${folder}/.mcp.json`;
    const settings = user ? `${base}/settings.json` : `${base}/settings.local.json`;
    return {
      parts: [
        server(servers, ['mcpServers', 'fourline'], { type: 'stdio', ...commandOf(wish) }),
        skill(`${base}/skills`, wish),
        nestedHook(settings, 'PreToolUse', claudeEditors, handlerOf(wish)),
      ],
      notes: user ? [] : ['Claude Code asks you once whether it may start a server that .mcp.json names'],
    };
  },
  codex: (wish) => {
    const { env, home, folder, user } = wish;
    const base = user ? env['CODEX_HOME'] || `${home}/.codex` : `${folder}/.codex`;
    const table = { mcp_servers: { fourline: commandOf(wish) } };
    return {
      parts: [
        { kind: 'table', file: `${base}/config.toml`, at: ['mcp_servers', 'fourline'], text: printToml(table) },
        skill(`${user ? home : folder}/.agents/skills`, wish),
        nestedHook(`${base}/hooks.json`, 'PreToolUse', 'apply_patch', handlerOf(wish)),
      ],
      notes: [
        ...(user ? [] : ['Codex reads .codex/ in projects that you trust: it asks when you start it there']),
        'Codex runs a new hook once you have trusted it: /hooks',
      ],
    };
  },
  opencode: (wish) => {
    const { env, home, folder, user, there } = wish;
    const config = `${env['XDG_CONFIG_HOME'] || `${home}/.config`}/opencode`;
    const [place, base] = user ? [config, config] : [folder, `${folder}/.opencode`];
    const file = there(`${place}/opencode.jsonc`) ? `${place}/opencode.jsonc` : `${place}/opencode.json`;
    const { command, args } = commandOf(wish);
    return {
      parts: [
        // opencode writes it into each configuration that lacks it.
        { kind: 'entry', file, at: ['$schema'], value: 'https://opencode.ai/config.json', list: false, shared: true },
        server(file, ['mcp', 'fourline'], { type: 'local', command: [command, ...args], enabled: true }),
        skill(`${base}/skills`, wish),
        { kind: 'whole', file: `${base}/plugins/fourline.js`, text: opencodePlugin(hookWords(wish)) },
      ],
      notes: ['opencode has no hooks: a plugin of one file does what the hook does elsewhere'],
    };
  },
  gemini: (wish) => {
    const base = `${wish.user ? wish.home : wish.folder}/.gemini`;
    return {
      parts: [
        server(`${base}/settings.json`, ['mcpServers', 'fourline'], commandOf(wish)),
        skill(`${base}/skills`, wish),
        nestedHook(`${base}/settings.json`, 'BeforeTool', 'write_file|replace', {
          name: 'fourline',
          ...handlerOf(wish),
        }),
      ],
      notes: wish.user ? [] : ['the Gemini CLI starts servers and hooks in folders that you trust: /permissions'],
    };
  },
  copilot: (wish) => {
    const { env, home, folder, user } = wish;
    const base = user ? env['COPILOT_HOME'] || `${home}/.copilot` : `${folder}/.github`;
    const entry = { type: 'local', ...commandOf(wish), tools: ['*'] };
    const hooks: SetupPart = user
      ? jsonFile(`${base}/hooks/fourline.json`, { version: 1, hooks: { preToolUse: [copilotHook(wish)] } })
      : item(`${base}/copilot/settings.local.json`, ['hooks', 'preToolUse'], copilotHook(wish));
    return {
      parts: [
        server(user ? `${base}/mcp-config.json` : `${base}/mcp.json`, ['mcpServers', 'fourline'], entry),
        skill(`${base}/skills`, wish),
        hooks,
      ],
      notes: user ? [] : ['Copilot reads these files in folders that you trust: it asks when you start it there'],
    };
  },
  cursor: (wish) => {
    const base = `${wish.user ? wish.home : wish.folder}/.cursor`;
    const hook = { command: hookLine(wish), matcher: 'Write|StrReplace|Edit|Delete' };
    return {
      parts: [
        server(`${base}/mcp.json`, ['mcpServers', 'fourline'], { type: 'stdio', ...commandOf(wish) }),
        skill(`${base}/skills`, wish),
        { kind: 'entry', file: `${base}/hooks.json`, at: ['version'], value: 1, list: false, shared: true },
        item(`${base}/hooks.json`, ['hooks', 'preToolUse'], hook),
      ],
      notes: ['Cursor starts a new server once you have enabled it: Settings, Tools & MCP'],
    };
  },
};

function copilotHook(wish: Wish): { readonly [key: string]: string } {
  return { type: 'command', matcher: 'create|edit|str_replace_editor|apply_patch', bash: hookLine(wish) };
}

const claudeEditors = 'Edit|Write|MultiEdit|NotebookEdit';

/**
 * The parts of a folder in the form of Agent Plugins 1.0.0. That form has no hooks: they are where Claude Code and
 * Codex look, and where Copilot does.
 */
export function pluginOf(wish: Wish): SetupParts {
  const { folder, version } = wish;
  const schema = (name: string): string => `https://agent-plugins.org/schemas/1.0.0/${name}.schema.json`;
  const about = { name: 'fourline', version, description: 'Order work from the roles of a fourline workspace.' };
  const { command, args } = commandOf(wish);
  // The form takes a name that PATH leads to, or a file of the plug-in.
  const entry = { type: 'stdio', command: command.replace(/^.*\//, ''), args };
  const hook = { matcher: `${claudeEditors}|apply_patch`, hooks: [handlerOf(wish)] };
  const copilot = { version: 1, hooks: { preToolUse: [copilotHook(wish)] } };
  return {
    parts: [
      jsonFile(`${folder}/plugin.json`, { $schema: schema('plugin'), ...about }),
      jsonFile(`${folder}/mcp.json`, { $schema: schema('mcp'), mcpServers: { fourline: entry } }),
      skill(`${folder}/skills`, wish),
      jsonFile(`${folder}/hooks/hooks.json`, { hooks: { PreToolUse: [hook] } }),
      jsonFile(`${folder}/com.github.copilot/hooks/hooks.json`, copilot),
      jsonFile(`${folder}/.claude-plugin/plugin.json`, { ...about, mcpServers: './mcp.json' }),
    ],
    notes: [`it speaks of ${wish.workspace} on this machine, and is for nobody else`],
  };
}

function commandOf({ program: [command, ...first], workspace }: Wish): { command: string; args: string[] } {
  return { command, args: [...first, '-C', workspace, 'mcp'] };
}

function hookWords({ program, workspace, role }: Wish): string[] {
  return [...program, '-C', workspace, 'can', ...(role === null ? [] : [role]), '--hook'];
}

function hookLine(wish: Wish): string {
  return hookWords(wish).map(shellWord).join(' ');
}

/** Whether an item of a list of hooks asks fourline before an edit, whatever else a person made of it. */
export function isHookOfOurs(item: JsonValue): boolean {
  if (typeof item === 'string') return /(?:^|\s)can (?:\S+ )?--hook\b/.test(item);
  return item !== null && typeof item === 'object' && Object.values(item).some(isHookOfOurs);
}

function handlerOf(wish: Wish): { readonly type: string; readonly command: string } {
  return { type: 'command', command: hookLine(wish) };
}

function server(file: string, at: readonly string[], value: JsonValue): SetupPart {
  return { kind: 'entry', file, at, value, list: false };
}

function item(file: string, at: readonly string[], value: JsonValue): SetupPart {
  return { kind: 'entry', file, at, value, list: true };
}

function nestedHook(file: string, event: string, matcher: string, handler: JsonValue): SetupPart {
  return item(file, ['hooks', event], { matcher, hooks: [handler] });
}

function jsonFile(file: string, value: JsonValue): SetupPart {
  return { kind: 'whole', file, text: `${JSON.stringify(value, null, 2)}\n` };
}

function skill(folder: string, wish: Wish): SetupPart {
  return { kind: 'whole', file: `${folder}/fourline/SKILL.md`, text: wish.skill };
}
