// Frames: a message that is being written or read in the thread's UTCB, and those that it interrupts (2.19 to 2.21).
//
// A library that calls a server while its caller is half way through a message must not spoil that message. Opening a
// frame moves what is there to the end of the UTCB's words, which the thread then keeps for itself: no message that
// arrives reaches them. Closing the frame moves it back. `using` closes it on every way out:
//
//   using frame = openFrame();
//   frame.put<u32>(block);
//   if (frame.call(disk, Label.Read) < 0) …
//   const length = frame.get<u64>();
//
// A value takes whole words. Words 0 to 3 go through registers; here they lie in the part of the UTCB that is the
// user's own, and behind them how many words and capabilities there are. Reading past the end gives zeros, writing past
// it nothing; both set `isCut`, so that one look at the end is enough.
import { KernelError } from "../../kernel/abi/errors.js";
import { messageTag } from "../../kernel/abi/objects.js";
import { utcbLayout } from "../../kernel/abi/utcb.js";
import { Message, call, putItem } from "./message.js";

const REGISTERS: u64 = 4;
const WINDOW: u64 = 2;
const UNTYPED_MASK: u64 = (1 << messageTag.untyped.bits) - 1;

/// The user's own part of the UTCB, from here on `kept`.
class Own {
  registers: Arr<u64, 4>;
  words: u32;
  items: u32;
  kept: u64;
}

function own(): Ptr<Own> {
  return unsafe.ptr<Own>(register.tp + utcbLayout.own);
}

function utcbWord(index: u64): Ptr<u64> {
  return unsafe.ptr<u64>(register.tp + 8 * index);
}

function wordAt(index: u64): Ptr<u64> {
  return index < REGISTERS ? ref(own().registers[index]) : utcbWord(index - REGISTERS);
}

/// Words that the frame may have in all.
function room(): u64 {
  return REGISTERS + utcbLayout.maxUntyped - own().kept;
}

function wordsOf<T>(): u64 {
  return (sizeof<T>() + 7) >>> 3;
}

export class Frame {
  /// Where `get` reads next.
  position: u64;
  /// More was read or written than there is room for, or the frame found no room to be opened.
  isCut: boolean;
  /// Words of the UTCB that the interrupted frame lies in; 0: it is the outermost, or a frame that came.
  saved: u64;
  isRefused: boolean;
  outerWords: u32;
  outerItems: u32;

  put<T>(value: T): void {
    const o = own(), at: u64 = o.words, length = wordsOf<T>();
    if (this.isRefused || at + length > room()) {
      this.isCut = true;
      return;
    }
    let held = copy(value);
    const bytes = unsafe.many<u8>(u64.of(ref(held)));
    for (let i: u64 = 0; i < length; i++) wordAt(at + i).$ = 0;
    for (let i: u64 = 0; i < sizeof<T>(); i++) byteAt(at, i).$ = bytes[i];
    o.words = u32(at + length);
  }

  get<T>(): T {
    let value = zeroed<T>();
    const length = wordsOf<T>();
    if (this.isRefused || this.position + length > own().words) {
      this.isCut = true;
      return value;
    }
    const bytes = unsafe.many<u8>(u64.of(ref(value)));
    for (let i: u64 = 0; i < sizeof<T>(); i++) bytes[i] = byteAt(this.position, i).$;
    this.position += length;
    return value;
  }

  /// `rights` 0: all that the capability has.
  putCapability(slot: u64, rights: u64): void {
    const o = own();
    if (this.isRefused || o.items === utcbLayout.maxTyped) {
      this.isCut = true;
      return;
    }
    putItem(o.items, slot, rights);
    o.items += 1;
  }

  /// From here on the frame is empty, as for the answer to what was read.
  clear(): void {
    this.position = 0;
    own().words = 0;
    own().items = 0;
  }

