// Why: a tree may hold any name, and some names lead out of a checkout or into its `.git`. Git refuses to write them.
// Promises: pure; the disguises of `.git` are git's own list (is_ntfs_dotgit, is_hfs_dotgit).
// Never: says what an agent may make; changes/path.ts does.

/**
 * A name as some file system takes it: without its case, characters that HFS+ ignores, NTFS streams, and dots and
 * spaces at its end.
 */
export function diskName(name: string): string {
  return name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '');
}

/**
 * True for a path that no checkout may write, by git's own rule (read-cache.c, verify_path): one that leads out of the
 * folder, or into a `.git`, however that is spelled.
 */
export function isUnsafePath(path: string): boolean {
  return path
    .split('/')
    .some((part) => part === '' || part === '.' || part === '..' || /^(?:\.git|git~1)$/.test(diskName(part)));
}
