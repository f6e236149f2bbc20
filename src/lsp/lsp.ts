// Why: an editor shows what is wrong with a hand-written file while it is written. This file alone uses the packages of
// the language server protocol.
// Promises: what is checked is the text as it stands in the editor, saved or not. One check at a time; a newer text
// makes an older answer void. A workspace that is not there, or goes away, is an empty answer, and so is a text that is
// no file.
// Never: changes a file; ends the process; writes anything but the protocol to `output`.
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type CompletionItem,
  CompletionItemKind,
  createConnection,
  type Diagnostic,
  DiagnosticSeverity,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type Hover,
  MarkupKind,
  Message,
  type MessageStrategy,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type EditedFile, type Fourline, type Problem, version } from '../api.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { type KnownNames, keyAt, type Offer, offersAt, tellKey, tellMatches, tellName } from './answers.ts';
import { passFrames } from './frames.ts';
import { type Cursor, locateCursor, wordAt } from './place.ts';

/**
 * The streams of an editor; `open` opens the workspace that a path is in, and throws Fault `no-workspace`. `lives` says
 * whether there is a process of this id.
 */
export type LspOptions = {
  readonly open: (path: string) => Promise<Fourline>;
  readonly lives: (pid: number) => boolean;
  readonly input: Readable;
  readonly output: Writable;
};

/** A text in the editor, with the workspace that it belongs to. */
type OpenText = EditedFile & { readonly fourline: Fourline; readonly text: string };

const capabilities: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  completionProvider: { triggerCharacters: [' ', '-', '*', ':', ',', '['] },
  hoverProvider: true,
};

/** How often it looks whether its editor lives, in milliseconds; as vscode-languageserver does. */
const editorLook = 3000;

const watchedGlobs = ['**/roles/*.md', '**/inbox/*/*', '**/fourline.yaml'];

/**
 * Serves one editor until it says goodbye or its input ends. False when it left without a goodbye. Throws Fault
 * `lsp-frame` behind a broken frame: nobody knows where the next message begins.
 */
export async function serveLsp({ open, lives, input, output }: LspOptions): Promise<boolean> {
  const state = { shutdownReceived: false };
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<boolean>();
  for (const event of ['end', 'close', 'error']) input.once(event, () => end(true));
  output.on('error', () => end(true));
  const reader = new StreamMessageReader(input.pipe(passFrames().on('error', fail)));
  const writer = new StreamMessageWriter(output);
  // A message that is no JSON harms only itself.
  reader.onError((error) => (error instanceof SyntaxError ? undefined : fail(error)));
  const messageStrategy = refuseOutOfTurn((id, error) => void writer.write({ jsonrpc: '2.0', id, error } as Message));
  const connection = createConnection(
    (logger) => createProtocolConnection(reader, writer, logger, { messageStrategy }),
    Object.assign(state, { initialize: () => undefined, exit: (code: number) => end(code === 0) }),
  );
  const documents = new TextDocuments(TextDocument);
  const quietly = answerQuietly((words) => connection.console.warn(words));
  const openText = async (uri: string): Promise<OpenText | null> => {
    const document = documents.get(uri);
    const path = filePathOf(uri);
    if (document === undefined || path === null) return null;
    const fourline = await open(path);
    const file = await fourline.edited(path);
    return file === null ? null : { ...file, fourline, text: document.getText() };
  };
  const turns = openCheckQueue(async (uri) => {
    const told = await quietly(async () => problemsOf(await openText(uri)));
    await connection.sendDiagnostics({ uri, diagnostics: told ?? [] });
  });
  documents.onDidChangeContent(({ document }) => turns.ask(document.uri));
  documents.onDidClose(({ document }) => turns.ask(document.uri));
  // A card that changed can make an order right or wrong.
  const askAll = (): void => documents.keys().forEach(turns.ask);
  documents.onDidSave(askAll);
  connection.onDidChangeWatchedFiles(askAll);
  let watches = false;
  let editor: NodeJS.Timeout | undefined;
  connection.onInitialize(({ capabilities: client, processId }) => {
    // Others may hold our input open when the editor is gone (LSP 3.17, InitializeParams.processId).
    if (processId !== null) editor = setInterval(() => (lives(processId) ? undefined : end(false)), editorLook);
    watches = client.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return { capabilities, serverInfo: { name: 'fourline', version } };
  });
  connection.onInitialized(() => {
    const watchers = watchedGlobs.map((globPattern) => ({ globPattern }));
    if (watches) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
  connection.onHover(({ textDocument, position }) =>
    quietly(async () => tellAt(await openText(textDocument.uri), position)),
  );
  connection.onCompletion(({ textDocument, position }) =>
    quietly(async () => itemsAt(await openText(textDocument.uri), position)),
  );
  documents.listen(connection);
  connection.listen();
  const well = await ended;
  clearInterval(editor);
  await turns.idle();
  connection.dispose();
  return well;
}

// LSP 3.17, lifecycle messages: no request counts before `initialize` or behind `shutdown`, and each is answered so.
function refuseOutOfTurn(answer: (id: string | number | null, error: object) => void): MessageStrategy {
  let phase: 'new' | 'open' | 'shut' = 'new';
  return {
    handleMessage: (message, next) => {
      const fits = { new: /^(?:initialize|exit)$/, open: /^(?!initialize$)/, shut: /^exit$/ }[phase];
      if (!Message.isRequest(message) && !Message.isNotification(message)) return next(message);
      const { method } = message;
      if (!fits.test(method)) {
        const code = phase === 'new' ? ErrorCodes.ServerNotInitialized : ErrorCodes.InvalidRequest;
        const why = { new: 'came before initialize', open: 'came twice', shut: 'came behind shutdown' }[phase];
        if (Message.isRequest(message)) answer(message.id, { code, message: `${method} ${why}` });
        return;
      }
      if (method === 'initialize') phase = 'open';
      if (method === 'shutdown') phase = 'shut';
      return next(message);
    },
  };
}

// The file that a text is; null for texts of other schemes, for a state of a file that a query names, and for what can
// be no path on this machine.
function filePathOf(uri: string): string | null {
  const url = URL.parse(uri);
  if (url?.protocol !== 'file:' || url.search !== '' || url.hash !== '') return null;
  try {
    const path = fileURLToPath(url);
    return path.includes('\0') ? null : path;
  } catch {
    return null;
  }
}

// Answers null instead of throwing: an editor shows each error as a window.
function answerQuietly(warn: (words: string) => void) {
  return async <Answer>(work: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Fault ? error.code : 'unexpected';
      if (code !== 'no-workspace') warn(`error[${code}]: ${escapeText(messageOf(error))}`);
      return null;
    }
  };
}

// Work on one text at a time, the texts in the order in which they were asked for; a text that is asked for twice is
// worked on once.
function openCheckQueue(work: (uri: string) => Promise<void>) {
  const waiting = new Set<string>();
  let running: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    for (const uri of waiting) {
      waiting.delete(uri);
      await work(uri).catch(() => undefined);
    }
    running = null;
  };
  return {
    ask: (uri: string): void => {
      waiting.add(uri);
      running ??= run();
    },
    idle: async (): Promise<void> => {
      waiting.clear();
      await running;
    },
  };
}

