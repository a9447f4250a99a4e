// Text for the console server.
import { ConsoleLabel, READ_BYTES } from "../servers/console/protocol.js";
import { MAX_BYTES, Message, call, tagOf, tagWithBytes, utcbBytes } from "./message.js";
import { ProcessSlot } from "./process.js";

export function write(text: string): void {
  writeBytes(text.bytes());
}

export function writeBytes(bytes: readonly u8[]): void {
  writeTo(ProcessSlot.Console, bytes);
}

/// Through the console capability in any slot.
export function writeTo(console: u64, bytes: readonly u8[]): void {
  for (let at: usize = 0; at < bytes.length; at += MAX_BYTES) {
    const rest = bytes.length - at;
    const count = rest < MAX_BYTES ? rest : MAX_BYTES;
    const buffer = utcbBytes();
    for (let i: usize = 0; i < count; i++) buffer[i] = bytes[at + i];
    const m = zeroed<Message>();
    m.tag = tagWithBytes(ConsoleLabel.Write, count);
    m.words[0] = count;
    call(console, ref(m));
  }
}

/// Bytes that were typed, into `buffer`, which has room for READ_BYTES; how many: perhaps none.
export function read(buffer: u8[]): usize {
  const m = zeroed<Message>();
  m.tag = tagOf(ConsoleLabel.Read);
  if (call(ProcessSlot.Console, ref(m)) < 0) return 0;
  const count = m.words[0];
  for (let i: usize = 0; i < count && i < READ_BYTES; i++) buffer[i] = u8(m.words[1 + (i >>> 3)] >>> ((i & 7) * 8));
  return count;
}
