// Reads the textual form of the IR that print.ts writes: for tests, which can
// then say what a pass gets, and for people who want to try one by hand.
// Not for untrusted input: a mistake is an Error with the line.

import { bitsOfNumber } from "./floats.js";
import { bitsOf, operationOf, wrap } from "./ops.js";
import {
  newBlock,
  newConst,
  newFunc,
  newValue,
  type Asm,
  type AtomicOp,
  type Block,
  type Data,
  type Edge,
  type Func,
  type FuncAttributes,
  type Location,
  type MemoryType,
  type Module,
  type Op,
  type Terminator,
  type Type,
  type Value,
} from "./types.js";

const SYMBOL = String.raw`@(?:"(?:[^"\\]|\\.)*"|[\w.$]+)`;

export function parseModule(text: string): Module {
  const module: Module = { functions: [], data: [], files: [], roots: [] };
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] as string).trim();
    const fail = (what: string): never => {
      throw new Error(`line ${at + 1}: ${what}: ${line}`);
    };
    if (line === "" || line.startsWith("//")) continue;
    if (line.startsWith("files ")) module.files = [...line.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([path]) => JSON.parse(path));
    else if (line.startsWith("roots ")) module.roots = [...line.matchAll(new RegExp(SYMBOL, "g"))].map(([name]) => symbolOf(name));
    else if (line.startsWith("data ")) module.data.push(parseData(line) ?? fail("not data"));
    else if (line.startsWith("function ")) {
      const { fn, opens } = parseHead(line) ?? fail("not a function");
      module.functions.push(fn);
      if (!opens) continue;
      const start = at + 1;
      while (at < lines.length && lines[at] !== "}") at++;
      new FunctionParser(fn, lines.slice(start, at), start).parse();
    } else fail("nothing begins like this");
  }
  return module;
}

function symbolOf(text: string): string {
  return text.startsWith('@"') ? (JSON.parse(text.slice(1)) as string) : text.slice(1);
}

function parseData(line: string): Data | undefined {
  const found = new RegExp(`^data (${SYMBOL}): (\\d+) align (\\d+)( readonly)?(?: = ([0-9a-f]*))?(.*)$`).exec(line);
  if (!found) return undefined;
  const [, name = "", size, align, readonly, hex, places = ""] = found;
  const relocations = [...places.matchAll(new RegExp(`\\[(\\d+): (${SYMBOL})(?: \\+ (-?\\d+))?\\]`, "g"))].map(
    ([, offset, symbol = "", addend = "0"]) => ({ offset: Number(offset), symbol: symbolOf(symbol), addend: Number(addend) }),
  );
  const bytes = hex === undefined ? undefined : Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return { name: symbolOf(name), size: Number(size), align: Number(align), bytes, readonly: readonly !== undefined, relocations };
}

function parseHead(line: string): { fn: Func; opens: boolean } | undefined {
  const found = new RegExp(
    `^function (${SYMBOL})(?:: ([if]32|[if]64)((?:, [if](?:32|64))*))?(?: with (\\{.*?\\}))?(?: !(\\S+))?(?: naked (\\{.*\\})| (\\{))$`,
  ).exec(line);
  if (!found) return undefined;
  const [, name = "", first, more = "", attributes, location, naked, opens] = found;
  const results = first ? ([first, ...more.split(", ").slice(1)] as Type[]) : [];
  const fn = newFunc(symbolOf(name), results, {
    attributes: attributes ? (JSON.parse(attributes) as FuncAttributes) : {},
    location: parseLocation(location),
    naked: naked ? parseAsm(naked) : undefined,
  });
  return { fn, opens: opens !== undefined };
}

function parseLocation(text: string | undefined): Location | undefined {
  if (!text) return undefined;
  const [file = 0, line = 0, column = 0] = text.split(":").map(Number);
  return { file, line, column };
}

/// JSON has null where the IR has undefined.
function parseAsm(text: string): Asm {
  const asm = JSON.parse(text) as { -readonly [Key in keyof Asm]: Asm[Key] };
  asm.inputs = asm.inputs.map((register) => register ?? undefined);
  asm.outputs = asm.outputs.map(({ type, register }) => ({ type, register: register ?? undefined }));
  return asm;
}

class FunctionParser {
  private readonly blocks = new Map<string, Block>();
  private readonly values = new Map<string, Value>();
  private at = 0;

  constructor(
    private readonly fn: Func,
    private readonly lines: readonly string[],
    private readonly firstLine: number,
  ) {}

  /// Twice over the lines: definitions first, for a use may come before its definition.
  parse(): void {
    let largest = -1;
    for (const [at, line] of this.lines.entries()) {
      this.at = at;
      const label = /^b(\d+)\((.*)\):$/.exec(line);
      if (label) {
        const block = { ...newBlock(this.fn), id: Number(label[1]) };
        this.fn.blocks[this.fn.blocks.length - 1] = block;
        this.blocks.set(`b${label[1]}`, block);
        largest = Math.max(largest, block.id);
        for (const [, name = "", type] of (label[2] ?? "").matchAll(/(%\d+): ([if](?:32|64))/g)) block.params.push(this.define("param", name, type as Type));
      } else {
        const result = /^ {2}(%\d+): ([if](?:32|64)) = (\w+)/.exec(line);
        if (result) this.define(result[3] as Op, result[1] as string, result[2] as Type);
      }
    }
    for (const name of this.values.keys()) largest = Math.max(largest, Number(name.slice(1)));
    this.fn.nextId = largest + 1;
    let block: Block | undefined;
    for (const [at, line] of this.lines.entries()) {
      this.at = at;
      const label = /^(b\d+)\(.*\):$/.exec(line);
      if (label) block = this.blocks.get(label[1] as string);
      else if (block) this.parseLine(block, line.trim());
      else this.fail("a line before the first block");
    }
  }

