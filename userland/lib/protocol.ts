// How the messages of a protocol travel, for the stubs that the compiler writes: clientOf<I>(endpoint) and
// dispatcherOf<I, S>(handlers) call the functions below by their names. Import this file where either is used.
//
// Words 0 to 3 of a message go through registers; here they lie in the part of the UTCB that is the user's own.
// Word 4 and those after are the UTCB's. A string that came with a message is valid until the thread's next one.
import { KernelError } from "../../kernel/abi/errors.js";
import { messageTag } from "../../kernel/abi/objects.js";
import { syscalls } from "../../kernel/abi/syscalls.js";
import { utcbLayout } from "../../kernel/abi/utcb.js";
import { Message, call, recv, replyRecv } from "./message.js";

const REGISTERS: u64 = 4;
const COUNT: u64 = (1 << messageTag.untyped.bits) - 1;

export function protocolWord(index: u64): Ptr<u64> {
  attr({ inline: "always" });
  return unsafe.ptr<u64>(index < REGISTERS ? register.tp + utcbLayout.own + index * 8 : register.tp + (index - REGISTERS) * 8);
}

/// Copies bytes into words from `index` (4 or more) on, in either direction; the index after them.
export function protocolPut(index: u64, bytes: readonly u8[]): u64 {
  const words = (bytes.length + 7) >>> 3;
  if (index - REGISTERS + words > utcbLayout.maxUntyped) panic("the message is too long");
  const to = unsafe.cast<u8>(protocolWord(index));
  const target = unsafe.many<u8>(u64.of(to));
  if (u64.of(to) <= u64.of(bytes.ptr)) for (let i: u64 = 0; i < bytes.length; i++) target[i] = bytes[i];
  else for (let i = bytes.length; i > 0; i--) target[i - 1] = bytes[i - 1];
  return index + words;
}

/// A message of `count` words has so many bytes from word `index` on.
export function protocolFits(index: u64, length: u64, count: u64): boolean {
  return index <= count && length <= (count - index) * 8;
}
export function protocolBytes(index: u64, length: u64): readonly u8[] {
  return unsafe.many<u8>(u64.of(protocolWord(index))).slice(length);
}

export function protocolLabel(tag: u64): u64 {
  return tag >>> messageTag.label.at;
}
export function protocolCount(tag: u64): u64 {
  return REGISTERS + (tag & COUNT);
}
/// The tag of a message with a label, of so many words.
function tagFor(label: u64, words: u64): u64 {
  return (label << messageTag.label.at) | (words > REGISTERS ? words - REGISTERS : 0);
}
export function protocolReply(words: u64): u64 {
  return tagFor(0, words);
}
export function protocolRefusal(): u64 {
  return tagFor(KernelError.InvalidOperation, 0);
}

/// The words in the reply. A server that is gone or refuses is a panic: ask with `call` where that may be.
export function protocolCall(endpoint: u64, label: u64, words: u64): u64 {
  const m = zeroed<Message>();
  m.tag = tagFor(label, words);
  fetch(ref(m));
  if (call(endpoint, ref(m)) < 0) panic("the server is gone");
  keep(ref(m));
  if (protocolLabel(m.tag) !== 0) panic("the server refuses the call");
  return protocolCount(m.tag);
}

function fetch(m: Ptr<Message>): void {
  for (let i: u64 = 0; i < REGISTERS; i++) m.words[i] = protocolWord(i).$;
}
function keep(m: Ptr<Message>): void {
  for (let i: u64 = 0; i < REGISTERS; i++) protocolWord(i).$ = m.words[i];
}

/// Serves `endpoint` until it is gone: receives, dispatches, replies and receives.
export function serve<S>(endpoint: u64, state: Ptr<S>, dispatch: (state: Ptr<S>, badge: u64, tag: u64) => u64): void {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  while (m.badge !== -KernelError.Gone) {
    keep(ref(m));
    m.tag = dispatch(state, u64(m.badge), m.tag);
    fetch(ref(m));
    replyRecv(endpoint, ref(m));
  }
}
