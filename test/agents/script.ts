// Why: a test says in plain terms what the model does, whatever protocol and tools the agent CLI speaks.
// Promises: pure; one turn is one answer of the model; the turn an answer belongs to is told by how many tool results
// the request holds, so that a request that is sent again gets the same answer.
// Never: knows a protocol.

/**
 * Tokens as this project counts them: `fresh` for the first time, `reread` from a cache, `written` into one,
 * `reasoning` no part of `output`.
 */
export type Tokens = {
  readonly fresh: number;
  readonly reread: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
};

/** The model's act in one answer. */
export type Turn = { readonly usage?: Partial<Tokens> } & (
  | { readonly do: 'edit'; readonly path: string; readonly before: string; readonly after: string }
  | { readonly do: 'create'; readonly path: string; readonly text: string }
  | { readonly do: 'shell'; readonly line: string }
  | { readonly do: 'read'; readonly path: string }
  | {
      readonly do: 'call';
      readonly server: string;
      readonly tool: string;
      readonly input?: Readonly<Record<string, unknown>>;
    }
  | { readonly do: 'say'; readonly text: string }
  | { readonly do: 'fail'; readonly status: number; readonly code?: 'context-full' | 'model-unknown' }
  | { readonly do: 'hang' }
);

/**
 * A tool as a CLI announces it. `free` takes a text as it stands instead of JSON; `through` is the tool that runs code
 * in which this one is called.
 */
export type Tool = {
  readonly name: string;
  readonly fields: readonly string[];
  readonly free: boolean;
  readonly through: string | null;
};

/** A call of such a tool. */
export type Call = { readonly tool: Tool; readonly input: Readonly<Record<string, unknown>> | string };

/**
 * The content of a request, as far as a script needs it. `results` counts the tool results that it holds; `schema` is
 * the schema of the JSON that it wants, or null.
 */
export type Asked = {
  readonly model: string;
  readonly tools: readonly Tool[];
  readonly results: number;
  readonly schema: unknown;
};

/** The answer that goes back. */
export type Answer = { readonly text: string; readonly calls: readonly Call[]; readonly usage: Tokens };

/** The tokens that an answer costs unless a script says otherwise. */
export const usualUsage: Tokens = { fresh: 1000, reread: 500, written: 0, output: 50, reasoning: 20 };
