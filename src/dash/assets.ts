// Why: each page needs a style sheet, a script and an icon, which stay the same until fourline is another version.
// Promises: an address changes with what lies there, so a browser may keep it for good. They say nothing about the
// workspace.
// Never: asks for a key.
import { createHash } from 'node:crypto';
import { pageScript, signInScript } from './script.ts';
import { dashIcon, styleSheet } from './style.ts';

type Asset = { readonly type: string; readonly text: string };

/** Files of the pages, by their path. */
export const assets = {
  '/dash.css': { type: 'text/css; charset=utf-8', text: styleSheet },
  '/dash.js': { type: 'text/javascript; charset=utf-8', text: pageScript },
  '/sign-in.js': { type: 'text/javascript; charset=utf-8', text: signInScript },
  '/icon.svg': { type: 'image/svg+xml', text: dashIcon },
} satisfies Record<string, Asset>;

/** The path of a file of the pages. */
export type AssetPath = keyof typeof assets;

const versions = new Map(Object.entries(assets).map(([path, { text }]) => [path, versionOf(text)]));

/** The address of a file, with the version of what lies there. */
export function assetAddress(path: AssetPath): string {
  return `${path}?v=${versions.get(path)}`;
}

/** Answers with a file. A browser keeps it for a year (RFC 8246) where it asked for the version that lies there. */
export function assetAnswer(path: AssetPath, version: string | undefined): Response {
  const { type, text } = assets[path];
  const headers = new Headers({ 'content-type': type });
  if (version === versions.get(path)) headers.set('cache-control', 'private, max-age=31536000, immutable');
  return new Response(text, { headers });
}

function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