  private fail(what: string): never {
    throw new Error(`line ${this.firstLine + this.at + 1}: ${what}: ${this.lines[this.at]}`);
  }

  private define(op: Op, name: string, type: Type): Value {
    if (this.values.has(name)) this.fail(`${name} is defined twice`);
    const value = { ...newValue(this.fn, op, type, []), id: Number(name.slice(1)) };
    this.values.set(name, value);
    return value;
  }

  /// A value by its name, or a constant made in this block.
  private operand(block: Block, text: string): Value {
    const float = /^(#[\da-f]+|-?[\d.]+(?:e[+-]?\d+)?)([df])$/.exec(text);
    const literal = /^(-?\d+)(w?)$/.exec(text);
    if (float) {
      const [, digits = "", suffix] = float;
      const type = suffix === "f" ? "f32" : "f64";
      const bits = digits.startsWith("#") ? BigInt(`0x${digits.slice(1)}`) : bitsOfNumber(Number(digits), bitsOf(type));
      const constant = newConst(this.fn, type, wrap(type, bits));
      block.body.push(constant);
      return constant;
    }
    if (!literal) return this.values.get(text) ?? this.fail(`no value ${text}`);
    const constant = newConst(this.fn, literal[2] ? "i32" : "i64", BigInt(literal[1] as string));
    block.body.push(constant);
    return constant;
  }

  private operands(block: Block, text: string): Value[] {
    return text === "" ? [] : text.split(", ").map((part) => this.operand(block, part));
  }

  private parseLine(block: Block, line: string): void {
    const located = / !(\d+:\d+:\d+)$/.exec(line);
    const location = parseLocation(located?.[1]);
    const text = located ? line.slice(0, located.index) : line;
    const end = this.parseEnd(block, text, location);
    if (end) {
      block.end = end;
      return;
    }
    const [, name, body = ""] = /^(?:(%\d+): [if](?:32|64) = )?(.*)$/.exec(text) ?? [];
    const fields = this.parseFields(block, body) ?? this.fail("no operation like this");
    const value = name ? (this.values.get(name) as Value) : newValue(this.fn, fields.op, undefined, []);
    block.body.push(Object.assign(value, fields, { location }));
  }

  private parseFields(block: Block, text: string): (Partial<Value> & { op: Op }) | undefined {
    const match = (pattern: string) => new RegExp(`^${pattern}$`).exec(text);
    const offset = String.raw`(?: \+ (-?\d+))?`;
    let found: RegExpExecArray | null;
    if ((found = match(`global (${SYMBOL})${offset}`)))
      return { op: "global", symbol: symbolOf(found[1] as string), imm: BigInt(found[2] ?? 0) };
    if ((found = match(`slot (${SYMBOL}): (\\d+)`)))
      return { op: "slot", symbol: symbolOf(found[1] as string), imm: BigInt(found[2] as string) };
    if ((found = match("register (\\w+)"))) return { op: "register", symbol: found[1] as string };
    if ((found = match(`(load|store|atomic)(?:\\.(add|and|or|xor|swap|cas))?\\.(\\w+?)(\\.volatile)? \\[(\\S+?)${offset}\\](?:, (.*))?`)))
      return {
        op: found[1] as Op,
        atomic: found[2] as AtomicOp | undefined,
        memory: found[3] as MemoryType,
        volatile: found[4] !== undefined,
        args: [...this.operands(block, found[5] as string), ...this.operands(block, found[7] ?? "")],
        imm: BigInt(found[6] ?? 0),
      };
    if ((found = match(`call (${SYMBOL})\\((.*)\\)`)))
      return { op: "call", symbol: symbolOf(found[1] as string), args: this.operands(block, found[2] as string) };
    if ((found = match("callIndirect (\\S+)\\((.*)\\)")))
      return { op: "callIndirect", args: this.operands(block, [found[1], found[2]].filter(Boolean).join(", ")) };
    if ((found = match("result (%\\d+), (\\d+)")))
      return { op: "result", args: this.operands(block, found[1] as string), imm: BigInt(found[2] as string) };
    if ((found = match("asm\\((.*?)\\) (\\{.*\\})")))
      return { op: "asm", args: this.operands(block, found[1] as string), asm: parseAsm(found[2] as string) };
    if ((found = match('check (\\S+) else trap (".*")')))
      return { op: "check", args: this.operands(block, found[1] as string), reason: JSON.parse(found[2] as string) as string };
    if ((found = match("(\\w+) (.*)")) && operationOf(found[1] as string))
      return { op: found[1] as Op, args: this.operands(block, found[2] as string) };
    return undefined;
  }

  private parseEnd(block: Block, text: string, location: Location | undefined): Terminator | undefined {
    const goes = /^(jump|branch) /.test(text) ? text : "";
    const edges = [...goes.matchAll(/(b\d+)\((.*?)\)/g)].map(
      ([, to = "", args = ""]): Edge => ({ to: this.blocks.get(to) ?? this.fail(`no block ${to}`), args: this.operands(block, args) }),
    );
    const [then, otherwise] = edges;
    if (text.startsWith("jump ") && then) return { kind: "jump", edges: [then] };
    if (text.startsWith("branch ") && then && otherwise)
      return { kind: "branch", condition: this.operand(block, /^branch ([^,]+)/.exec(text)?.[1] ?? ""), edges: [then, otherwise] };
    if (/^return( |$)/.test(text)) return { kind: "return", values: this.operands(block, text.slice(7)), edges: [] };
    if (text.startsWith("trap ")) return { kind: "trap", reason: JSON.parse(text.slice(5)) as string, location, edges: [] };
    return undefined;
  }
}
