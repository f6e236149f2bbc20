// Why: a credential that was handed to an agent must not leave its room, not even lightly disguised. The search for it
// is the same for files, texts and streams.
// Promises: pure. Finds a value as it stands, as JSON, in percent-encoding, in hexadecimal and in base64 at any offset.
// Also finds it where an encoder broke its lines.
// Never: names a value; finds one that was compressed, encrypted or cut in pieces.

/** A value that was handed over, and the variable or file that it came from. */
export type Secret = { readonly name: string; readonly value: string };

/** Shorter values guard nothing and would be found in half of all texts. In characters. */
const shortest = 8;

/** Encodings are looked for of so many values at most: a sign-in file can hold hundreds of words. */
const encodedMost = 24;

/** Larger contents are searched for values that stand in one piece alone, in bytes. */
const joinedMost = 32 * 1024 * 1024;

// Variables that steer a program and are no credentials, by how their names end.
const steering =
  /(?:^|_)(?:ENV|MODE|LEVEL|MODEL|REGION|ZONE|LOCATION|PROJECT|URL|URI|HOST|ENDPOINT|PORT|VERSION|DIR|PATH|HOME|PROXY|LANG|TZ|TERM|DEBUG)$/i;

// A page, a folder, a name, a number: no user and password, no query, no long run of mixed letters and digits.
function isPlain(value: string): boolean {
  if (!/^[\w.:/+,*-]*$/.test(value)) return false;
  return (value.match(/[A-Za-z0-9]{16,}/g) ?? []).every((run) => !/[0-9]/.test(run) || !/[A-Za-z]/.test(run));
}

/**
 * Finds the credentials among values that were handed over. A value that only steers a program, or is shorter than
 * eight characters, isn't a credential.
 */
export function credentialsAmong(given: readonly Secret[]): Secret[] {
  const out = new Map<string, Secret>();
  const add = (name: string, value: string): void => {
    if (value.length >= shortest && !out.has(value)) out.set(value, { name, value });
  };
  for (const { name, value } of given) {
    if (steering.test(name) && isPlain(value)) continue;
    add(name, value);
    // A key of several lines may be written on one.
    if (/[\r\n]/.test(value)) for (const line of value.split(/[\r\n]+/)) if (line.length >= 24) add(name, line);
    const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*?:([^/@\s]+)@/i.exec(value)?.[1];
    if (password !== undefined) add(name, password);
  }
  return [...out.values()];
}

/** A value as it stands and as JSON, and its encodings. */
function secretForms(value: string, encoded: boolean): { plain: string[]; encoded: string[] } {
  const plain = [...new Set([value, JSON.stringify(value).slice(1, -1)])];
  if (!encoded) return { plain, encoded: [] };
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const percent = percentOf(value);
  const forms = new Set([hex, hex.toUpperCase(), percent, percent.replace(/%../g, (one) => one.toLowerCase())]);
  for (const offset of [0, 1, 2]) {
    const base64 = base64Of(bytes, offset);
    forms.add(base64);
    forms.add(base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  for (const one of plain) forms.delete(one);
  return { plain, encoded: [...forms] };
}

function percentOf(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}

// Base64 writes three bytes as four characters: what stands before and after a value changes the characters at its
// ends, so these are left out.
function base64Of(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const first = [0, 2, 3][offset] ?? 0;
  return text.slice(first, (offset + bytes.length) % 3 === 0 ? undefined : -1);
}

/** Finds and takes out values. */
export type Guard = {
  /** The names of the values that stand in these bytes. */
  readonly find: (content: Uint8Array) => readonly string[];
  /** A text in which each value is replaced by its name. */
  readonly blot: (text: string) => string;
  /** The same of bytes that need not be text. */
  readonly blotBytes: (content: Uint8Array) => Buffer;
  /** All texts that are looked for; none: there is nothing to guard. */
  readonly forms: readonly string[];
};

/** Opens a guard over credentials, as `credentialsAmong` gives them. */
export function openGuard(secrets: readonly Secret[]): Guard {
  const known = secrets.map(({ name, value }, index) => ({ name, ...secretForms(value, index < encodedMost) }));
  const pairs = known
    .flatMap(({ name, plain, encoded }) => [...plain, ...encoded].map((form) => ({ form, name })))
    .sort((a, b) => b.form.length - a.form.length);
  const find = (content: Uint8Array): readonly string[] => {
    if (known.length === 0) return [];
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const found = pairs.filter(({ form }) => bytes.includes(form)).map(({ name }) => name);
    // Encoders break their output into lines.
    const joined = bytes.length > joinedMost ? '' : bytes.toString('latin1').replace(/[\s\\]+/g, '');
    const broken = known.filter(({ encoded }) => encoded.some((form) => joined.includes(form)));
    return [...new Set([...found, ...broken.map(({ name }) => name)])];
  };
  const replace = (text: string, spell: (form: string) => string): string =>
    pairs.reduce((all, { form, name }) => all.replaceAll(spell(form), () => `(the value of ${name})`), text);
  return {
    find,
    blot: (text) => replace(text, (form) => form),
    blotBytes: (content) => {
      const bytes = (text: string): string => Buffer.from(text).toString('latin1');
      return Buffer.from(replace(Buffer.from(content).toString('latin1'), bytes), 'latin1');
    },
    forms: pairs.map(({ form }) => form),
  };
}

/** Takes texts out of a stream that comes in pieces. */
export type Blotter = {
  readonly take: (piece: string) => string;
  readonly rest: () => string;
  readonly whole: (text: string) => string;
};

/** Opens a blotter. The end of a piece that may be the beginning of such a text waits for the next piece. */
export function openBlotter(texts: readonly string[], instead: string): Blotter {
  const known = texts.filter((one) => one.length >= shortest).sort((a, b) => b.length - a.length);
  let held = '';
  const whole = (text: string): string => known.reduce((all, one) => all.replaceAll(one, () => instead), text);
  return {
    whole,
    take: (piece) => {
      const text = whole(held + piece);
      const longest = known.reduce((most, one) => Math.max(most, overlapAtEnd(text, one)), 0);
      held = longest === 0 ? '' : text.slice(-longest);
      return longest === 0 ? text : text.slice(0, -longest);
    },
    rest: () => {
      const text = whole(held);
      held = '';
      return text;
    },
  };
}

function overlapAtEnd(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length - 1); length > 0; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}
