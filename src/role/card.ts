// Why: people write cards by hand. Each key of a card stands once, with how it is read, its default, and what people
// should know about it.
// Promises: pure; strict; no default grants anything.
// Never: reads the prompt, or holds keys against each other; that is role.ts.
import { block, type KeyReader, key, orBlank, refine } from '../platform/text/fields.ts';
import { oneOf, shaped, text, wordList, yesNo } from '../platform/text/readers.ts';
import { approval, noApproval } from './approval.ts';
import { mcp, skills, toolList } from './equipment.ts';
import { tryAgain, wake } from './follow-up.ts';
import { network, noNetwork } from './network.ts';
import { type PatternKey, patterns } from './patterns.ts';
import { agentCommand, agentWord, defaultLimits, efforts, limitKeys, rehearsal } from './role-settings.ts';

/** A role's name: a folder name, an author name and part of `route-to-<role>`. */
export const roleShape = /^[a-z][a-z0-9-]{0,31}$/;

/** Names that no card may have. */
export const reserved: readonly string[] = ['operator', 'fourline', 'nobody'];

/** The name of a role that has a card. */
export const roleName: KeyReader<string> = shaped(
  new RegExp(`^(?!(?:${reserved.join('|')})$)${roleShape.source.slice(1)}`),
  'must be the name of one role',
);

/** Roles that may get orders, with the line they are named on. */
const receivers: KeyReader<readonly { readonly role: string; readonly line: number }[]> = refine(
  wordList(roleShape, 'a role'),
  (names, { field }) => names.map((role) => ({ role, line: field.line })),
);

const signIn: KeyReader<readonly string[]> = refine(
  wordList(/^~(?:\/(?!\.\.?(?:\/|$))[\w.@+-]+)+$/, 'a file of your HOME (~/.codex/auth.json)'),
  (files) => files.map((one) => one.slice(2)),
);

const lines = (key: PatternKey, recalled = false) => patterns({ key, codes: true, recalled });

