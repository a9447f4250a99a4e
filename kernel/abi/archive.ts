// The archive of programs: cpio in the "newc" format, as an initial RAM disk has it.
//
//   "070701", 13 fields of 8 hexadecimal digits, name\0 padded to 4, content padded to 4, next file
//
// Field 6 is the content's size, field 11 the name's length with its zero. The last file is TRAILER!!!.
const HEADER_BYTES: u64 = 110;
const SIZE_FIELD: u64 = 6;
const NAME_FIELD: u64 = 11;

function readField(archive: readonly u8[], header: usize, field: u64): u64 {
  let value: u64 = 0;
  for (let i: usize = 0; i < 8; i++) {
    const digit = archive[header + 6 + 8 * field + i];
    const nibble: u64 = digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57;
    value = (value << 4) | (nibble & 15);
  }
  return value;
}

/// The content of the file called `name`; empty where there is none.
export function findFile(archive: readonly u8[], name: readonly u8[]): readonly u8[] {
  let at: usize = 0;
  while (at + HEADER_BYTES <= archive.length) {
    const nameBytes = readField(archive, at, NAME_FIELD), size = readField(archive, at, SIZE_FIELD);
    const content = (at + HEADER_BYTES + nameBytes + 3) & ~u64(3);
    if (nameBytes === 0 || content + size > archive.length) break;
    if (nameBytes === name.length + 1) {
      let same = true;
      for (let i: usize = 0; i < name.length; i++) if (archive[at + HEADER_BYTES + i] !== name[i]) same = false;
      if (same) return archive.slice(content, content + size);
    }
    at = (content + size + 3) & ~u64(3);
  }
  return archive.slice(0, 0);
}
