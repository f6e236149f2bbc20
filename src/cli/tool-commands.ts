// Why: these commands serve other programs: collectors, browsers, clients and shells.
// Promises: a command's code is loaded when it runs.
// Never: reads arguments of other commands.
import { type CommandRow, sinceWords } from './command-row.ts';
import type { DashChoice } from './commands/dash.ts';
import type { OtelOptions } from './commands/otel.ts';
import type { SetupOptions } from './commands/setup.ts';

/** The commands that serve other programs. */
export const toolCommands: readonly CommandRow[] = [
  {
    words: 'otel',
    about: 'send spans and metrics to an OpenTelemetry collector',
    options: [
      ['--endpoint <url>', 'the collector (default: OTEL_EXPORTER_OTLP_ENDPOINT, then otel: in fourline.yaml)'],
      ['--from-start', 'all that the journal holds, then what happens'],
      ['--since <when>', sinceWords],
      ['--once', 'all that the journal holds, or since when it is said, and no more'],
      ['--content', "orders' texts, agents' words and what tools were used on too"],
      ['--beside', 'it serves a daemon', 'hidden'],
    ],
    run: async (invocation, [options]) =>
      (await import('./commands/otel.ts')).runOtel(invocation, options as OtelOptions),
  },
  {
    words: 'dash',
    about: 'everything on a page, in a browser of this machine',
    options: [
      ['--port <number>', 'the port on 127.0.0.1 (default: any free one)', 'whole'],
      ['--read-only', 'show, and take no words'],
    ],
    daemon: true,
    run: async (invocation, [options]) =>
      (await import('./commands/dash.ts')).runDash(invocation, options as DashChoice),
  },
  {
    words: 'mcp',
    about: 'serve an MCP client on standard input and output: it can order and ask, and lands nothing',
    options: [['--operator', 'it may also answer what roles ask, in your name']],
    run: async (invocation, [options]) => {
      const operator = (options as { operator?: boolean }).operator === true;
      return (await import('./commands/mcp.ts')).runMcp(invocation, { operator });
    },
  },
  {
    words: 'lsp',
    about: 'a language server for cards, orders, flows and fourline.yaml, on standard input and output',
    options: [['--stdio', 'as some editors say it', 'hidden']],
    run: async (invocation) => (await import('./commands/lsp.ts')).runLsp(invocation),
  },
  {
    words: 'setup [cli]',
    about: "your own claude, codex, opencode, gemini, copilot or cursor: fourline's server, skill and edit hook",
    options: [
      ['--in <dir>', 'where you work (default: the repository or workspace you are in)'],
      ['--user', 'for all your folders'],
      ['--role <role>', 'whose edits your sessions make there (default: what FOURLINE_ROLE says)'],
      ['--plugin <dir>', 'as one Agent Plugin in this folder instead'],
      ['--remove', 'take back what it wrote'],
      ['--dry-run', 'show the change and write nothing'],
      ['--yes', 'without a question'],
    ],
    run: async (invocation, [cli, options]) =>
      (await import('./commands/setup.ts')).runSetup(invocation, cli as string | undefined, options as SetupOptions),
  },
  {
    words: 'complete [shell...]',
    about: 'what a shell needs to complete commands: bash, zsh, fish or powershell',
    run: async (invocation, [words], tree) =>
      (await import('./commands/complete.ts')).runComplete(invocation, tree, words as string[]),
  },
  {
    words: 'man',
    about: 'this help as a man page: fourline man | man -l -',
    run: async (invocation, _, tree) => (await import('./commands/man.ts')).runMan(invocation, tree),
  },
];

/** The commands of `fourline import`. */
export const importCommands: readonly CommandRow[] = [
  {
    words: 'issue <issue>',
    about: 'a draft of an order from an issue, by its number or address; gh reads it',
    options: [['--repo <name>', 'its repository, when there are several']],
    run: async (invocation, [issue, options]) => {
      const { repo } = options as { repo?: string };
      return (await import('./commands/import.ts')).runImportIssue(invocation, issue as string, repo);
    },
  },
];
