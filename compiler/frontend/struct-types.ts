// Structs that are made rather than declared: fields in C's layout, tuples, results, options; and the keys
// that tell types apart as type arguments.

import { alignOf, bool, type Field, sizeOf, type StructType, type Type, typeText } from "./types.js";

/// A struct of these fields, in C's layout.
export function layOut(
  head: Pick<StructType, "name" | "key" | "role"> & { args?: readonly Type[] },
  fields: Iterable<readonly [name: string, type: Type, readonly?: boolean]>,
): StructType {
  const struct: StructType = { kind: "struct", args: [], ...head, fields: new Map(), size: 0, align: 1 };
  for (const [name, type, readonly = true] of fields) addField(struct, { name, type, readonly, tag: undefined });
  finish(struct);
  return struct;
}
/// Appends a field of a few bits: beside the one before where its integer has room for both, as C does.
export function addBits(struct: StructType, field: Omit<Field, "offset" | "bits">, width: number): void {
  const unit = sizeOf(field.type) * 8;
  const last = [...struct.fields.values()].at(-1);
  const end = last?.bits ? last.offset * 8 + last.bits.shift + last.bits.width : struct.size * 8;
  const at = Math.floor(end / unit) === Math.floor((end + width - 1) / unit) ? end : Math.ceil(end / unit) * unit;
  const offset = Math.floor(at / unit) * (unit / 8);
  struct.fields.set(field.name, { ...field, offset, bits: { shift: at % unit, width } });
  struct.size = Math.max(struct.size, Math.ceil((at + width) / 8));
  struct.align = Math.max(struct.align, alignOf(field.type));
}

/// Appends a field, at `offset` or where C would put it.
export function addField(
  struct: StructType,
  field: Omit<Field, "offset"> & { offset?: number },
  fieldAlign = alignOf(field.type),
): void {
  const offset = field.offset ?? Math.ceil(struct.size / fieldAlign) * fieldAlign;
  struct.fields.set(field.name, { ...field, offset });
  struct.size = Math.max(struct.size, offset + sizeOf(field.type));
  struct.align = Math.max(struct.align, fieldAlign);
}
export function finish(struct: StructType): void {
  struct.size = Math.ceil(struct.size / struct.align) * struct.align;
}

/// Of one program: in the next one the same key may name another type.
const known = new Map<string, StructType>();
export const madeStructs = (): Iterable<StructType> => known.values();
export const forgetStructs = (): void => known.clear();
function memo(
  head: Pick<StructType, "name" | "key" | "role"> & { args: readonly Type[] },
  fields: readonly (readonly [string, Type])[],
): StructType {
  const struct = known.get(head.key) ?? layOut(head, fields);
  known.set(head.key, struct);
  return struct;
}
/// What tells a type from another as a type argument.
export function typeKey(type: Type): string {
  switch (type.kind) {
    case "struct":
      return type.key;
    case "union":
      return type.members.map(typeKey).join("|");
    case "enum":
      return `enum ${type.id}`;
    case "ptr":
      return `*${type.nullable ? "?" : ""}${typeKey(type.to)}`;
    case "slice":
      return `[]${typeKey(type.of)}`;
    case "many":
    case "device":
    case "atomic":
      return `${type.kind}:${typeKey(type.of)}`;
    case "arr":
      return `[${type.length}]${typeKey(type.of)}`;
    case "func":
      return `(${type.params.map(typeKey).join(",")})=>${typeKey(type.result)}${type.nullable ? "?" : ""}`;
    case "client":
      return `client:${type.key}`;
    case "tagged":
      return `tagged:${typeKey(type.by)}`;
    default:
      return typeText(type);
  }
}
export function tupleOf(types: readonly Type[]): StructType {
  const name = `[${types.map(typeText).join(", ")}]`;
  const key = `[${types.map(typeKey).join(";")}]`;
  return memo(
    { name, key, role: "tuple", args: types },
    types.map((type, index) => [String(index), type] as const),
  );
}
export function resultOf(value: Type, error: Type): StructType {
  const name = `Result<${typeText(value)}, ${typeText(error)}>`;
  const key = `Result<${typeKey(value)};${typeKey(error)}>`;
  return memo({ name, key, role: "result", args: [value, error] }, [
    ["ok", bool],
    ["val", value],
    ["err", error],
  ]);
}
export function optionOf(value: Type): StructType {
  const key = `Option<${typeKey(value)}>`;
  return memo({ name: `${typeText(value)} | null`, key, role: "option", args: [value] }, [
    ["present", bool],
    ["value", value],
  ]);
}
