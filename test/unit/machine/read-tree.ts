// Reads a flattened device tree strictly, by the specification's chapter 5.

export interface ReadNode {
  readonly name: string;
  readonly properties: ReadonlyMap<string, Uint8Array>;
  readonly children: readonly ReadNode[];
}

export function readTree(blob: Uint8Array): ReadNode {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const field = (index: number) => view.getUint32(index * 4);
  const [magic, total, structureAt, stringsAt, reservationsAt, version, compatible, bootHart, stringsSize, structureSize] =
    Array.from({ length: 10 }, (_, index) => field(index)) as [
      number, number, number, number, number, number, number, number, number, number,
    ];
  check(magic === 0xd00dfeed && version === 17 && compatible === 16 && bootHart === 0, "header");
  check(total === blob.length, "total size");
  check(reservationsAt % 8 === 0 && structureAt % 4 === 0, "alignment");
  check(view.getBigUint64(reservationsAt) === 0n && view.getBigUint64(reservationsAt + 8) === 0n, "reservations");
  check(structureAt + structureSize <= stringsAt && stringsAt + stringsSize <= total, "order of blocks");

  let at = structureAt;
  const word = () => {
    at += 4;
    return view.getUint32(at - 4);
  };
  const text = (from: number) => new TextDecoder().decode(blob.subarray(from, blob.indexOf(0, from)));
  const align = () => {
    // QEMU leaves what was there in the padding.
    while (at % 4 !== 0) at++;
  };
  const node = (): ReadNode => {
    const name = text(at);
    at += name.length + 1;
    align();
    const properties = new Map<string, Uint8Array>();
    const children: ReadNode[] = [];
    for (;;) {
      const token = word();
      if (token === 3) {
        check(children.length === 0, "properties come before children");
        const size = word();
        const nameAt = word();
        check(nameAt < stringsSize, "property name");
        check(!properties.has(text(stringsAt + nameAt)), "property given twice");
        properties.set(text(stringsAt + nameAt), blob.subarray(at, at + size));
        at += size;
        align();
      } else if (token === 1) children.push(node());
      else {
        check(token === 2, "token");
        return { name, properties, children };
      }
    }
  };
  check(word() === 1, "root");
  const root = node();
  check(word() === 9, "end");
  check(at === structureAt + structureSize, "structure size");
  return root;
}

/// The node at a path, as "/soc/serial@10000000".
export function nodeAt(root: ReadNode, path: string): ReadNode {
  return path
    .split("/")
    .filter((name) => name !== "")
    .reduce((node, name) => {
      const child = node.children.find((child) => child.name === name);
      if (!child) throw new Error(`${path}: no ${name}`);
      return child;
    }, root);
}

export function cellsOf(node: ReadNode, property: string): number[] {
  const bytes = bytesOf(node, property);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4));
}

export function stringsOf(node: ReadNode, property: string): string[] {
  return new TextDecoder().decode(bytesOf(node, property)).replace(/\0$/, "").split("\0");
}

function bytesOf(node: ReadNode, property: string): Uint8Array {
  const bytes = node.properties.get(property);
  if (!bytes) throw new Error(`${node.name} has no ${property}`);
  return bytes;
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the device tree's ${what} is wrong`);
}
