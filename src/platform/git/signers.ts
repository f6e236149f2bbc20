// Why: roles/allowed_signers says whose key is whose, in OpenSSH's own format, so that plain git can check what
// fourline signed.
// Promises: pure; reads what people may have written by hand, and prints lines that ssh-keygen and git take.
// Never: decides whether a signature is good; ssh-keygen does.

/**
 * One line of allowed_signers: whose key it is (patterns count as they stand), the key as `<type> <base64>`, and since
 * when fourline signs with it.
 */
export type SignerLine = {
  readonly principals: readonly string[];
  readonly key: string;
  /** ISO 8601, from the line's comment; null where it says none. */
  readonly since: string | null;
};

/** Reads an allowed_signers file. Comments, empty lines and lines that name no key are passed over. */
export function parseSigners(text: string): SignerLine[] {
  const out: SignerLine[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    // Options may hold blanks within quotes.
    const words = line.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
    const at = words.findIndex((word, index) => index > 0 && /^(?:sk-)?(?:ssh|ecdsa)-/.test(word));
    const [type, key] = [words[at], words[at + 1]];
    if (at < 0 || type === undefined || key === undefined) continue;
    const since = / since (\d{4}-\d\d-\d\dT[\d:.]+Z)\s*$/.exec(line)?.[1] ?? null;
    out.push({ principals: (words[0] ?? '').replaceAll('"', '').split(','), key: `${type} ${key}`, since });
  }
  return out;
}

/** A line for a role's key, valid for git's signatures alone. `since` is ISO 8601. */
export function printSigner(principal: string, key: string, since: string): string {
  return `${principal} namespaces="git" ${key} fourline since ${since}`;
}

/**
 * Since when commits of a principal are expected to be signed: its earliest line; where none names it, the earliest of
 * all. An empty text: since ever. Null when there are no lines.
 */
export function signedSince(lines: readonly SignerLine[], principal: string): string | null {
  const own = lines.filter((line) => line.principals.includes(principal));
  const asked = (own.length > 0 ? own : lines).map((line) => line.since ?? '');
  return asked.length === 0 ? null : (asked.sort()[0] ?? null);
}
