// Why: people write `{a,b}` for a choice everywhere, so a pattern means what they mean. A choice is written out once,
// when a pattern is compiled.
// Promises: pure; at most `choiceLimit` forms come of one text, and what would be more is refused; braces without a
// comma are characters like others.
// Never: knows what else a pattern may hold.

/** Most forms that the choices of one entry may be written out to. */
export const choiceLimit = 64;

/** The result of writing out choices: every form once, in the order of the text, or why that failed. */
export type Choices =
  | { readonly ok: true; readonly forms: readonly string[] }
  | { readonly ok: false; readonly reason: string; readonly hint?: string };

/**
 * Writes out the choices of a text: `src/{a,b}.ts` is `src/a.ts` and `src/b.ts`. A text without a choice is its own
 * only form.
 */
export function expandChoices(text: string): Choices {
  let forms = [text];
  for (;;) {
    const next: string[] = [];
    let found = false;
    for (const form of forms) {
      const choice = firstChoice(form);
      if (choice === null) next.push(form);
      else {
        found = true;
        next.push(...choice.parts.map((part) => form.slice(0, choice.from) + part + form.slice(choice.to)));
      }
      if (next.length > choiceLimit)
        return {
          ok: false,
          reason: `its {…} stand for more than ${choiceLimit} patterns`,
          hint: 'use ** or *, or write several lines',
        };
    }
    forms = [...new Set(next)];
    if (!found) return { ok: true, forms };
  }
}

/** True when a text holds a choice: braces with a comma between them. */
export function hasChoice(text: string): boolean {
  return firstChoice(text) !== null;
}

/** Finds what is odd about the braces of a text: a brace without its partner, or a range. Null when nothing is odd. */
export function braceFlaw(text: string): { readonly reason: string; readonly hint: string } | null {
  let depth = 0;
  for (const char of text) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth < 0) break;
  }
  if (depth !== 0)
    return { reason: 'a { or } stands alone', hint: 'write {a,b}; ? stands for a brace that is part of a name' };
  const range = /\{[^{},]*\.\.[^{},]*\}/.exec(text)?.[0];
  return range === undefined
    ? null
    : { reason: `${range} is a range`, hint: 'name each of them: {1,2,3}; ? stands for any one character' };
}

type Choice = { readonly from: number; readonly to: number; readonly parts: readonly string[] };

// The first pair of braces with a comma right between them. One pass: a pattern may consist of braces.
function firstChoice(text: string): Choice | null {
  const open: { at: number; cuts: number[] }[] = [];
  let first: Choice | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const top = open.at(-1);
    if (text[at] === '{') open.push({ at, cuts: [] });
    else if (text[at] === ',') top?.cuts.push(at);
    else if (text[at] === '}' && top !== undefined) {
      open.pop();
      if (top.cuts.length > 0 && (first === null || top.at < first.from)) first = choiceOf(text, top.at, at, top.cuts);
    }
  }
  return first;
}

function choiceOf(text: string, from: number, end: number, cuts: readonly number[]): Choice {
  const edges = [from, ...cuts, end];
  const parts = edges.slice(1).map((edge, index) => text.slice((edges[index] ?? from) + 1, edge));
  return { from, to: end + 1, parts };
}
