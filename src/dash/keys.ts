// Why: who may look at the dashboard is who sees the terminal that it was started from.
// Promises: a token for as long as the dashboard runs; whoever has it gets a key for the browser's cookie. Both are 256
// random bits, compared in constant time.
// Never: writes either to disk.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The most browsers that are signed in at once; the first one is signed out for another. */
const mostKeys = 64;

/** The token of a dashboard, and the keys that it gave for it. */
export type Keyring = {
  readonly token: string;
  /** True of the dashboard's token. */
  readonly isToken: (text: string) => boolean;
  /** A new key for a cookie. */
  readonly cut: () => string;
  /** True of a key that was given and still holds. */
  readonly fits: (key: string) => boolean;
};

/** Opens a keyring with a token of its own. */
export function openKeyring(): Keyring {
  const token = makeToken();
  const keys = new Set<string>();
  return {
    token,
    isToken: (text) => isSameText(text, token),
    cut: () => {
      const key = makeToken();
      keys.add(digestOfKey(key));
      for (const oldest of [...keys].slice(0, -mostKeys)) keys.delete(oldest);
      return key;
    },
    fits: (key) => keys.has(digestOfKey(key)),
  };
}

function makeToken(): string {
  return randomBytes(32).toString('base64url');
}

// A key is looked up by its digest: how long that takes says nothing about the key.
function digestOfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function isSameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
