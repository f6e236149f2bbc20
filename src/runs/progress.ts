// Why: whoever watches a run wants to know what its agent does at the moment, and what that has cost.
// Promises: pure. A figure that the agent didn't tell is null. Only the end of a program's output is kept.
// Never: reads a stream; the adapters' readers do.
import type { AgentEvent } from '../agent/agent.ts';
import { type Spent, tokensOf } from '../agent/meter.ts';
import type { RunProgress } from '../event.ts';
import type { Money } from '../platform/net/price.ts';
import { firstLine, plainLines, shortCount } from '../platform/text/text.ts';

/** How much of a text is kept to find its last line, and how much of a line and of a tool's detail is told. */
export const progressLimits = { kept: 4096, line: 200, detail: 120 } as const;

/** The facts heard of an agent: the tool that it used last, its last text, and the stream that the text came from. */
export type Heard = Pick<RunProgress, 'tool'> & { readonly text: string; readonly stream: string };

export const nothingHeard: Heard = { tool: null, text: '', stream: '' };

/** Adds one more event. Events that tell neither a tool nor words change nothing. */
export function hearAgent(heard: Heard, event: AgentEvent): Heard {
  if (event.kind === 'used') return { ...heard, tool: { name: event.tool, detail: event.detail } };
  if (event.kind !== 'said' || event.text.trim() === '') return heard;
  return { tool: null, text: (lastLineOf(event.text) ?? '').slice(0, progressLimits.kept), stream: '' };
}

/** Adds one more piece of a program's output. The two streams are not mixed in one line. */
export function hearPrint(heard: Heard, stream: string, text: string): Heard {
  const before = heard.stream === stream || text.trim() === '' ? heard.text : '';
  return { ...heard, stream, text: `${before}${text.slice(-progressLimits.kept)}`.slice(-progressLimits.kept) };
}

/** The last line of a text that says something; null where there is none. */
export function lastLineOf(text: string): string | null {
  return (
    plainLines(text)
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? null
  );
}

/** The figures of a run by its meter. An agent that told no tokens has no price either. */
export function figuresOf(spent: Spent & Money): Pick<RunProgress, 'tokens' | 'context' | 'usd' | 'estimated'> {
  const { usage, turns, context, usd, estimated } = spent;
  const counted = turns > 0 || Object.values(usage).some((count) => count > 0);
  const known = counted || !estimated;
  return {
    tokens: counted ? tokensOf(usage) : null,
    context: context > 0 ? context : null,
    usd: known ? usd : null,
    estimated: known && usd !== null && estimated,
  };
}

/** The figures of a run in words; empty where none is known. */
export function progressFigures({ tokens, context, usd, estimated }: RunProgress): string {
  const parts = [
    tokens === null ? '' : `${shortCount(tokens)} tokens`,
    context === null ? '' : `context ${shortCount(context)}`,
    usd === null ? '' : `${estimated ? '~' : ''}$${usd.toFixed(2)}`,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** The tool of a run and its detail, as a line; empty where none is known. */
export function progressTool({ tool }: RunProgress): string {
  return tool === null ? '' : firstLine(`${tool.name} ${tool.detail}`, progressLimits.detail);
}

/** All of it in words. Texts are escaped. */
export function progressWords(progress: RunProgress): string {
  const said = progress.said === null ? '' : firstLine(progress.said, progressLimits.line);
  return [progressTool(progress), progressFigures(progress), said].filter(Boolean).join(' · ') || 'nothing heard yet';
}
