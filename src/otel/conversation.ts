// Why: the journal doesn't tell which tools an agent used; the record of its run does.
// Promises: pure: the same conversation gives the same spans with the same ids. Texts are in them only where the person
// asked for contents.
// Never: reads a record; makes up an end: a tool's span ends with the next turn that its stream told of.
import { type Conversation, spanIdOf } from '../api.ts';
import { errorOf, type Span } from './spans.ts';

/** The most tools of one run that have spans of their own. */
export const mostTools = 2000;

/** A run's span with what its conversation adds, and the spans of the tools that its agent used. */
export function withConversation(run: Span, { text, began, turns }: Conversation, content: boolean): Span[] {
  if (run.run === null) return [run];
  const begin = Date.parse(began ?? '');
  const uses = turns.flatMap((turn, index) => (turn.kind === 'used' ? [{ turn, index }] : [])).slice(0, mostTools);
  const tools = uses.map(({ turn, index }, number): Span => {
    const [tool = '', detail = ''] = toolOf(turn.text);
    const next = turns.slice(index + 1);
    const failure = next.find(
      (one) => (one.kind === 'error' || one.kind === 'refused') && toolOf(one.text)[0] === tool,
    );
    // Not of a later use of the same tool.
    const again = next.find((one) => one.kind === 'used' && toolOf(one.text)[0] === tool);
    const failed = failure !== undefined && (again === undefined || next.indexOf(failure) < next.indexOf(again));
    const ended = next.find((one) => one.ms > turn.ms)?.ms;
    const start = Math.min(begin + turn.ms, run.end);
    const error = failed ? (failure.kind === 'refused' ? 'refused' : 'tool_error') : null;
    return {
      traceId: run.traceId,
      spanId: spanIdOf(run.traceId, 'tool', run.spanId, String(number)),
      parentId: run.spanId,
      name: `execute_tool ${tool}`,
      start,
      end: ended === undefined ? run.end : Math.min(begin + ended, run.end),
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': tool,
        'gen_ai.agent.name': run.attributes['gen_ai.agent.name'] ?? '',
        ...errorOf(error),
        ...(content && detail !== '' ? { 'gen_ai.tool.call.arguments': JSON.stringify({ detail }) } : {}),
      },
      error,
      events: [],
      run: null,
    };
  });
  return [content ? { ...run, attributes: { ...run.attributes, ...contentAttributes(text, turns) } } : run, ...tools];
}

// A turn's text is its tool, two spaces and a detail.
function toolOf(text: string): [string, string] {
  const at = text.indexOf('  ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 2)];
}

// The order as the user's message, and the last thing that the agent said as the answer.
function contentAttributes(text: string | null, turns: Conversation['turns']): Record<string, string> {
  const said = turns.findLast((turn) => turn.kind === 'said')?.text;
  const message = (role: string, content: string): string =>
    JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
  return {
    ...(text === null ? {} : { 'gen_ai.input.messages': message('user', text) }),
    ...(said === undefined ? {} : { 'gen_ai.output.messages': message('assistant', said) }),
  };
}
