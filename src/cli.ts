#!/usr/bin/env node
// Why: argv → command → exit code. commander lives here alone.
// Promises: the only process.exit; every command's module is loaded only when it is called; a Fault is printed with
// what to do about it, with --json as the answer on standard output.
// Never: does a command's work.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { InitOptions, Reply } from './api.ts';
import { type FormName, formNames } from './cli/ci-report.ts';
import { type CommandRow, sinceWords } from './cli/command-row.ts';
import type { DoctorOptions } from './cli/commands/doctor.ts';
import { flowCommands } from './cli/flow-commands.ts';
import { drainStream, exitCodes, type Invocation, openInvocation } from './cli/invocation.ts';
import { roleCommands } from './cli/role-commands.ts';
import { tellFault } from './cli/tell-fault.ts';
import { importCommands, toolCommands } from './cli/tool-commands.ts';
import { closeInherited } from './platform/process/descriptors.ts';
import { cleanPath } from './platform/process/search-path.ts';
import { errnoOf, Fault } from './platform/text/fault.ts';
import { version } from './workspace/version.ts';

process.env['PATH'] = cleanPath(process.env['PATH']);

const program = new Command('fourline');
let status: number = exitCodes.ok;
const helpHint = 'fourline --help lists the commands';

function wantsJson(): boolean {
  return program.opts<{ json?: boolean }>().json === true;
}

function invocation(): Invocation {
  const options = program.opts<{ C: string; quiet?: boolean; color: boolean }>();
  const color = options.color && !process.env['NO_COLOR'];
  const quiet = options.quiet === true;
  return openInvocation({ directory: options.C, json: wantsJson(), quiet, color, env: process.env });
}

const collect = (value: string, before: string[]): string[] => [...before, value];
const whole = (value: string): number => {
  if (!/^-?\d+$/.test(value)) throw new InvalidArgumentError('a whole number');
  return Number(value);
};
const formatOption = (): Option => new Option('--format <form>', 'the answer for a CI server').choices(formNames);

function addCommands(parent: Command, rows: readonly CommandRow[]): void {
  for (const { words, about, options = [], daemon = false, usual = false, run } of rows) {
    const made = parent.command(words, { isDefault: usual }).description(about);
    for (const [flags, help, kind] of options)
      if (kind === 'whole') made.option(flags, help, whole);
      else if (kind === 'list') made.option(flags, help, collect, []);
      else if (kind === 'hidden') made.addOption(new Option(flags, help).hideHelp());
      else made.option(flags, help);
    made.action(async (...given: unknown[]) => {
      if (daemon) closeInherited();
      status = await run(invocation(), given, program);
    });
  }
}

// Global options may stand anywhere, before or behind the command.
function command(spec: string, description: string, parent = program): Command {
  return parent.command(spec).description(description);
}

program
  .description('Four-line work orders in, commits by role out, and a gate in between.')
  .version(version)
  .option('-C <dir>', 'work in this folder', '.')
  .option('--json', 'answer in JSON')
  .option('--quiet', 'print nothing on standard error')
  .option('--no-color', 'no colours (NO_COLOR does the same)')
  .showHelpAfterError(`(${helpHint})`)
  .configureOutput({ writeErr: (text) => void (wantsJson() ? undefined : process.stderr.write(text)) })
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

command('init [dir]', 'make a workspace')
  .option('--repo <path|url>', 'link a repository of this machine into repos/, or clone one')
  .option('--name <name>', 'its name in repos/ (default: the last part of its path)')
  .option('--team <team>', 'solo, pair or office: which roles to start with (default: office)')
  .option('--agent <name>', 'the agent on their cards (default: the first one that is installed)')
  .option('--sign', 'one signing key a role; in a workspace that is there already, whatever is missing for that')
  .option('--github', 'write an issue form with the four lines into the repository, for fourline import issue')
  .option('--dry-run', 'show the files and write nothing')
  .action(async (dir: string | undefined, options: InitOptions) => {
    status = await (await import('./cli/commands/init.ts')).runInit(invocation(), dir ?? '.', options);
  });
command('demo', 'the main job, offline, in a scratch workspace')
  .option('--keep', 'leave the workspace for a look around')
  .action(async (options: { keep?: boolean }) => {
    closeInherited();
    status = await (await import('./cli/commands/demo.ts')).runDemo(invocation(), { keep: options.keep === true });
  });
command('doctor', 'is everything here that is needed, and does the gate hold')
  .option('--agents', "ask each card's agent for one word: it costs a few tokens each")
  .option('--fix', 'mend what needs no decision, once you say so')
  .option('--yes', 'with --fix: without a question')
  .action(async (options: DoctorOptions) => {
    closeInherited();
    status = await (await import('./cli/commands/doctor.ts')).runDoctor(invocation(), options);
  });
