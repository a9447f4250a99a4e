// Protocols: typed calls over messages, written by the compiler. An interface of operations,
//
//     interface Files { readonly version: 2; open: Op<1, (path: string) => Result<u64, FileError>>; }
//
// is a client as a value: one word, the endpoint. A call of an operation is a message with the label
// version << 16 | number. Its words are the scalars that the arguments (in the reply, the result) are made of, one
// word each; a string or slice of bytes is its length there, and its bytes follow the scalars, from word 4 on,
// each from a word of its own. A server refuses what is too short, another version and an enum's non-members.
//
// How words travel is not the compiler's business: the functions named in `transport` are the program's own, as
// userland/lib/protocol.ts has them.

import type { ts } from "#typescript";
import { handlerOf, objectOf } from "./compile-time.js";
import { elaborateAs } from "./expressions.js";
import { binary, compare, constant, convert, not, readOf, unary, word } from "./fold.js";
import { callInstance, instanceOf } from "./functions.js";
import type { Scope } from "./scope.js";
import { typeKey } from "./struct-types.js";
import type { Expr, FunctionTree, Local, Place, Statement } from "./tree.js";
import { noTypes } from "./type-reader.js";
import { bool, integerOf, pointerTo, sliceOf, typeText, u8, u32, u64, voidType, type ClientType, type FuncType, type Operation, type StructType, type Type } from "./types.js";

/// The program's functions that move messages, by name.
export const transport = ["protocolWord", "protocolPut", "protocolFits", "protocolBytes", "protocolCall", "protocolLabel", "protocolCount", "protocolReply", "protocolRefusal"] as const;
type Transport = (typeof transport)[number];

const FIRST_BYTES = 4;
const VERSION_AT = 16n;

/// A word of a message, or a length with bytes elsewhere.
interface Item {
  readonly place: Place;
  readonly isBytes: boolean;
  /// Zero unless this holds: the error of a Result that is fine.
  readonly onlyIf: Expr | undefined;
}

const local = (name: string, type: Type): Local => ({ name, type, inMemory: false });
const placeOf = (of: Local): Place => ({ kind: "local", type: of.type, local: of });
const read = (of: Local): Expr => readOf(placeOf(of));
const declare = (of: Local, initial: Expr): Statement => ({ kind: "let", local: of, initial });
const run = (expr: Expr): Statement => ({ kind: "expr", expr });
const assign = (place: Place, value: Expr): Statement => run({ kind: "assign", type: place.type, place, op: undefined, value });
const unless = (condition: Expr, yes: Statement[]): Statement => ({ kind: "if", condition, yes: [], otherwise: yes });

/// Writes one function that speaks a protocol.
class Writer {
  readonly body: Statement[] = [];

  constructor(
    private readonly scope: Scope,
    private readonly node: ts.Node,
  ) {}

  call(name: Transport, ...args: Expr[]): Expr {
    const { program } = this.scope;
    const declaration = program.transport.get(name) ?? this.scope.fail(this.node, "TM3013", name);
    return callInstance(instanceOf(program, declaration, noTypes), args);
  }

  /// What a value is made of, in order.
  items(place: Place, onlyIf?: Expr): Item[] {
    const { type } = place;
    if (type.kind === "void") return [];
    if (type.kind === "slice" && type.of.kind === "int" && type.of.name === "u8") return [{ place, isBytes: true, onlyIf }];
    if (integerOf(type) || type.kind === "bool" || type.kind === "float") return [{ place, isBytes: false, onlyIf }];
    if (type.kind !== "struct") return this.scope.fail(this.node, "TM3014", typeText(type));
    return [...type.fields.values()].flatMap((field) => {
      if (field.bits) return this.scope.fail(this.node, "TM3014", `${field.name} of ${typeText(type)}`);
      return this.items({ kind: "field", type: field.type, base: place, offset: field.offset }, presenceOf(place, type, field.name) ?? onlyIf);
    });
  }

  /// Puts values into the message; how many words it has then.
  encode(items: readonly Item[]): Expr {
    const at = local("at", u64);
    if (items.some(({ isBytes }) => isBytes)) this.body.push(declare(at, word(Math.max(items.length, FIRST_BYTES))));
    items.forEach(({ place, isBytes }, index) => {
      const value = readOf(place);
      if (isBytes) this.body.push(assign(placeOf(at), this.call("protocolPut", read(at), retyped(value))));
      this.body.push(assign(this.word(index), isBytes ? { kind: "length", type: u64, of: value } : toWord(value)));
    });
    return items.some(({ isBytes }) => isBytes) ? read(at) : word(items.length);
  }

