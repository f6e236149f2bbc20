// Why: whatever somebody can write must survive. Most characters never matter; those that do are never the ones a test
// author thinks of, so all are tried.
// Promises: every code point there is, lone surrogates and all, in pieces of a size that is easy to look at.
// Never: leaves one out.

/** All code points in order, as texts of `size` of them. */
export function allCharacters(size: number): string[] {
  const out: string[] = [];
  for (let from = 0; from <= 0x10ffff; from += size) {
    const length = Math.min(size, 0x10ffff + 1 - from);
    out.push(Array.from({ length }, (_, at) => String.fromCodePoint(from + at)).join(''));
  }
  return out;
}

/**
 * Characters that some reader takes for the end of a line, of a text or of a name: each alone, at both ends and in the
 * middle.
 */
export const lineEnders: readonly string[] = [
  ...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)),
  ...['\u007f', '\u0085', '\u009b', '\u00a0', '\u2028', '\u2029', '\ufeff', '\ufffe', '\ud800', '\udc00', '"', '\\'],
].flatMap((char) => [char, `${char}a`, `a${char}b`, `a${char}`, `a\n${char}: b\n`]);
