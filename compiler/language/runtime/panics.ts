// What a failed check says. The compiler writes a table beside the code: for each `ebreak`, sorted, its
// offset from __text_start and that of its text from __panics_strings; a text is its length and its bytes.

class Entry {
  pcOffset: u32;
  textOffset: u32;
}

export function panicMessage(pc: u64): string {
  const start = symbolAddress("__panics_start");
  const entries = unsafe.many<Entry>(start);
  const offset = pc - symbolAddress("__text_start");
  let low: u64 = 0;
  let high = (symbolAddress("__panics_end") - start) / sizeof<Entry>();
  while (low < high) {
    const middle = (low + high) / 2;
    if (entries[middle].pcOffset < offset) low = middle + 1;
    else high = middle;
  }
  if (start + low * sizeof<Entry>() >= symbolAddress("__panics_end") || entries[low].pcOffset !== offset) return "";
  const text = symbolAddress("__panics_strings") + entries[low].textOffset;
  const length: u32 = unsafe.ptr<u32>(text).$;
  return unsafe.text(unsafe.many<u8>(text + 4).slice(length));
}
