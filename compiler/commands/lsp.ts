// `typemetal lsp`: the Language Server Protocol 3.17 over stdin and stdout, for editors. It gives diagnostics;
// all else is the editor's own TypeScript server's. Documents come whole (TextDocumentSyncKind.Full).

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as lsp from "vscode-languageserver/node";
import type { Diagnostic, Target } from "../pipeline.js";
import { packageRoot } from "./package-root.js";
import { Workspace } from "./workspace.js";

/// Milliseconds without a change after which a text is checked.
const PAUSE = 30;

/// Has a section for each code of ours.
const diagnosticsPage = pathToFileURL(join(packageRoot(), "docs", "diagnostics.md")).href;

/// Serves until the client says exit, which ends the process: 0 after shutdown, 1 without.
export function serveEditor(target: Target): Promise<never> {
  const connection = lsp.createConnection(lsp.ProposedFeatures.all, process.stdin, process.stdout);
  let workspace = new Workspace([], target);
  let watches = false;
  /// As the client spells them, by path.
  const documents = new Map<string, { uri: string; version: number }>();
  /// Files that show something.
  let shown = new Set<string>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let checking = Promise.resolve();

  const checkSoon = (path?: string) => {
    if (path === undefined) workspace.scan();
    else changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => (checking = checking.then(check)), PAUSE);
  };
  const check = async () => {
    const paths = new Set(changed);
    changed.clear();
    try {
      publish(await workspace.check(paths));
    } catch (error) {
      connection.console.error(`internal error: ${error instanceof Error ? error.stack : error}`);
    }
  };
  const publish = (found: ReadonlyMap<string, readonly Diagnostic[]>) => {
    for (const path of new Set([...found.keys(), ...shown, ...documents.keys()])) {
      const document = documents.get(path) ?? { uri: pathToFileURL(path).href };
      const text = workspace.text(path);
      const diagnostics = (found.get(path) ?? []).map((diagnostic) => shownDiagnostic(diagnostic, text));
      void connection.sendDiagnostics({ ...document, diagnostics });
    }
    shown = new Set(found.keys());
  };

  connection.onInitialize(({ workspaceFolders, rootUri, capabilities, initializationOptions }) => {
    const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    const wanted = (initializationOptions as { target?: unknown } | null | undefined)?.target;
    const isTarget = (value: unknown): value is Target => value === "bare" || value === "kernel" || value === "user";
    workspace = new Workspace(uris.flatMap((uri) => pathOf(uri) ?? []), isTarget(wanted) ? wanted : target);
    watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false;
    return {
      serverInfo: { name: "typemetal" },
      capabilities: { textDocumentSync: { openClose: true, change: lsp.TextDocumentSyncKind.Full, save: true } },
    };
  });
  connection.onInitialized(() => {
    if (watches) void connection.client.register(lsp.DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: "**/*.ts" }] });
  });
  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => {
    const path = sourceOf(uri);
    if (path === undefined) return;
    workspace.open.set(path, text);
    documents.set(path, { uri, version });
    checkSoon();
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    const path = sourceOf(uri);
    const text = contentChanges.at(-1)?.text;
    if (path === undefined || text === undefined) return;
    workspace.open.set(path, text);
    documents.set(path, { uri, version });
    checkSoon(path);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const path = sourceOf(uri);
    if (path === undefined) return;
    workspace.open.delete(path);
    documents.delete(path);
    checkSoon();
  });
  connection.onDidSaveTextDocument(() => checkSoon());
  connection.onDidChangeWatchedFiles(() => checkSoon());
  connection.listen();
  return new Promise(() => {});
}

/// With slashes, as the compiler writes paths; undefined for what is not on disk.
function pathOf(uri: string): string | undefined {
  return uri.startsWith("file:") ? fileURLToPath(uri).replaceAll("\\", "/") : undefined;
}
/// Of a document that is TypeScript.
const sourceOf = (uri: string): string | undefined => (uri.endsWith(".ts") ? pathOf(uri) : undefined);

function shownDiagnostic({ code, message, help, start, end }: Diagnostic, text: string): lsp.Diagnostic {
  return {
    range: { start: positionAt(text, start), end: positionAt(text, end) },
    severity: lsp.DiagnosticSeverity.Error,
    code,
    ...(code.startsWith("TM") && { codeDescription: { href: `${diagnosticsPage}#${code.toLowerCase()}` } }),
    source: "typemetal",
    message: help ? `${message}\nhelp: ${help}` : message,
  };
}

/// Line and UTF-16 unit, both from 0. Only these end a line in the protocol.
function positionAt(text: string, offset: number): lsp.Position {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}
