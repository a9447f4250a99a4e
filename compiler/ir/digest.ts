// Digests of what a function is made of, to tell whether it is the one of an earlier run. 64 bits by two
// multiplicative hashes; nobody is to be kept from making two alike.

export class Digest {
  private a = 0x9e3779b9;
  private b = 0x243f6a88;

  add(text: string): this {
    let { a, b } = this;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      a = Math.imul(a ^ code, 0x85ebca6b);
      b = Math.imul(b ^ code, 0xc2b2ae35);
      a ^= a >>> 15;
      b ^= b >>> 13;
    }
    // Between one text and the next.
    this.a = Math.imul(a ^ 0x1_0001, 0x27d4eb2f);
    this.b = Math.imul(b ^ 0x1_0003, 0x165667b1);
    return this;
  }
  addBytes(bytes: Uint8Array): this {
    return this.add(String(bytes.length)).add(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }
  toString(): string {
    return `${(this.a >>> 0).toString(36)}.${(this.b >>> 0).toString(36)}`;
  }
}