command('start', 'watch the inboxes and work')
  .option('--once', 'stop when nothing is left to do')
  .action(async (options: { once?: boolean }) => {
    closeInherited();
    status = await (await import('./cli/commands/start.ts')).runStart(invocation(), { once: options.once === true });
  });
command('stop', 'let what runs end, start nothing new, then stop')
  .option('--now', 'hand back what runs')
  .action(async (options: { now?: boolean }) => {
    status = await (await import('./cli/commands/stop.ts')).runStop(invocation(), { now: options.now === true });
  });
command('order <role> [objective]', 'write and deliver a work order')
  .option('--accept <bullet>', 'an Acceptance bullet; `command` in backticks at its start is executed', collect, [])
  .option('--file <path>', 'a path or pattern that may be touched', collect, [])
  .option('--branching <form>', 'a legal refusal (default: halt-with-note)', collect, [])
  .option('--after <order>', 'wait for this order', collect, [])
  .option('--ref <path>', 'a file handed down with it, word for word', collect, [])
  .option('--contract <path>', 'a file pinned for all that comes of it; <path>=<role> names its owner', collect, [])
  .option('--repo <name>', 'the repository, when there are several')
  .option('--priority <number>', 'higher goes first', whole)
  .option('--name <name>', 'what the id is made of (default: the objective)')
  .option('--stdin', 'read the whole order from standard input')
  .action(async (role: string, objective: string | undefined, options) => {
    status = await (await import('./cli/commands/order.ts')).runOrder(invocation(), role, objective, options);
  });
command('status', 'where everything stands')
  .option('--watch', 'on one screen that follows, with keys to answer, approve and cancel')
  .action(async (options: { watch?: boolean }) => {
    status =
      options.watch === true
        ? await (await import('./cli/commands/watch.ts')).runWatch(invocation())
        : await (await import('./cli/commands/status.ts')).runStatus(invocation());
  });
command('statusline', 'one line for prompts: what waits for you, what runs, what today cost').action(async () => {
  status = await (await import('./cli/commands/statusline.ts')).runStatusline(invocation());
});
command('plan', 'what would run now, what waits for what, and why')
  .option('--mermaid', 'as a graph')
  .action(async ({ mermaid = false }: { mermaid?: boolean }) => {
    status = await (await import('./cli/commands/plan.ts')).runPlan(invocation(), { mermaid });
  });
command('show <order>', 'one order: its text, report and record')
  .option('--diff', 'what landed, or waits to')
  .option('--refused', 'what was refused, as a patch')
  .option('--log', 'what the agent said, used and was refused')
  .option('--raw', 'with --log: what it printed, as it came')
  .option('--brief', 'what the agent was told')
  .action(async (order: string, options) => {
    status = await (await import('./cli/commands/show.ts')).runShow(invocation(), order, options);
  });
command('log [who]', 'the ledger, for people; of one role or order')
  .option('-n <count>', 'the last so many steps', whole, 40)
  .option('-f, --follow', 'and each further one when it happens; with --json a line of JSON each')
  .action(async (who: string | undefined, options: { n: number; follow?: boolean }) => {
    status = await (await import('./cli/commands/log.ts')).runLog(invocation(), who, options);
  });
const word = async (order: string, said: Reply): Promise<void> => {
  status = await (await import('./cli/commands/answer.ts')).runAnswer(invocation(), order, said);
};
command('answer <order> <text>', 'answer what a role asks about an order').action((order: string, text: string) =>
  word(order, { kind: 'answer', text }),
);
command('approve <order> [note]', 'let a landing that waits for you land').action((order: string, note?: string) =>
  word(order, { kind: 'approve', text: note ?? '' }),
);
command('reject <order> <why>', 'give it back to its role, with why').action((order: string, why: string) =>
  word(order, { kind: 'reject', text: why }),
);
command('retry <order> [reason]', 'order it again, and say why; let one go on that waits').action(
  async (order: string, reason?: string) => {
    status = await (await import('./cli/commands/retry.ts')).runRetry(invocation(), order, reason ?? '');
  },
);
command('cancel <order>', 'end it; what it did is kept').action(async (order: string) => {
  status = await (await import('./cli/commands/cancel.ts')).runCancel(invocation(), order);
});
command('undo <order>', 'take back what it landed; an undo can be undone').action(async (order: string) => {
  status = await (await import('./cli/commands/undo.ts')).runUndo(invocation(), order);
});
command('pause <role>', 'start none of its orders until it is resumed').action(async (name: string) => {
  status = await (await import('./cli/commands/pause.ts')).runPause(invocation(), name, true);
});
command('resume <role>', 'let it start orders again').action(async (name: string) => {
  status = await (await import('./cli/commands/pause.ts')).runPause(invocation(), name, false);
});
command('check [paths...]', 'lint roles, orders and settings')
  .addOption(formatOption())
  .action(async (paths: string[], { format }: { format?: FormName }) => {
    status = await (await import('./cli/commands/check.ts')).runCheck(invocation(), paths, format);
  });
