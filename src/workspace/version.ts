// Why: one place says which fourline this is; the test suite compares it with package.json.
// Promises: a constant.
// Never: reads a file.

/** This program's version. */
export const version = '0.1.0';
