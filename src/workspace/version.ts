// Why: one place that says which fourline this is; the test suite holds it against package.json.
// Promises: a constant.
// Never: reads a file.

/** This program's version. */
export const version = '0.1.0';
