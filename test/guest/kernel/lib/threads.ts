// What threads of several test programs do.
import { Message, recv, replyRecv } from "../../../../userland/lib/message.js";

/// Replies to each message with its first word plus one.
export function adder(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    m.words[0] += 1;
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

/// The handler of a portal: replies at once, and starts anew each time.
export function replies(): never {
  return naked()`
  li    a1, 0
  li    a7, 4
  ecall
  j     ${replies}`;
}

/// 1/s + 1/(s+1) + …, so many terms, from `start` on.
export function harmonic(start: f64, terms: u64): f64 {
  let sum: f64 = 0, at = start;
  for (let i: u64 = 0; i < terms; i++) {
    sum += 1 / at;
    at += 1;
  }
  return sum;
}