async function problemsOf(opened: OpenText | null): Promise<Diagnostic[]> {
  if (opened === null) return [];
  const { fourline, path, text } = opened;
  const files = await fourline.check([path], new Map([[path, text]]));
  return files.flatMap(({ problems }) => problems.map((one) => diagnosticOf(one, text)));
}

// A problem has a place and no end: it is shown up to the end of its line.
function diagnosticOf({ code, level, message, line, column, note, hint, lines }: Problem, text: string): Diagnostic {
  const written = (text.split(/\r?\n/)[line - 1] ?? '').trimEnd();
  const from = Math.min(column - 1, written.length);
  const blank = /^\s*/.exec(written)?.[0].length ?? 0;
  const more = [
    ...(note === undefined ? [] : [note]),
    ...(hint === undefined ? [] : [`help: ${hint}`]),
    ...(lines ?? []),
  ];
  return {
    code,
    source: 'fourline',
    severity: level === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    message: [message, ...more].map(escapeText).join('\n'),
    range: {
      start: { line: line - 1, character: from === 0 ? blank : from },
      end: { line: line - 1, character: written.length },
    },
  };
}

async function namesOf(fourline: Fourline): Promise<KnownNames> {
  const [roles, orders] = await Promise.all([fourline.names('roles'), fourline.names('orders')]);
  const told = orders.map(({ name, about, outcome }) => ({
    name,
    about: outcome === null ? about : `${outcome}  ${about}`,
  }));
  return { roles, orders: told };
}

async function tellAt(opened: OpenText | null, at: Cursor): Promise<Hover | null> {
  if (opened === null) return null;
  const { fourline, kind, text } = opened;
  const matches = await fourline.matches({ kind, text }, at.line + 1);
  if (matches.length > 0) return hoverOf(tellMatches(matches));
  const word = wordAt(text, at);
  const place = word === null ? null : locateCursor(kind, text, { line: at.line, character: word.to });
  if (word === null || place === null || place.what === 'label') return null;
  const range = { start: { ...at, character: word.from }, end: { ...at, character: word.to } };
  const keys = await fourline.keys(kind);
  const key = 'path' in place ? keyAt(keys, place.what === 'key' ? [...place.path, word.word] : place.path) : null;
  const name = place.what === 'key' ? null : tellName(place, key, word.word, await namesOf(fourline));
  const told = name ?? (key === null ? null : tellKey(key));
  return told === null ? null : { ...hoverOf(told), range };
}

// Plain text: names that agents wrote are no Markdown.
function hoverOf(value: string): Hover {
  return { contents: { kind: MarkupKind.PlainText, value } };
}

const itemKinds: Readonly<Record<Offer['kind'], CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  word: CompletionItemKind.EnumMember,
  role: CompletionItemKind.Class,
  order: CompletionItemKind.Reference,
  label: CompletionItemKind.Keyword,
};

async function itemsAt(opened: OpenText | null, at: Cursor): Promise<CompletionItem[]> {
  const place = opened === null ? null : locateCursor(opened.kind, opened.text, at);
  if (opened === null || place === null) return [];
  const { fourline, kind, text } = opened;
  const after = (text.split(/\r?\n/)[at.line] ?? '').slice(at.character);
  const offers = offersAt(place, await fourline.keys(kind), { names: await namesOf(fourline), after });
  const range = { start: { ...at, character: at.character - place.typed.length }, end: at };
  return offers.map(({ word, kind: what, about, insert }) => ({
    label: word,
    kind: itemKinds[what],
    filterText: place.what === 'label' ? insert : word,
    ...(about === '' ? {} : { detail: about }),
    textEdit: { range, newText: insert },
  }));
}