  /// Sends what was put and waits; `get` then reads the reply. Below zero: minus a KernelError.
  call(endpoint: u64, label: u64): i64 {
    if (this.isRefused) return -KernelError.InvalidOperation;
    const m = zeroed<Message>();
    this.fill(ref(m), label);
    if (call(endpoint, ref(m)) >= 0) this.take(ref(m));
    return m.badge;
  }

  /// The message that goes out, for the functions of message.ts.
  fill(m: Ptr<Message>, label: u64): void {
    const o = own();
    m.tag = (label << messageTag.label.at) | (u64(o.items) << messageTag.typed.at) | beyondRegisters(o.words);
    for (let i: u64 = 0; i < REGISTERS; i++) m.words[i] = i < o.words ? o.registers[i] : 0;
  }

  /// What came in its place.
  take(m: Ptr<Message>): void {
    const o = own();
    for (let i: u64 = 0; i < REGISTERS; i++) o.registers[i] = m.words[i];
    this.clear();
    o.words = u32(REGISTERS + (m.tag & UNTYPED_MASK));
  }

  [Symbol.dispose](): void {
    if (this.isRefused) return;
    const o = own(), from = utcbLayout.maxUntyped - o.kept, beyond = beyondRegisters(this.outerWords);
    o.kept -= this.saved;
    o.words = this.outerWords;
    o.items = this.outerItems;
    if (this.saved === 0) return;
    const rest = from + beyond;
    for (let i: u64 = 0; i < REGISTERS; i++) o.registers[i] = utcbWord(rest + i).$;
    for (let i: u64 = 0; i < WINDOW; i++) windowWord(i).$ = utcbWord(rest + REGISTERS + i).$;
    for (let i: u64 = 0; i < this.outerItems; i++) itemWord(i).$ = utcbWord(rest + REGISTERS + WINDOW + i).$;
    for (let i: u64 = 0; i < beyond; i++) utcbWord(i).$ = utcbWord(from + i).$;
  }
}

function byteAt(word: u64, index: u64): Ptr<u8> {
  return unsafe.ptr<u8>(u64.of(wordAt(word + (index >>> 3))) + (index & 7));
}

function beyondRegisters(words: u64): u64 {
  return words > REGISTERS ? words - REGISTERS : 0;
}

function windowWord(index: u64): Ptr<u64> {
  return unsafe.ptr<u64>(register.tp + utcbLayout.receiveCNode + 8 * index);
}

function itemWord(index: u64): Ptr<u64> {
  return unsafe.ptr<u64>(register.tp + utcbLayout.items + 8 * index);
}

/// An empty frame, and where capabilities arrive is open, until it is closed. Where the one that it interrupts leaves no
/// room, it refuses all.
export function openFrame(): Frame {
  const frame = zeroed<Frame>(), o = own(), beyond = beyondRegisters(o.words);
  const saved = beyond + REGISTERS + WINDOW + o.items;
  if (o.kept + saved > utcbLayout.maxUntyped) {
    frame.isRefused = true;
    frame.isCut = true;
    return frame;
  }
  frame.saved = saved;
  frame.outerWords = o.words;
  frame.outerItems = o.items;
  const to = utcbLayout.maxUntyped - o.kept - saved, rest = to + beyond;
  for (let i = beyond; i > 0; i--) utcbWord(to + i - 1).$ = utcbWord(i - 1).$;
  for (let i: u64 = 0; i < REGISTERS; i++) utcbWord(rest + i).$ = o.registers[i];
  for (let i: u64 = 0; i < WINDOW; i++) utcbWord(rest + REGISTERS + i).$ = windowWord(i).$;
  for (let i: u64 = 0; i < o.items; i++) utcbWord(rest + REGISTERS + WINDOW + i).$ = itemWord(i).$;
  o.kept += saved;
  o.words = 0;
  o.items = 0;
  windowWord(1).$ = 0;
  return frame;
}

/// The frame that came with a message, where it lies: nothing is moved. Read it, clear it, and put the answer.
export function receivedFrame(m: Ptr<Message>): Frame {
  const frame = zeroed<Frame>();
  frame.take(m);
  return frame;
}