command('explain <code>', 'what a code in brackets means, and what to do').action(async (code: string) => {
  status = (await import('./cli/commands/explain.ts')).runExplain(invocation(), code);
});
command('can [role] [paths...]', 'may a role change these paths')
  .option('--order <file>', 'under this order (a file or an id)')
  .option('--hook', "answer an agent CLI's hook on standard input: exit 2 and the reason when an edit is refused")
  .action(async (role: string | undefined, paths: string[], options: { order?: string; hook?: boolean }) => {
    const { runCan, runCanHook } = await import('./cli/commands/can.ts');
    status =
      options.hook === true
        ? await runCanHook(invocation(), role, options.order)
        : await runCan(invocation(), role, paths, options.order);
  });
command('why <order> [path]', 'what became of each change, and which line decided').action(
  async (order: string, path: string | undefined) => {
    status = await (await import('./cli/commands/why.ts')).runWhy(invocation(), order, path);
  },
);
command('blame <file>', 'which role wrote each line, on which order')
  .option('-L <lines>', 'these lines: 10,20 (both included), 10, or 10,')
  .action(async (file: string, options: { L?: string }) => {
    status = await (await import('./cli/commands/blame.ts')).runBlame(invocation(), file, options.L);
  });
const role = command('role', 'the roles');
role
  .command('list', { isDefault: true })
  .description('all of them')
  .action(async () => {
    status = await (await import('./cli/commands/role.ts')).runRoleList(invocation());
  });
addCommands(role, roleCommands);
addCommands(command('flow', 'plans that are written once, and run as orders'), flowCommands);
command('costs', 'where tokens and money went')
  .option('--by <key>', 'role, model, order, day or level', 'role')
  .option('--since <when>', sinceWords)
  .action(async (options: { by: string; since?: string }) => {
    status = await (await import('./cli/commands/costs.ts')).runCosts(invocation(), options);
  });
command('signals [role]', 'who leaves the job: five signs, with what they rest on')
  .option('--since <when>', sinceWords)
  .action(async (name: string | undefined, options: { since?: string }) => {
    status = await (await import('./cli/commands/signals.ts')).runSignals(invocation(), name, options);
  });
command('audit [role]', 'the commit history per role')
  .option('--verify', 'recompute every landing, and hold journal, ledger and signatures against it')
  .option('--since <when>', sinceWords)
  .addOption(formatOption())
  .action(async (name: string | undefined, options: { verify?: boolean; since?: string; format?: FormName }) => {
    status = await (await import('./cli/commands/audit.ts')).runAudit(invocation(), name, options);
  });
command('proof [orders...]', 'evidence about settled orders in one file, for people without the workspace')
  .option('--since <when>', sinceWords)
  .option('--out <file>', 'the file to write (default: <order>.proof.tar)')
  .option('--check <file>', 'check a proof instead; needs no workspace')
  .option('--signers <file>', 'with --check: the allowed_signers that you trust, instead of those in the proof')
  .action(async (orders: string[], options) => {
    status = await (await import('./cli/commands/proof.ts')).runProof(invocation(), orders, options);
  });
addCommands(program, toolCommands);
addCommands(command('import', 'drafts of orders, from what others wrote'), importCommands);

function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return tellFault(error, wantsJson());
  if (error.exitCode === 0) return exitCodes.ok;
  // Without --json commander has said it already.
  if (!wantsJson()) return exitCodes.usage;
  // `error: unknown command 'staus'`, and on a further line what it may have meant.
  const [first = '', ...more] = error.message.split('\n');
  const message = error.code === 'commander.help' ? 'there is no command' : first.replace(/^error: /, '');
  return tellFault(new Fault('usage', message, { hint: [...more, helpHint].join('; ') }), true);
}

// A reader that closes early (`| head`) has all it wants.
function onLostStream(error: Error): void {
  if (errnoOf(error) !== 'EPIPE') status = exitCodeOf(error);
}

process.stdout.on('error', onLostStream);
process.stderr.on('error', onLostStream);
try {
  await program.parseAsync(process.argv);
} catch (error) {
  status = exitCodeOf(error);
}
await drainStream(process.stdout);
await drainStream(process.stderr);
process.exit(status);
