// A disk of 64 sectors: what can be asked of it, well and badly, and what is on it after that.
import { BLOCK, EVENT_IDX, INDIRECT, INDIRECT_DESC, NEXT, Queue, type Slot, WRITE, describe, find, live, negotiate, offer, offered, setUp, submit } from "./lib/virtio.js";
import { DISCARD, FLUSH, GET_ID, IN, OUT, SECTOR, WRITE_ZEROES, prepare, request, status, statusAddress } from "./lib/block.js";

const queue = zeroed<Queue>();
const buffer = zeroed<Arr<u8, 4096>>();
class Segment { sector: u64; count: u32; flags: u32; }
const segment = zeroed<Segment>();

const FEATURES = 0x6200 | 0x40; // FLUSH, DISCARD, WRITE_ZEROES, BLK_SIZE
const data = (): u64 => u64.of(ref(buffer));

function sum(length: u64): u64 {
  let total: u64 = 7;
  for (let i: u64 = 0; i < length; i++) total = total * 31 + buffer[i];
  return total;
}
function fill(seed: u64): void {
  for (let i: u64 = 0; i < 4096; i++) buffer[i] = u8(seed * 29 + i * 7 + (i >> 8));
}
function start(s: Ptr<Slot>, features: u32): void {
  const negotiated = negotiate(s, features);
  setUp(s, 0, ref(queue));
  print("features ", negotiated, ", status ", live(s), "\n");
}
function read(s: Ptr<Slot>, sector: u64, sectors: u32): u8 { return request(s, ref(queue), IN, sector, data(), sectors * SECTOR); }
function write(s: Ptr<Slot>, sector: u64, sectors: u32): u8 { return request(s, ref(queue), OUT, sector, data(), sectors * SECTOR); }
function ranged(s: Ptr<Slot>, type: u32, sector: u64, count: u32, flags: u32): u8 {
  segment.sector = sector;
  segment.count = count;
  segment.flags = flags;
  return request(s, ref(queue), type, 0, u64.of(ref(segment)), 16);
}

function contents(s: Ptr<Slot>): void {
  print("before ", read(s, 0, 8), " ", sum(4096), "\n");
  for (let at: u64 = 0; at < 64; at += 8) {
    fill(at + 1);
    print(write(s, at, 8));
  }
  print("\n");
  for (let at: u64 = 64; at > 0; at -= 4) print(read(s, at - 4, 4), " ", sum(2048), at % 16 === 4 ? "\n" : ", ");
  print("flush ", request(s, ref(queue), FLUSH, 0, 0, 0), "\n");
  print("zeroes ", ranged(s, WRITE_ZEROES, 10, 3, 0), " ", read(s, 8, 8), " ", sum(4096), "\n");
  print("discard ", ranged(s, DISCARD, 60, 2, 0), "\n");
  for (let i: u64 = 0; i < 20; i++) buffer[i] = 0;
  print("id ", request(s, ref(queue), GET_ID, 0, data(), 20), " ", unsafe.text(buffer.slice(0, 6)), "\n");
}

function refusals(s: Ptr<Slot>): void {
  print("beyond ", read(s, 64, 1), read(s, 63, 2), write(s, 64, 1), read(s, 0x7f_ffff_ffff_ffff, 1), read(s, u64.MAX, 1), "\n");
  print("half ", request(s, ref(queue), IN, 0, data(), 100), request(s, ref(queue), OUT, 0, data(), 700), "\n");
  print("unknown ", request(s, ref(queue), 99, 0, 0, 0), "\n");
  print("ranges ", ranged(s, WRITE_ZEROES, 63, 2, 0), ranged(s, DISCARD, 0, 1, 1), ranged(s, WRITE_ZEROES, 0, 1, 2), "\n");
}

/// The header in two pieces, the data in three, none a sector.
function pieces(s: Ptr<Slot>): void {
  fill(99);
  const header = prepare(IN, 5);
  const d = ref(queue.descriptors);
  describe(ref(d[3]), header, 5, NEXT, 4);
  describe(ref(d[4]), header + 5, 11, NEXT, 5);
  describe(ref(d[5]), data(), 1, NEXT | WRITE, 6);
  describe(ref(d[6]), data() + 1, 600, NEXT | WRITE, 7);
  describe(ref(d[7]), data() + 601, 424, WRITE, 0);
  print("pieces ", submit(s, ref(queue), 3), " status ", buffer[1024], " ", sum(1024), "\n");
}