/** All keys of a card. */
export const cardKeys = {
  description: key(text(), '', {
    help: 'Says in a sentence what the role does. `fourline role list` shows it.',
    example: 'description: Writes product code and its tests.',
    since: '0.1.0',
    code: 'role-text',
  }),
  agent: key(agentWord, null, {
    help: 'Which program does the work: `claude`, `codex`, `opencode` or `gemini`; `auto`, the first of them that is installed; `command`, any program; `acp`, one that speaks the Agent Client Protocol; or `rehearsal`, a script.',
    example: 'agent: claude',
    since: '0.1.0',
    code: 'role-agent',
    required: true,
  }),
  command: key(agentCommand, null, {
    help: 'The program and its arguments, for `agent: command` and `agent: acp`.',
    example: 'agent: command\ncommand: [node, my-agent.mjs]',
    since: '0.1.0',
    code: 'role-agent',
  }),
  rehearsal: key(rehearsal, null, {
    help: 'The steps of the script, for `agent: rehearsal`.',
    example:
      'agent: rehearsal\nrehearsal:\n  - write: src/a.ts\n    text: export const a = 1;\n  - report: done\n    text: It is written.',
    since: '0.1.0',
    code: 'role-rehearsal',
  }),
  model: key(text(), null, {
    help: 'The model, as the agent CLI names it.',
    example: 'model: sonnet',
    since: '0.1.0',
    without: "the CLI's own choice",
    code: 'role-text',
  }),
  effort: key(oneOf(efforts), null, {
    help: 'How hard the model thinks, for `claude` (`--effort`), `codex` (`model_reasoning_effort`) and `opencode` (`--variant`). Other agents have no such setting.',
    example: 'effort: high',
    since: '0.2.0',
    without: "the CLI's own choice",
    code: 'role-effort',
  }),
  tools: key(toolList, null, {
    help: 'The kinds of tools that the agent CLI may use: `read`, `edit`, `shell`, `web` and `agents` (subagents). The other kinds are taken away. `fourline check` says what a CLI cannot be kept from. Skills and servers of the card stay.',
    example: 'tools: [read, shell]',
    since: '0.2.0',
    without: "all of the CLI's tools",
    code: 'role-tools',
  }),
  skills: key(skills, [], {
    help: 'Folders of the workspace, each with a `SKILL.md`, that are copied to where the agent CLI looks for skills.',
    example: 'skills: [skills/review-checklist]',
    since: '0.2.0',
    code: 'role-skills',
  }),
  mcp: key(mcp, [], {
    help: 'Servers of the Model Context Protocol that the agent CLI starts in its sandbox. It has these and no others.',
    example: 'mcp:\n  docs: { command: [docs-server, --stdio], env: DOCS_TOKEN }',
    since: '0.2.0',
    code: 'role-mcp',
  }),
  write: key(lines('write'), [], {
    help: 'Workspace paths that the role may change, one pattern a line. `*` stays inside a folder, `**` goes through any number of them, `?` is one character, `{a,b}` is a choice.',
    example: 'write: |\n  repos/*/src/**\n  repos/*/test/**',
    since: '0.1.0',
    without: 'it may change nothing',
  }),
  deny: key(lines('deny'), [], {
    help: 'Paths that the role may not change, whatever `write:` and an order say.',
    example: 'deny: |\n  repos/*/src/generated/**\n  **/*.key',
    since: '0.1.0',
  }),
  read: key(lines('read'), [], {
    help: 'State files that lie in the rooms of the role, to be read.',
    example: 'read: |\n  state/plans/*.json',
    since: '0.1.0',
  }),
  send: key(receivers, [], {
    help: 'Roles that it may send orders to; `operator` lets it ask questions.',
    example: 'send: auditor, operator',
    since: '0.1.0',
    code: 'role-list',
  }),
  limits: key(block(limitKeys), defaultLimits, {
    help: 'Limits what a run of the role may use, and how often its orders are tried.',
    example: 'limits: { minutes: 30, attempts: 3 }',
    since: '0.1.0',
    without: 'each limit has its own default',
    code: 'role-limits',
  }),
  env: key(wordList(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name'), [], {
    help: "Variables of fourline's own environment that are handed to the agent, by name.",
    example: 'env: ANTHROPIC_API_KEY',
    since: '0.1.0',
    code: 'role-list',
  }),
  network: key(network, noNetwork, {
    help: "The network of a run: `none`, `open`, or exact hosts at port 443, where `model` stands for those of the agent's model.",
    example: 'network: [model, registry.npmjs.org]',
    since: '0.1.0',
    without: 'none',
    code: 'role-network',
  }),
  'sign-in': key(signIn, [], {
    help: 'Files of your HOME that the agent is signed in with. They are copied into the HOME of the run, read-only.',
    example: 'sign-in: ~/.codex/auth.json',
    since: '0.1.0',
    code: 'role-list',
  }),
  gateway: key(yesNo, false, {
    help: "With true the model's key stays outside the room: requests to the model go through fourline, which adds the key.",
    example: 'gateway: true',
    since: '0.1.0',
    code: 'role-yes',
  }),
  'on-refusal': key(
    oneOf(['strip', 'reject'], { hint: 'strip lands what is allowed, reject lands nothing' }),
    'strip',
    {
      help: 'Decides about a run with a refused change: `strip` lands the other changes, `reject` lands nothing.',
      example: 'on-refusal: reject',
      since: '0.1.0',
      code: 'role-on-refusal',
    },
  ),
  review: key(orBlank(roleName), null, {
    help: 'The role that reviews what this one would land.',
    example: 'review: auditor',
    since: '0.1.0',
    code: 'role-review',
  }),
  approve: key(approval(), noApproval, {
    help: 'Work of the role that waits for the operator: patterns, one a line, or a map.',
    example: 'approve: { paths: [repos/*/billing/**], first: 3, plan: true }',
    since: '0.1.0',
    without: 'nothing waits',
    code: 'approve',
  }),
  wake: key(orBlank(wake), null, {
    help: 'When the role is run again for the orders it sent: for `each` report, for a whole `batch`, or on `escalation`, when something did not end well.',
    example: 'wake: batch',
    since: '0.1.0',
    without: 'never: its order ends when its orders are sent',
    code: 'role-wake',
  }),
  for: key(shaped(/^[a-z0-9][a-z0-9-]{0,79}$/, 'must be the id of an order, or the name of a run of a flow'), null, {
    help: 'The order or the run of a flow that the role is made for: its card is removed when that has ended.',
    example: 'for: 0007-add-login',
    since: '0.2.0',
    without: 'the card stays',
    code: 'role-for',
  }),
  'try-again': key(tryAgain, ['died'], {
    help: 'After which bad ends an order is tried again: `died`, `limit`, `report` (it cannot be read), `nothing` (nothing was produced), or `none`.',
    example: 'try-again: died, limit',
    since: '0.1.0',
    without: 'died',
    code: 'role-try-again',
  }),
};

/** The keys of a card that was in force before, perhaps under an older fourline: its patterns were good enough then. */
export const recalledKeys: typeof cardKeys = {
  ...cardKeys,
  write: { ...cardKeys.write, reader: lines('write', true) },
  deny: { ...cardKeys.deny, reader: lines('deny', true) },
  read: { ...cardKeys.read, reader: lines('read', true) },
  approve: { ...cardKeys.approve, reader: approval(true) },
};
