// Messages: a tag and four words in registers, more words in the UTCB. The functions here are the
// syscalls that move one; stubs.ts has the others. Over Call, Recv and ReplyRecv a7 is lost, as the fast
// path leaves it where it is; Wait and Poll also write a1.
import { messageTag } from "../../kernel/abi/objects.js";
import { syscalls } from "../../kernel/abi/syscalls.js";
import { utcbLayout } from "../../kernel/abi/utcb.js";

/// What goes out, and in the same place what comes back.
export class Message {
  /// Received: the badge of the sender's capability, or below zero minus a KernelError.
  badge: i64;
  tag: u64;
  words: Arr<u64, 4>;
}

/// A tag for words in registers alone.
export function tagOf(label: u64): u64 {
  attr({ inline: "always" });
  return label << messageTag.label.at;
}

export function labelOf(m: Ptr<Message>): u64 {
  return m.tag >>> messageTag.label.at;
}

/// The receiver was woken by its bound notification: words[0] has the bits.
export function isNotification(m: Ptr<Message>): boolean {
  return (m.tag & (1 << messageTag.notification.at)) !== 0;
}

export function call(endpoint: u64, m: Ptr<Message>): i64 {
  const w = ref(m.words);
  asm({ clobber: ["a7"] })`ecall ${{ a0: endpoint, a1: m.tag, a2: w[0], a3: w[1], a4: w[2], a5: w[3], a7: syscalls.Call.number }} ${{
    a0: out(m.badge), a1: out(m.tag), a2: out(w[0]), a3: out(w[1]), a4: out(w[2]), a5: out(w[3]) }}`;
  return m.badge;
}

export function send(endpoint: u64, m: Ptr<Message>): i64 {
  const w = ref(m.words);
  return asm<i64>`ecall ${{ a0: endpoint, a1: m.tag, a2: w[0], a3: w[1], a4: w[2], a5: w[3], a7: syscalls.Send.number }}`;
}

export function recv(endpoint: u64, m: Ptr<Message>): i64 {
  const w = ref(m.words);
  asm({ clobber: ["a7"] })`ecall ${{ a0: endpoint, a7: syscalls.Recv.number }} ${{
    a0: out(m.badge), a1: out(m.tag), a2: out(w[0]), a3: out(w[1]), a4: out(w[2]), a5: out(w[3]) }}`;
  return m.badge;
}

export function replyRecv(endpoint: u64, m: Ptr<Message>): i64 {
  const w = ref(m.words);
  asm({ clobber: ["a7"] })`ecall ${{ a0: endpoint, a1: m.tag, a2: w[0], a3: w[1], a4: w[2], a5: w[3], a7: syscalls.ReplyRecv.number }} ${{
    a0: out(m.badge), a1: out(m.tag), a2: out(w[0]), a3: out(w[1]), a4: out(w[2]), a5: out(w[3]) }}`;
  return m.badge;
}

/// The bits of a notification, which are never 0; 0 where it is gone.
export function wait(notification: u64): u64 {
  let error: i64 = 0, bits: u64 = 0;
  asm({ clobber: ["a1"] })`ecall ${{ a0: notification, a7: syscalls.Wait.number }} ${{ a0: out(error), a2: out(bits) }}`;
  return error < 0 ? 0 : bits;
}

/// The bits that a notification has, 0 where it has none.
export function poll(notification: u64): u64 {
  let error: i64 = 0, bits: u64 = 0;
  asm({ clobber: ["a1"] })`ecall ${{ a0: notification, a7: syscalls.Poll.number }} ${{ a0: out(error), a2: out(bits) }}`;
  return error < 0 ? 0 : bits;
}

/// Bytes that one message carries in the UTCB.
export const MAX_BYTES: usize = utcbLayout.maxUntyped * 8;

/// The thread's UTCB, whose address is in tp, as bytes.
export function utcbBytes(): u8[] {
  return unsafe.many<u8>(register.tp).slice(MAX_BYTES);
}

/// A tag for a message with `bytes` bytes in the UTCB.
export function tagWithBytes(label: u64, bytes: usize): u64 {
  return tagOf(label) | ((bytes + 7) >>> 3);
}

/// How many bytes of UTCB a received message may hold.
export function bytesIn(m: Ptr<Message>): usize {
  return (m.tag & ((1 << messageTag.untyped.bits) - 1)) * 8;
}
