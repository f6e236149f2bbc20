// Why: a card says what its agent CLI works with: the kinds of tools it may use, skills, and servers of its own.
// Promises: pure. A list of tools only takes away. A skill lies where no role may write. A server gets secrets by the
// names of variables.
// Never: reads a skill, or starts a server.
import { block, byName, type KeyReader, key, refine, tellNone, type Values } from '../platform/text/fields.ts';
import { wordList } from '../platform/text/readers.ts';
import { agentCommand } from './role-settings.ts';

/** The kinds of tools that agent CLIs have: each adapter knows its CLI's own names for them. */
export const toolKinds = ['read', 'edit', 'shell', 'web', 'agents'] as const;
/** One kind of tools. */
export type ToolKind = (typeof toolKinds)[number];

const kindList = wordList(
  new RegExp(`^(?:${toolKinds.join('|')})$`),
  `a kind of tools; they are ${toolKinds.join(', ')}`,
);

/** `tools:` of a card. A CLI reads its order by a tool, so one that can is among them. */
export const toolList: KeyReader<readonly ToolKind[]> = {
  ...kindList,
  read: (field, fail) => {
    let good = true;
    const words = kindList.read(field, (message, more) => {
      good = false;
      fail(message, more);
    });
    if (words === undefined || !good) return undefined;
    if (words.includes('read') || words.includes('shell')) return toolKinds.filter((kind) => words.includes(kind));
    return tellNone(fail, 'needs read or shell: without them the agent cannot read its order', 'tools: [read, edit]');
  },
};

/** True for a path of the workspace at which roles, or fourline, write. */
export function isWritten(path: string): boolean {
  return /^(?:repos|state|inbox)(?:\/|$)/.test(path);
}

/** `skills:` of a card: folders of the workspace, each with a name of its own. */
export const skills: KeyReader<readonly string[]> = refine(
  wordList(
    /^(?!\.\.?(?:\/|$))[\w.@+-]+(?:\/(?!\.\.?(?:\/|$))[\w.@+-]+)*\/?$/,
    'a folder of the workspace (skills/review)',
  ),
  (words, { fail }) => {
    const folders = words.map((one) => one.replace(/\/$/, ''));
    for (const one of folders) {
      if (isWritten(one))
        fail(`${one} lies where roles write`, { hint: 'put it into a folder of its own: skills/review' });
      if (folders.filter((other) => skillName(other) === skillName(one)).length > 1)
        fail(`two skills are named ${skillName(one)}`, { hint: 'a skill has the name of its folder' });
    }
    return folders;
  },
);

/** The name of a skill: its folder's. */
export function skillName(folder: string): string {
  return folder.split('/').at(-1) ?? folder;
}

const serverKeys = {
  command: key(agentCommand, null, {
    help: 'The program of the server and its arguments. It runs in the sandbox of the run. A file is named by its absolute path.',
    example: 'command: [docs-server, --stdio]',
    since: '0.2.0',
    required: true,
  }),
  env: key(wordList(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name'), [], {
    help: "Variables of fourline's own environment that the server is handed, by name. The agent sees them as well.",
    example: 'command: [docs-server]\nenv: DOCS_TOKEN',
    since: '0.2.0',
  }),
};

/** A server of a card that speaks the Model Context Protocol on its standard streams. */
export type McpServer = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: readonly string[];
};

const serverShape = /^[a-z][a-z0-9-]{0,31}$/;

/** `mcp:` of a card: its servers by name. */
export const mcp: KeyReader<readonly McpServer[]> = refine(
  byName<Values<typeof serverKeys>>(
    block(serverKeys, 'must be a map: { command: [docs-server] }'),
    'must be servers by name',
    {
      flawOf: (name) =>
        serverShape.test(name) ? null : 'is no name: lower case letters, digits and -, beginning with a letter',
      shape: serverShape,
    },
  ),
  (servers) => [...servers].flatMap(([name, { command, env }]) => (command === null ? [] : [{ name, command, env }])),
);
