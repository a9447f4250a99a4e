// The rules of instruction selection: each operation on integers, with every value of 8 bits (as it is, and spread
// over the word) and with constants on either side, as a value and as a branch's condition. What the machine makes of
// the operation as it stands, without the passes, is compared with WebAssembly's. EVERY_CONSTANT=1 takes all of 8
// bits; here are those at the edges of immediates and shifts.

import { expect, test } from "vitest";
import { parseModule } from "../../../compiler/ir/parse.js";
import { isTest, operations, type Operation } from "../../../compiler/ir/ops.js";
import { compileModule } from "../../../compiler/pipeline.js";
import { WasmProgram } from "../../../compiler/wasm/program.js";
import { hex, runOnOurs, withStart } from "../../differential/bare-metal.js";

const edges = [-128, -1, 0, 1, 8, 31, 32, 63, 127];
const wide = ["2047", "2048", "-2048", "-2049", "65535", "-2147483648"];
const wider = ["4294967295", "81985529216486895"];
const constants = [...(process.env.EVERY_CONSTANT === "1" ? Array.from({ length: 256 }, (_, index) => index - 128) : edges).map(String), ...wide];
/// As it is; above an immediate's bits; at the top; in each byte.
const spreads = ["add V, 0", "shl V, 28", "shl V, 56", "mul V, 72340172838076673"];

type Kind = "i32" | "i64";
const literal = (type: Kind, value: string) => (type === "i32" ? `${value}w` : value);

/// Text of a function that goes through all values of x, and of y where it has two, and hashes what comes out.
class Writer {
  private next = 0;
  private blocks = 1;
  readonly lines: string[] = [];
  hash = "";

  fresh = () => `%${this.next++}`;
  emit(type: Kind | undefined, text: string): string {
    const name = this.fresh();
    this.lines.push(`  ${type ? `${name}: ${type} = ` : ""}${text}`);
    return name;
  }
  block = () => `b${this.blocks++}`;
  label = (text: string) => void this.lines.push(`${text}:`);

  mix(value: string): void {
    const scaled = this.emit("i64", `mul ${this.hash}, 31`);
    this.hash = this.emit("i64", `xor ${scaled}, ${value}`);
  }
  /// The operation's result, and where it is a test also which way a branch on it goes.
  use(op: string, type: Kind, operands: readonly string[]): void {
    const { result } = (operations as Record<string, Operation>)[op]!;
    const own = (result === "same" ? type : result) as Kind;
    const value = this.emit(own, `${op} ${operands.join(", ")}`);
    this.mix(own === "i32" ? this.emit("i64", `sext ${value}`) : value);
    if (!isTest(op)) return;
    // Asked for once more: the first has a register, this one may be part of the branch.
    const again = this.emit(own, `${op} ${operands.join(", ")}`);
    const [yes, no, join] = [this.block(), this.block(), this.block()];
    this.lines.push(`  branch ${again}, ${yes}(), ${no}()`);
    for (const [name, way] of [[yes, "5"], [no, "9"]] as const) {
      this.label(`${name}()`);
      this.lines.push(`  jump ${join}(${way})`);
    }
    const param = this.fresh();
    this.label(`${join}(${param}: i64)`);
    this.mix(param);
  }
  /// `body` for each value of 8 bits.
  each(body: (value: string) => void): void {
    const [loop, exit] = [this.block(), this.block()];
    const [value, hash] = [this.fresh(), this.fresh()];
    this.lines.push(`  jump ${loop}(-128, ${this.hash})`);
    this.label(`${loop}(${value}: i64, ${hash}: i64)`);
    this.hash = hash;
    body(value);
    const following = this.emit("i64", `add ${value}, 1`);
    const isMore = this.emit("i32", `lts ${following}, 128`);
    const last = this.hash;
    this.lines.push(`  branch ${isMore}, ${loop}(${following}, ${last}), ${exit}(${last})`);
    const after = this.fresh();
    this.label(`${exit}(${after}: i64)`);
    this.hash = after;
  }
  of(type: Kind, value: string): string {
    return type === "i32" ? this.emit("i32", `trunc ${value}`) : value;
  }
  text(name: string): string {
    return `function @${name}: i64 {\nb0():\n${this.lines.join("\n")}\n  return ${this.hash}\n}`;
  }
}

function functionOf(name: string, write: (writer: Writer) => void): string {
  const writer = new Writer();
  writer.hash = "7";
  write(writer);
  return writer.text(name);
}

const rows = Object.entries(operations as Record<string, Operation>).filter(([, { operands, result }]) => [operands, result].every((kind) => kind === undefined || kind === "integer" || kind === "same" || kind === "i32" || kind === "i64"));
const typesOf = ({ operands }: Operation): Kind[] => (operands === "i32" || operands === "i64" ? [operands] : ["i32", "i64"]);

function programsOf(op: string, row: Operation): string[] {
  return typesOf(row).flatMap((type) => {
    const spreadOver = (writer: Writer, use: (x: string) => void) =>
      writer.each((value) => {
        for (const spread of spreads) use(writer.of(type, writer.emit("i64", spread.replace("V", value))));
      });
    if (row.arity === 1) return [functionOf(`${op}_${type}`, (writer) => spreadOver(writer, (x) => writer.use(op, type, [x])))];
    const two = functionOf(`${op}_${type}`, (writer) =>
      writer.each((x) => {
        const left = writer.of(type, x);
        writer.each((y) => writer.use(op, type, [left, writer.of(type, y)]));
      }),
    );
    const some = [...constants, ...(type === "i64" ? wider : [])];
    const withConstants = some.map((constant, index) =>
      functionOf(`${op}_${type}_${index}`, (writer) =>
        spreadOver(writer, (x) => {
          writer.use(op, type, [x, literal(type, constant)]);
          writer.use(op, type, [literal(type, constant), x]);
          // Masks of low bits, and what is left of them: selection has patterns for both.
          if (op !== "and") return;
          const masked = writer.emit(type, `and ${x}, ${literal(type, constant)}`);
          for (const test of ["eq", "ne"]) writer.use(test, type, [masked, literal(type, "0")]);
        }),
      ),
    );
    return [two, ...withConstants];
  });
}

test.each(rows)("%s", { timeout: 120_000 }, (op, row) => {
  const functions = programsOf(op, row);
  const names = functions.map((text) => /@(\w+)/.exec(text)![1]!);
  const calls = names.map((name, index) => `  %${3 * index + 1}: i64 = call @${name}()\n  %${3 * index + 2}: i64 = mul %${3 * index}, 31\n  %${3 * index + 3}: i64 = xor %${3 * index + 2}, %${3 * index + 1}`);
  const run = `function @run: i64 {\nb0():\n  %0: i64 = add 1, 0\n${calls.join("\n")}\n  return %${3 * names.length}\n}`;
  const module = () => parseModule(`roots @run\n${functions.join("\n")}\n${run}`);
  const expected = hex(new WasmProgram(module()).call("run")[0] as bigint);
  const { result } = runOnOurs(compileModule(withStart(module()), { optimise: 0, strip: true }).elf);
  expect(result).toBe(expected);
});
