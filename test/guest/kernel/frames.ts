// Frames of the UTCB: messages that are cut before what their receiver keeps, and what userland/lib/frame.ts makes of it.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { Right, messageTag } from "../../../kernel/abi/objects.js";
import { utcbLayout } from "../../../kernel/abi/utcb.js";
import { type Frame, openFrame, receivedFrame } from "../../../userland/lib/frame.js";
import { Message, call, itemsIn, labelOf, receiveInto, recv, replyRecv } from "../../../userland/lib/message.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, SELF, copyOf, endGroup, newEndpoint, newSlots, startThread, startWorld } from "./lib/world.js";

const ALL: u64 = utcbLayout.maxUntyped;
const MASK: u64 = (1 << messageTag.untyped.bits) - 1;

enum Label { Sum = 1, Long, Items }

class Point {
  x: i32;
  y: i32;
  weight: f64;
  tag: u8;
}

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  cuts();
  endGroup();
  nests();
  endGroup();
  values();
  endGroup();
  endReport();
}

function word(index: u64): Ptr<u64> {
  return unsafe.ptr<u64>(register.tp + 8 * index);
}

function kept(): Ptr<u64> {
  return unsafe.ptr<u64>(register.tp + utcbLayout.kept);
}

/// Sums up what comes, floods who asks for it, counts capabilities.
function server(endpoint: u64): never {
  const m = zeroed<Message>(), places = newSlots(8);
  receiveInto(SELF, places);
  recv(endpoint, ref(m));
  for (;;) {
    const label = labelOf(ref(m)), items = itemsIn(ref(m));
    const frame = receivedFrame(ref(m));
    answer(ref(frame), label, items);
    frame.fill(ref(m), 0);
    replyRecv(endpoint, ref(m));
  }
}

function answer(frame: Ptr<Frame>, label: u64, items: u64): void {
  let sum: u64 = 0, count: u64 = 0;
  for (;;) {
    const value = frame.get<u64>();
    if (frame.isCut) break;
    sum += value;
    count += 1;
  }
  frame.clear();
  switch (label) {
    case Label.Long:
      for (let i: u64 = 0; i < 4 + ALL; i++) frame.put<u64>(0xbad);
      break;
    default:
      frame.put<u64>(sum);
      frame.put<u64>(count);
      frame.put<u64>(items);
      break;
  }
}

function ask(endpoint: u64, m: Ptr<Message>, label: u64): u64 {
  m.tag = label << messageTag.label.at;
  call(endpoint, m);
  return m.tag & MASK;
}

function cuts(): void {
  const e = newEndpoint(), m = zeroed<Message>();
  startThread(server, e, HIGH);
  equal("a receiver that keeps nothing gets all words", ask(e, ref(m), Label.Long), ALL);
  equal("to the last", word(ALL - 1).$, 0xbad);
  for (let i: u64 = 0; i < ALL; i++) word(i).$ = i;
  kept().$ = 100;
  equal("one that keeps a hundred gets the others", ask(e, ref(m), Label.Long), ALL - 100);
  check("up to these", word(ALL - 101).$ === 0xbad && word(ALL - 100).$ === ALL - 100 && word(ALL - 1).$ === ALL - 1);
  kept().$ = ALL;
  word(0).$ = 7;
  equal("who keeps all gets none", ask(e, ref(m), Label.Long), 0);
  check("but those in registers", word(0).$ === 7 && m.words[3] === 0xbad);
  kept().$ = u64.MAX;
  equal("and keeping more is the same", ask(e, ref(m), Label.Long), 0);
  equal("it is left as it was", word(0).$, 7);
  kept().$ = 0;
}

/// A library's call in the midst of its caller's message.
function sumOf(endpoint: u64, first: u64, depth: u64): u64 {
  using frame = openFrame();
  for (let i: u64 = 0; i < 10; i++) frame.put<u64>(first + i);
  const inner: u64 = depth === 0 ? 0 : sumOf(endpoint, first + 100, depth - 1);
  if (depth % 2 === 1) flood(endpoint);
  if (frame.call(endpoint, Label.Sum) < 0) return 0;
  return frame.get<u64>() + inner;
}

function flood(endpoint: u64): void {
  using frame = openFrame();
  frame.call(endpoint, Label.Long);
}

function nests(): void {
  const e = newEndpoint(), sent = newEndpoint();
  startThread(server, e, HIGH);
  {
    using frame = openFrame();
    for (let i: u64 = 1; i <= 20; i++) frame.put<u64>(i);
    frame.putCapability(copyOf(sent, Right.All), 0);
    equal("a call within a message", sumOf(e, 0, 0), 45);
    equal("frames nest five deep, with floods between them", sumOf(e, 0, 4), 5 * 45 + 10 * (100 + 200 + 300 + 400));
    for (let i: u64 = 21; i <= 30; i++) frame.put<u64>(i);
    succeeds("the outer message goes on after them", frame.call(e, Label.Items));
    equal("all its words arrive", frame.get<u64>(), 465);
    equal("each once", frame.get<u64>(), 30);
    equal("and its capability", frame.get<u64>(), 1);
    equal("a reply has an end", frame.get<u64>() | frame.get<u64>(), 0);
    check("which is noticed", frame.isCut);
  }
  equal("all is given back", kept().$, 0);
  using frame = openFrame();
  for (let i: u64 = 0; i < ALL; i++) frame.put<u64>(i);
  check("a message has room for what the outer ones leave", frame.isCut);
  full(e);
  frame.put<u64>(0);
}

/// No room is left to put the outer frame away.
function full(endpoint: u64): void {
  using inner = openFrame();
  inner.put<u64>(1);
  check("where there is no room for a frame it is refused", inner.isCut);
  fails("with all that it would do", inner.call(endpoint, Label.Sum), KernelError.InvalidOperation);
}

function values(): void {
  using frame = openFrame();
  frame.put<u8>(200);
  frame.put<i32>(-5);
  frame.put<Point>({ x: -1, y: 2, weight: 2.5, tag: 9 });
  frame.put<boolean>(true);
  equal("values of any type take whole words", frame.get<u8>(), 200);
  check("with their signs", frame.get<i32>() === -5);
  const p = frame.get<Point>();
  check("structs too, from registers into the UTCB", p.x === -1 && p.y === 2 && p.weight === 2.5 && p.tag === 9);
  check("one after the other", frame.get<boolean>() && !frame.isCut);
}
