// Why: agents choose names. A name that shows as one thing and is another must never reach a pattern or a tree.
// Promises: a checked path is relative, normal and UTF-8 in NFC. It has no control, bidirectional or invisible
// characters, no backslashes, no `.git` in any disguise, and no trailing dots or spaces.
// Never: looks at what is at the path.
import { diskName } from '../platform/git/checkout-path.ts';
import { escapeText } from '../platform/text/text.ts';

/** A flaw of a path: a stable code and a sentence. */
export type PathFlaw = { readonly code: string; readonly message: string };

/** Longest path, in bytes, and deepest, in segments; beyond them tools on some system cannot open the file. */
export const pathLimits = { bytes: 1024, segment: 255, depth: 64 } as const;

/** Decodes a name from the disk; null when its bytes are not UTF-8. */
export function decodeName(name: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return null;
  }
}

/**
 * Finds the flaw of a workspace path; null when there is none. The order of the checks is part of the contract: the
 * first check that fails names the flaw.
 */
export function pathFlaw(path: string): PathFlaw | null {
  if (path === '') return { code: 'path-empty', message: 'the path is empty' };
  if (/[\p{Cc}]/u.test(path)) return { code: 'path-control', message: 'its name holds a control character' };
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(path))
    return { code: 'path-invisible', message: 'its name holds an invisible or direction-changing character' };
  if (path.includes('\uFFFD') || /\p{Cs}/u.test(path))
    return { code: 'path-encoding', message: 'its name is not valid UTF-8' };
  if (path !== path.normalize('NFC'))
    return { code: 'path-normal-form', message: 'its name is not in Unicode normal form C' };
  if (path.includes('\\')) return { code: 'path-backslash', message: 'its name holds a backslash' };
  if (path.startsWith('/')) return { code: 'path-absolute', message: 'the path is absolute' };
  if (Buffer.byteLength(path) > pathLimits.bytes)
    return { code: 'path-long', message: `the path is longer than ${pathLimits.bytes} bytes` };
  const segments = path.split('/');
  if (segments.length > pathLimits.depth)
    return { code: 'path-deep', message: `the path is deeper than ${pathLimits.depth} folders` };
  for (const segment of segments) {
    const flaw = segmentFlaw(segment);
    if (flaw !== null) return flaw;
  }
  return null;
}

function segmentFlaw(segment: string): PathFlaw | null {
  if (segment === '' || segment === '.' || segment === '..')
    return { code: 'path-not-normal', message: `the path has the segment '${segment}'` };
  if (isGitName(segment)) return { code: 'path-git', message: `'${escapeText(segment)}' is git's own` };
  if (/[ .]$/.test(segment))
    return { code: 'path-trailing', message: `'${escapeText(segment)}' ends in a dot or space` };
  if (Buffer.byteLength(segment) > pathLimits.segment)
    return { code: 'path-long', message: `a name in it is longer than ${pathLimits.segment} bytes` };
  return null;
}

// True for a name that some file system takes for `.git`, short names of NTFS among them.
function isGitName(segment: string): boolean {
  return /^(?:\.git|git~\d+)$/.test(diskName(segment));
}

/** A path for people: bytes that are no text and characters that hide are shown as escapes. */
export function showName(name: Uint8Array): string {
  const text = decodeName(name);
  return text === null
    ? escapeText(
        Buffer.from(name)
          .toString('latin1')
          .replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`),
      )
    : escapeText(text);
}
