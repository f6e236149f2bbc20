#!/usr/bin/env node
// Why: most of what a short command takes is compiling fourline's own code, the same each time.
// Promises: compiled code is kept in the person's cache folder; where that can't be written, all works as well.
// Never: does anything else; cli.ts does.
import { enableCompileCache } from 'node:module';

const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
const folder = cache?.startsWith('/') === true ? cache : home?.startsWith('/') === true ? `${home}/.cache` : null;
// Code that came from a folder of others would run as this person.
if (folder !== null && process.env['NODE_DISABLE_COMPILE_CACHE'] === undefined)
  enableCompileCache(`${folder}/fourline/code`);
await import('./cli.ts');