function indirect(s: Ptr<Slot>): void {
  const t = ref(queue.table);
  describe(ref(t[0]), prepare(IN, 20), 16, NEXT, 2);
  describe(ref(t[2]), data(), 1024, NEXT | WRITE, 1);
  describe(ref(t[1]), statusAddress(), 1, WRITE, 0);
  describe(ref(queue.descriptors[6]), u64.of(t), 48, INDIRECT, 0);
  print("indirect ", submit(s, ref(queue), 6), " ", status(), " ", sum(1024), "\n");
}

/// Through the PLIC: its source, and what is left of it when the driver has said that it knows.
const PLIC: u64 = 0xc00_0000;
function interrupt(s: Ptr<Slot>): void {
  const irq = (u64.of(s) - 0x1000_0000) >> 12;
  unsafe.ptr<Reg<u32>>(PLIC + irq * 4).write(1);
  unsafe.ptr<Reg<u32>>(PLIC + 0x2000).write(u32(1 << irq));
  const claim = unsafe.ptr<Reg<u32>>(PLIC + 0x20_0004);
  csr.mie.write(0x800);
  s.interruptAck.write(3);
  while (claim.read() !== 0) claim.write(u32(irq));
  read(s, 0, 1);
  while ((csr.mip.read() & 0x800) === 0) wfi();
  const source = claim.read();
  print("irq ", source, " status ", s.interruptStatus.read());
  s.interruptAck.write(1);
  claim.write(source);
  print(" then ", claim.read(), " ", s.interruptStatus.read(), "\n");
}

/// With the event index: none of two requests interrupts, the third does.
function events(s: Ptr<Slot>): void {
  queue.usedEvent.write(queue.usedIdx.read() + 2);
  s.interruptAck.write(1);
  for (let i: u64 = 0; i < 3; i++) {
    read(s, i, 1);
    if (i < 2) print("event ", s.interruptStatus.read(), " ");
  }
  while (s.interruptStatus.read() === 0) {}
  print("event ", s.interruptStatus.read(), " next ", queue.availEvent.read() === queue.availableIdx.read(), "\n");
  s.interruptAck.write(1);
}

function mistake(s: Ptr<Slot>, what: string, head: u16): void {
  const before = queue.usedIdx.read();
  offer(ref(queue), head);
  s.queueNotify.write(0);
  while ((s.status.read() & 64) === 0) {}
  print(what, ": status ", s.status.read(), " interrupts ", s.interruptStatus.read() & 2, " used ", queue.usedIdx.read() - before, "\n");
  negotiate(s, FEATURES | INDIRECT_DESC);
  setUp(s, 0, ref(queue));
  live(s);
  print("again ", read(s, 1, 1), "\n");
}

function mistakes(s: Ptr<Slot>): void {
  const d = ref(queue.descriptors);
  mistake(s, "head", 9);
  describe(ref(d[0]), prepare(IN, 0), 16, NEXT, 8);
  mistake(s, "next", 0);
  describe(ref(d[0]), prepare(IN, 0), 16, NEXT, 0);
  mistake(s, "loop", 0);
  describe(ref(d[0]), prepare(IN, 0), 0, 0, 0);
  mistake(s, "empty", 0);
  describe(ref(d[0]), data(), 16, NEXT | WRITE, 1);
  describe(ref(d[1]), prepare(IN, 0), 16, 0, 0);
  mistake(s, "order", 0);
  describe(ref(d[0]), prepare(IN, 0), 8, NEXT, 1);
  describe(ref(d[1]), statusAddress(), 1, WRITE, 0);
  mistake(s, "header", 0);
  describe(ref(d[0]), prepare(IN, 0), 16, 0, 0);
  mistake(s, "status", 0);
  describe(ref(d[0]), u64.of(ref(queue.table)), 24, INDIRECT, 0);
  mistake(s, "table", 0);
  queue.availableIdx.write(queue.availableIdx.read() + 20);
  mistake(s, "available", 0);
}

export function main(): void {
  const s = find(BLOCK);
  print("version ", s.version.read(), ", sectors ", s.config[0].read(), " ", s.config[1].read(), ", of ", s.config[5].read(), " bytes\n");
  print("read-only ", offered(s, 0) >> 5 & 1, ", flush ", offered(s, 0) >> 9 & 1, ", version 1 ", offered(s, 1) & 1, "\n");
  start(s, FEATURES);
  contents(s);
  refusals(s);
  pieces(s);
  interrupt(s);
  start(s, FEATURES | INDIRECT_DESC | EVENT_IDX);
  indirect(s);
  events(s);
  negotiate(s, FEATURES | INDIRECT_DESC);
  setUp(s, 0, ref(queue));
  live(s);
  mistakes(s);
}
