// Why: a relative or empty entry of PATH means the folder somebody stands in: `git` would then be whatever a repository
// has of that name.
// Promises: pure. Only absolute folders are left; where none is, the system's.
// Never: an empty answer: an empty PATH means the current folder as well.

/** The folders in which programs are looked for, by the text of a PATH. */
export function searchFolders(path: string | undefined): string[] {
  const folders = (path ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return folders.length === 0 ? ['/usr/bin', '/bin'] : folders;
}

/** The same text without its relative entries. */
export function cleanPath(path: string | undefined): string {
  return searchFolders(path).join(':');
}
