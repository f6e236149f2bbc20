// Why: `fourline init` writes cards that work on the machine it runs on: for the agent that is there, signed in by what
// is there.
// Promises: pure; a shipped card changes in its agent lines, its `send:` and nowhere else.
// Never: hands out a credential that the person doesn't have: it names what the agent needs.

/** The teams that init offers, and which cards each has. */
export const teams = {
  solo: ['coder'],
  pair: ['coder', 'auditor'],
  office: ['coordinator', 'coder', 'auditor'],
} as const satisfies Record<string, readonly string[]>;

/** A team's name. */
export type Team = keyof typeof teams;

/**
 * How an agent signs in: the variable its key is in, and the file in HOME that signing in by hand leaves. Both are the
 * agent's own (docs/agents.md).
 */
export const signIns: Readonly<Record<string, { readonly variable: string; readonly file: string }>> = {
  claude: { variable: 'ANTHROPIC_API_KEY', file: '.claude/.credentials.json' },
  codex: { variable: 'OPENAI_API_KEY', file: '.codex/auth.json' },
  opencode: { variable: 'ANTHROPIC_API_KEY', file: '.local/share/opencode/auth.json' },
  gemini: { variable: 'GEMINI_API_KEY', file: '.gemini/oauth_creds.json' },
};

/**
 * The choices that the cards of a new workspace follow. With `byFile`, the agent signs in with its file, else with its
 * variable.
 */
export type Wanted = { readonly team: Team; readonly agent: string; readonly byFile: boolean };

/**
 * Adapts a shipped card to these choices: it names the agent, and sends orders only to roles of the team and the
 * operator.
 */
export function adaptCard(text: string, { team, agent, byFile }: Wanted): string {
  const known = signIns[agent === 'auto' ? 'claude' : agent];
  const there: readonly string[] = [...teams[team], 'operator'];
  return text
    .split('\n')
    .flatMap((line, index, lines) => {
      if (lines.indexOf('---', 1) <= index) return [line];
      if (line.startsWith('agent: ')) return [`agent: ${agent}`];
      // `sonnet` is a name of Claude Code's; every other agent has its own default.
      if (line.startsWith('model: ')) return agent === 'claude' ? [line] : [];
      if (line.startsWith('env: ') && known !== undefined)
        return [byFile ? `sign-in: ~/${known.file}` : `env: ${known.variable}`];
      if (line.startsWith('send: ')) {
        const send = line
          .slice('send: '.length)
          .split(/,\s*/)
          .filter((role) => there.includes(role));
        return send.length === 0 ? [] : [`send: ${send.join(', ')}`];
      }
      return [line];
    })
    .join('\n');
}