  /// Takes values out of a message of `count` words; what does not fit it runs `refuse` on.
  decode(items: readonly Item[], count: Expr, refuse: Statement[]): void {
    const at = local("from", u64);
    if (items.length > 0) this.body.push(unless(compare("ge", count, word(items.length)), refuse));
    if (items.some(({ isBytes }) => isBytes)) this.body.push(declare(at, word(Math.max(items.length, FIRST_BYTES))));
    items.forEach(({ place, isBytes, onlyIf }, index) => {
      const held = local("held", u64);
      this.body.push(declare(held, readOf(this.word(index))));
      const { type } = place;
      if (isBytes) {
        this.body.push(unless(this.call("protocolFits", read(at), read(held), count), refuse));
        this.body.push(assign(place, { kind: "narrow", type, operand: this.call("protocolBytes", read(at), read(held)), trap: undefined }));
        const words = binary(u64, "shrLogical", binary(u64, "add", read(held), word(7)), word(3));
        this.body.push(assign(placeOf(at), binary(u64, "add", read(at), words)));
        return;
      }
      if (type.kind === "enum") {
        const members = [...new Set(type.members.values())].map((value) => compare("eq", read(held), word(BigInt.asUintN(64, value))));
        this.body.push(unless([...(onlyIf ? [not(onlyIf)] : []), ...members].reduce(either), refuse));
      }
      this.body.push(assign(place, fromWord(read(held), type)));
    });
  }

  private word(index: number): Place {
    return { kind: "deref", type: u64, pointer: this.call("protocolWord", word(index)) };
  }
}

const either = (left: Expr, right: Expr): Expr => ({ kind: "logical", type: bool, op: "or", left, right });

/// The condition on which a part of a Result or of `T | null` has a value.
function presenceOf(place: Place, type: StructType, name: string): Expr | undefined {
  const flag = { result: "ok", option: "present" }[type.role as string];
  const field = flag !== undefined && name !== flag ? type.fields.get(flag) : undefined;
  if (!field) return undefined;
  const present = readOf({ kind: "field", type: field.type, base: place, offset: field.offset });
  return name === "err" ? not(present) : present;
}

function toWord(value: Expr): Expr {
  const { type } = value;
  if (type.kind !== "float") return convert(value, u64);
  return convert(unary(type.bits === 32 ? u32 : u64, "bits", value), u64);
}
function fromWord(value: Expr, type: Type): Expr {
  if (type.kind === "bool") return compare("ne", value, word(0));
  if (type.kind !== "float") return convert(value, type);
  return unary(type, "fromBits", type.bits === 32 ? convert(value, u32) : value);
}
/// A string is a slice of bytes to the transport.
const retyped = (value: Expr): Expr => ({ kind: "narrow", type: sliceOf(u8, true), operand: value, trap: undefined });

const labelOf = ({ version }: ClientType, { number }: Operation): bigint => (version << VERSION_AT) | number;

/// `client.open(path)`.
export function callOperation(scope: Scope, node: ts.CallExpression, client: Expr & { type: ClientType }, name: string): Expr {
  const operation = client.type.operations.get(name) ?? scope.fail(node.expression, "TM2013", name);
  const args = operation.type.params.map((param, index) => {
    const argument = node.arguments[index] ?? scope.fail(node, "TM2020", node.getText());
    return elaborateAs(scope, argument, param, true);
  });
  const { result } = operation.type;
  return { kind: "call", type: result, callee: stubOf(scope, node, client.type, operation), args: [convert(client, u64), ...args] };
}

/// The function that makes the call.
function stubOf(scope: Scope, node: ts.Node, client: ClientType, operation: Operation): string {
  const { program } = scope;
  const key = `stub ${client.key} ${operation.name}`;
  const known = program.memo.get(key);
  if (known?.kind === "symbol") return known.symbol;
  const writer = new Writer(scope, node);
  const endpoint = local("endpoint", u64);
  const params = operation.type.params.map((type, index) => local(`a${index}`, type));
  const { result } = operation.type;
  const words = writer.encode(params.flatMap((param) => writer.items(placeOf(param))));
  const count = local("count", u64);
  writer.body.push(declare(count, writer.call("protocolCall", read(endpoint), word(labelOf(client, operation)), words)));
  const value = local("result", result);
  if (result.kind !== "void") {
    writer.body.push(declare(value, { kind: "aggregate", type: result, parts: [] }));
    const location = program.locationOf(node);
    writer.decode(writer.items(placeOf(value)), read(count), [run({ kind: "trap", type: voidType, reason: `the server's reply is no result of ${operation.name}`, location })]);
    writer.body.push({ kind: "return", value: read(value) });
  }
  const name = program.unique(`${client.name}.${operation.name}`);
  program.extra.push({ name, params: [endpoint, ...params], result, attributes: {}, location: undefined, body: writer.body, naked: undefined });
  program.memo.set(key, { kind: "symbol", type: operation.type, symbol: name, addend: 0 });
  return name;
}

