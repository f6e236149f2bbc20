// Why: a terminal's title and its notices tell a person who looks elsewhere.
// Promises: writes to a terminal alone, and not where TERM is dumb. The title it had is put back. All texts are
// escaped, so that none ends a sequence.
// Never: sets a title with --quiet, --json, --no-color or NO_COLOR; decides what is told.
import type { WorkEvent } from '../api.ts';
import type { Host } from '../platform/process/host.ts';
import { escapeText, firstLine } from '../platform/text/text.ts';

/** The terminal, where there is one. */
export type Terminal = {
  /** True where titles are set. */
  readonly titled: boolean;
  /** Hears an event: counts go into the title, a notice calls the person. */
  readonly hear: (event: WorkEvent) => void;
  /** Puts the title back. */
  readonly close: () => void;
};

/** The settings of a call that matter to a terminal. */
type TerminalOptions = {
  readonly env: Host['env'];
  readonly quiet: boolean;
  readonly json: boolean;
  readonly color: boolean;
};

type TerminalStream = { readonly isTTY?: boolean; readonly write: (text: string) => unknown };

const esc = '\u001b';
const bell = '\u0007';

/** True of a terminal that obeys sequences; never with --quiet. */
export function obeysSequences(
  { isTTY }: TerminalStream,
  { env, quiet }: Pick<TerminalOptions, 'env' | 'quiet'>,
): boolean {
  return isTTY === true && !quiet && !['', 'dumb'].includes(env['TERM'] ?? '');
}

/** Opens the terminal that a stream is, if it is one. */
export function openTerminal(stream: TerminalStream, { env, quiet, json, color }: TerminalOptions): Terminal {
  const able = obeysSequences(stream, { env, quiet });
  const titled = able && !json && color;
  let open = false;
  const close = (): void => {
    if (!open) return;
    open = false;
    // Terminals without a stack of titles are left with none: the shell sets its own.
    stream.write(`${esc}]0;${bell}${esc}[23;0t`);
  };
  const setTitle = (words: string): void => {
    if (!titled) return;
    if (!open) stream.write(`${esc}[22;0t`);
    open = true;
    const title = ['fourline', titleText(words)].filter(Boolean).reverse().join(' · ');
    stream.write(`${esc}]0;${title}${bell}`);
  };
  return {
    titled,
    hear: ({ kind, about, detail }) => {
      if (kind === 'counts') setTitle(detail);
      if (kind === 'notice' && able) stream.write(noticeFor(env, `fourline: ${about ?? ''}`, titleText(detail)));
    },
    close,
  };
}

/**
 * The sequence by which a terminal calls its person: OSC 9 (iTerm2, kitty, WezTerm, Ghostty), OSC 777 (rxvt, foot,
 * those of VTE), else the bell.
 */
export function noticeFor(env: Host['env'], title: string, words: string): string {
  const [term = '', program = ''] = [env['TERM'], env['TERM_PROGRAM']];
  if (/^(?:screen|tmux)/.test(term) || env['TMUX']) return bell;
  if (/^(?:iTerm\.app|WezTerm|ghostty)$/.test(program) || /kitty|ghostty|wezterm/.test(term))
    return `${esc}]9;${title}: ${words}${bell}`;
  if (/^(?:rxvt|foot)/.test(term) || env['VTE_VERSION']) return `${esc}]777;notify;${title};${words}${bell}`;
  return bell;
}

// A semicolon parts the fields of OSC 777.
function titleText(text: string): string {
  return firstLine(escapeText(text), 200).replaceAll(';', ',');
}
