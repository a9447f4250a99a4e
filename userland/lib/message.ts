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
  /// Received at many endpoints: which.
  source: u64;
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

// One of the syscalls that move a message, with a6: a timeout on the way in, a source on the way out.
function exchange(number: u64, first: u64, m: Ptr<Message>, timeout: u64): i64 {
  const w = ref(m.words);
  asm({ clobber: ["a7"] })`ecall ${{ a0: first, a1: m.tag, a2: w[0], a3: w[1], a4: w[2], a5: w[3], a6: timeout, a7: number }} ${{
    a0: out(m.badge), a1: out(m.tag), a2: out(w[0]), a3: out(w[1]), a4: out(w[2]), a5: out(w[3]), a6: out(m.source) }}`;
  return m.badge;
}

export function sendNow(endpoint: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.NBSend.number, endpoint, m, 0);
}

export function callNow(endpoint: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.NBCall.number, endpoint, m, 0);
}

export function recvNow(endpoint: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.NBRecv.number, endpoint, m, 0);
}

/// `timeout` in nanoseconds, here and below.
export function sendTimed(endpoint: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.SendTimed.number, endpoint, m, timeout);
}

export function callTimed(endpoint: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.CallTimed.number, endpoint, m, timeout);
}

export function recvTimed(endpoint: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.RecvTimed.number, endpoint, m, timeout);
}

export function replyRecvTimed(endpoint: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.ReplyRecvTimed.number, endpoint, m, timeout);
}

/// To the thread that called. Only returns to who handles no portals.
export function reply(m: Ptr<Message>): i64 {
  return exchange(syscalls.Reply.number, 0, m, 0);
}

/// The endpoints that the functions below wait at.
export function registerWaits(endpoints: readonly u64[]): void {
  const list = unsafe.many<u32>(register.tp + utcbLayout.waitList);
  for (let i: usize = 0; i < endpoints.length && i < utcbLayout.maxWaits; i++) list[i] = u32(endpoints[i]);
}

/// `count`: of the registered endpoints; m.source says at which, `count` itself being the bound notification.
export function recvAny(count: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.RecvAny.number, count, m, 0);
}

export function replyRecvAny(count: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.ReplyRecvAny.number, count, m, 0);
}

export function recvAnyTimed(count: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.RecvAnyTimed.number, count, m, timeout);
}

export function replyRecvAnyTimed(count: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.ReplyRecvAnyTimed.number, count, m, timeout);
}

export function asyncSend(channel: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.AsyncSend.number, channel, m, 0);
}

export function asyncReceive(channel: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.AsyncReceive.number, channel, m, 0);
}

export function asyncReceiveNow(channel: u64, m: Ptr<Message>): i64 {
  return exchange(syscalls.NBAsyncReceive.number, channel, m, 0);
}

export function asyncReceiveTimed(channel: u64, m: Ptr<Message>, timeout: u64): i64 {
  return exchange(syscalls.AsyncReceiveTimed.number, channel, m, timeout);
}

/// What was taken from a semaphore, below zero an error. `toZero`: all of it.
export function down(semaphore: u64, toZero: boolean): i64 {
  return downWith(syscalls.Down.number, semaphore, toZero, 0);
}

export function downNow(semaphore: u64, toZero: boolean): i64 {
  return downWith(syscalls.NBDown.number, semaphore, toZero, 0);
}

export function downTimed(semaphore: u64, toZero: boolean, timeout: u64): i64 {
  return downWith(syscalls.DownTimed.number, semaphore, toZero, timeout);
}

function downWith(number: u64, semaphore: u64, toZero: boolean, timeout: u64): i64 {
  let error: i64 = 0, taken: i64 = 0;
  asm`ecall ${{ a0: semaphore, a1: toZero ? 1 : 0, a6: timeout, a7: number }} ${{ a0: out(error), a2: out(taken) }}`;
  return error < 0 ? error : taken;
}

/// Bits, or below zero an error.
export function waitTimed(notification: u64, timeout: u64): i64 {
  let error: i64 = 0, bits: i64 = 0;
  asm({ clobber: ["a1"] })`ecall ${{ a0: notification, a6: timeout, a7: syscalls.WaitTimed.number }} ${{ a0: out(error), a2: out(bits) }}`;
  return error < 0 ? error : bits;
}

/// Names a capability to go with the next message; `rights` 0: all that it has. The tag must count it.
export function putItem(index: usize, slot: u64, rights: u64): void {
  unsafe.many<u64>(register.tp + utcbLayout.items)[index] = slot | (rights << 32);
}

/// Where capabilities that arrive are put: from `slot` on, of the CNode in slot `cnode`. Slot 0: nowhere.
export function receiveInto(cnode: u64, slot: u64): void {
  const window = unsafe.many<u64>(register.tp + utcbLayout.receiveCNode);
  window[0] = cnode;
  window[1] = slot;
}

/// A tag for words in registers and `count` items.
export function tagWithItems(label: u64, count: u64): u64 {
  return tagOf(label) | (count << messageTag.typed.at);
}

/// How many capabilities came.
export function itemsIn(m: Ptr<Message>): u64 {
  return (m.tag >>> messageTag.typed.at) & ((1 << messageTag.typed.bits) - 1);
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