/// `clientOf<I>(endpoint)`.
export function clientOf(scope: Scope, node: ts.CallExpression, wanted: Type | undefined): Expr {
  const [argument] = node.typeArguments ?? [];
  const type = argument ? scope.read(argument) : wanted;
  if (type?.kind !== "client") return scope.fail(node, "TM3008", node.getText());
  const endpoint = elaborateAs(scope, node.arguments[0] as ts.Expression, u64);
  return { kind: "convert", type, operand: endpoint };
}

/// `dispatcherOf<I, S>(handlers)`: (state, badge, tag) to the tag of the reply.
export function dispatcherOf(scope: Scope, node: ts.CallExpression): Expr {
  const { program } = scope;
  const [protocol, stateType] = (node.typeArguments ?? []).map((argument) => scope.read(argument));
  if (protocol?.kind !== "client" || !stateType) return scope.fail(node, "TM3008", node.getText());
  const pointer = pointerTo(stateType);
  const type: FuncType = { kind: "func", params: [pointer, u64, u64], result: u64, nullable: false };
  const key = `dispatcher ${protocol.key} ${typeKey(stateType)} ${program.idOf(node)}`;
  const known = program.memo.get(key);
  if (known) return known;
  const [state, badge, tag] = [local("state", pointer), local("badge", u64), local("tag", u64)];
  const writer = new Writer(scope, node);
  const refuse: Statement = { kind: "return", value: writer.call("protocolRefusal") };
  const count = local("count", u64);
  writer.body.push(declare(count, writer.call("protocolCount", read(tag))));
  const table = objectOf(scope, node.arguments[0] as ts.Expression);
  const cases = [...protocol.operations.values()].map((operation) => {
    const fallback: FuncType = { ...operation.type, params: [pointer, u64, ...operation.type.params] };
    const handler = handlerOf(scope, node, table, operation.name, fallback);
    return { values: [labelOf(protocol, operation)], body: answer(scope, node, operation, handler, [state, badge], count, refuse) };
  });
  const subject = writer.call("protocolLabel", read(tag));
  writer.body.push({ kind: "switch", label: undefined, subject, cases: [...cases, { values: undefined, body: [refuse] }] });
  const name = program.unique(`${protocol.name}.dispatch`);
  const tree: FunctionTree = { name, params: [state, badge, tag], result: u64, attributes: {}, location: undefined, body: writer.body, naked: undefined };
  program.extra.push(tree);
  const result: Expr = { kind: "symbol", type, symbol: name, addend: 0 };
  program.memo.set(key, result);
  return result;
}

/// One operation of a server: decodes, calls, encodes.
function answer(scope: Scope, node: ts.Node, operation: Operation, handler: Expr, [state, badge]: readonly [Local, Local], count: Local, refuse: Statement): Statement[] {
  const writer = new Writer(scope, node);
  const { params, result } = operation.type;
  const args = params.map((type, index) => local(`a${index}`, type));
  for (const arg of args) writer.body.push(declare(arg, arg.type.kind === "struct" || arg.type.kind === "slice" ? { kind: "aggregate", type: arg.type, parts: [] } : constant(arg.type, 0n)));
  writer.decode(args.flatMap((arg) => writer.items(placeOf(arg))), read(count), [refuse]);
  const passed = [read(state), read(badge), ...args.map(read)].slice(0, handler.type.kind === "func" ? handler.type.params.length : undefined);
  const call: Expr = handler.kind === "symbol" ? { kind: "call", type: result, callee: handler.symbol, args: passed } : { kind: "callPointer", type: result, target: handler, args: passed };
  if (result.kind === "void") return [...writer.body, run(call), { kind: "return", value: writer.call("protocolReply", word(0)) }];
  const value = local("result", result);
  writer.body.push(declare(value, call));
  const words = writer.encode(writer.items(placeOf(value)));
  return [...writer.body, { kind: "return", value: writer.call("protocolReply", words) }];
}
