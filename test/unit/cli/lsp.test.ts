// `typemetal lsp` as an editor uses it: a process, and messages as they are on the wire.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtCli } from "../../built-cli.js";

const root = new URL("../../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "typemetal-lsp-"));
const timeout = 60_000;
const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;

interface Shown {
  readonly code: string;
  readonly message: string;
  readonly codeDescription?: { readonly href: string };
  readonly range: { readonly start: Position; readonly end: Position };
}
interface Position {
  readonly line: number;
  readonly character: number;
}
interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Shown[];
}

const published: Published[] = [];
const answers = new Map<number, unknown>();
let wake = () => {};
let child: ChildProcess;
let ended: Promise<number | null>;

function receive(bytes: Buffer): Buffer {
  const head = bytes.indexOf("\r\n\r\n");
  const length = Number(/Content-Length: (\d+)/.exec(bytes.toString("utf8", 0, Math.max(head, 0)))?.[1]);
  if (head < 0 || bytes.length < head + 4 + length) return bytes;
  const message = JSON.parse(bytes.toString("utf8", head + 4, head + 4 + length));
  if (message.method === "textDocument/publishDiagnostics") published.push(message.params);
  else if (message.id !== undefined) answers.set(message.id, message.result);
  wake();
  return receive(bytes.subarray(head + 4 + length));
}

function send(message: object): void {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
const notify = (method: string, params: object = {}) => send({ method, params });

async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

async function request(id: number, method: string, params: object | null): Promise<unknown> {
  send({ id, method, ...(params && { params }) });
  await until(() => (answers.has(id) ? true : undefined));
  return answers.get(id);
}

/// The next that is said of a file which meets the condition; what came before is forgotten.
async function next(name: string, meets: (said: Published) => boolean): Promise<readonly Shown[]> {
  const said = await until(() => published.find((one) => one.uri === uriOf(name) && meets(one)));
  published.length = 0;
  return said.diagnostics;
}

function open(name: string, text: string): void {
  notify("textDocument/didOpen", { textDocument: { uri: uriOf(name), languageId: "typescript", version: 1, text } });
}
function change(name: string, version: number, text: string): void {
  notify("textDocument/didChange", { textDocument: { uri: uriOf(name), version }, contentChanges: [{ text }] });
}

beforeAll(() => {
  child = spawn(process.execPath, [builtCli, "lsp", "--stdio"], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  let pending: Buffer = Buffer.alloc(0);
  child.stdout?.on("data", (chunk: Buffer) => (pending = receive(Buffer.concat([pending, chunk]))));
  ended = new Promise((resolve) => child.on("close", resolve));
});
afterAll(() => {
  child.kill();
  rmSync(folder, { recursive: true });
});

it("says what it can", { timeout }, async () => {
  const params = { processId: process.pid, rootUri: pathToFileURL(folder).href, workspaceFolders: null, capabilities: {} };
  expect(await request(1, "initialize", params)).toMatchObject({ capabilities: { textDocumentSync: { openClose: true, change: 1 } } });
  notify("initialized");
});

it("shows a mistake with code, span and help, and takes it back", { timeout }, async () => {
  // Two UTF-16 units and four bytes of UTF-8 before the mistake. Nothing is on disk.
  const text = (line: string) => `export function main(): void {\n  print("😀"); ${line}\n}\n`;
  open("alone.ts", text("var x: u8 = 1;"));
  const [shown, ...others] = await next("alone.ts", ({ version }) => version === 1);
  expect(others).toEqual([]);
  expect(shown).toMatchObject({ severity: 1, source: "typemetal", code: "TM1022", range: { start: { line: 1, character: 15 }, end: { line: 1, character: 28 } } });
  expect(shown?.message).toMatch(/\nhelp: /);
  const [page = "", section] = (shown?.codeDescription?.href ?? "").split("#");
  expect(readFileSync(fileURLToPath(page), "utf8").toLowerCase()).toContain(`### ${section}\n`);
  change("alone.ts", 2, text("let x: u8 = 1;"));
  expect(await next("alone.ts", ({ version }) => version === 2)).toEqual([]);
  // What only the back end finds.
  change("alone.ts", 3, text("asm`nonsense`;"));
  expect(await next("alone.ts", ({ version }) => version === 3)).toMatchObject([{ code: "TM4001", range: { start: { line: 1 } } }]);
  notify("textDocument/didClose", { textDocument: { uri: uriOf("alone.ts") } });
  expect(await next("alone.ts", () => true)).toEqual([]);
});

it("shows mistakes where they are, in files that are not open too", { timeout }, async () => {
  const main = (name: string) => `import { ${name} } from "./part.js";\nexport function main(): u64 {\n  return ${name}();\n}\n`;
  const part = (value: string) => `export function three(): u64 {\n  return ${value};\n}\n`;
  writeFileSync(join(folder, "main.ts"), main("three"));
  writeFileSync(join(folder, "part.ts"), part("nothing"));
  open("main.ts", main("three"));
  expect(await next("part.ts", ({ diagnostics }) => diagnostics.length > 0)).toMatchObject([{ code: "TS2304", range: { start: { line: 1, character: 9 }, end: { line: 1, character: 16 } } }]);
  // The editor's text goes before the one on disk.
  open("part.ts", part("3"));
  expect(await next("part.ts", ({ version }) => version === 1)).toEqual([]);
  // What is changed in one is wrong in the other.
  change("part.ts", 2, part("3").replace("three", "four"));
  expect(await next("main.ts", ({ diagnostics }) => diagnostics.length > 0)).toContainEqual(expect.objectContaining({ code: "TS2305" }));
  change("main.ts", 2, main("four"));
  expect(await next("main.ts", ({ version, diagnostics }) => version === 2 && diagnostics.length === 0)).toEqual([]);
});

it("checks a module without a program, and leaves what is not of the dialect alone", { timeout }, async () => {
  open("module.ts", "export function half(x: u8): u8 {\n  return x / 2;\n}\nexport const wrong: u8 = 256;\n");
  expect(await next("module.ts", ({ version }) => version === 1)).toMatchObject([{ range: { start: { line: 3 } } }]);
  change("module.ts", 2, "export function half(x: u8): u8 {\n  return x / 2;\n}\n");
  expect(await next("module.ts", ({ version }) => version === 2)).toEqual([]);
  mkdirSync(join(folder, "tools"));
  writeFileSync(join(folder, "tools", "tsconfig.json"), '{ "compilerOptions": { "strict": true } }\n');
  open("data.json", "{}");
  open("tools/tool.ts", "console.log(new Date());\n");
  expect(await next("tools/tool.ts", ({ version }) => version === 1)).toEqual([]);
  expect(published.map(({ uri }) => uri)).not.toContain(uriOf("data.json"));
});

it("ends as it is told", { timeout }, async () => {
  expect(await request(2, "shutdown", null)).toBe(null);
  notify("exit");
  expect(await ended).toBe(0);
});
