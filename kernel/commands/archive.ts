// Writes the archive of programs that the kernel's image carries: cpio in the "newc" format, which
// kernel/abi/archive.ts reads.

export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 110;
const REGULAR_FILE = 0o100644;

const padding = (length: number) => new Uint8Array((4 - (length % 4)) % 4);

/// Deterministic: no times, no owners.
export function writeArchive(files: readonly ArchiveFile[]): Uint8Array {
  const parts = [...files, { name: "TRAILER!!!", bytes: new Uint8Array() }].flatMap(({ name, bytes }, index) => {
    const encoded = new TextEncoder().encode(`${name}\0`);
    const isTrailer = index === files.length;
    // inode, mode, uid, gid, links, mtime, size, device twice, rdev twice, name's length, check
    const fields = [index + 1, isTrailer ? 0 : REGULAR_FILE, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, encoded.length, 0];
    const header = new TextEncoder().encode(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
    return [header, encoded, padding(HEADER_BYTES + encoded.length), bytes, padding(bytes.length)];
  });
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}
