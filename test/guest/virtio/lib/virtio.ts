// A driver for one virtio-mmio slot, as small as a driver gets: virtio 1.2, sections 2.7, 3.1.1 and 4.2. It looks at
// the rings until the device is done, so it needs no interrupts; tests that want them look at the registers.

export class Slot {
  @at(0x000) magic: RoReg<u32>;
  @at(0x004) version: RoReg<u32>;
  @at(0x008) deviceId: RoReg<u32>;
  @at(0x010) deviceFeatures: RoReg<u32>;
  @at(0x014) deviceFeaturesSel: WoReg<u32>;
  @at(0x020) driverFeatures: WoReg<u32>;
  @at(0x024) driverFeaturesSel: WoReg<u32>;
  @at(0x030) queueSel: WoReg<u32>;
  @at(0x034) queueNumMax: RoReg<u32>;
  @at(0x038) queueNum: WoReg<u32>;
  @at(0x044) queueReady: Reg<u32>;
  @at(0x050) queueNotify: WoReg<u32>;
  @at(0x060) interruptStatus: RoReg<u32>;
  @at(0x064) interruptAck: WoReg<u32>;
  @at(0x070) status: Reg<u32>;
  @at(0x080) descriptors: WoReg<u32>;
  @at(0x084) descriptorsHigh: WoReg<u32>;
  @at(0x090) driverArea: WoReg<u32>;
  @at(0x094) driverAreaHigh: WoReg<u32>;
  @at(0x0a0) deviceArea: WoReg<u32>;
  @at(0x0a4) deviceAreaHigh: WoReg<u32>;
  @at(0x0fc) generation: RoReg<u32>;
  @at(0x100) config: Arr<Reg<u32>, 16>;
}

export const SLOTS = 8;
export const BLOCK = 2, CONSOLE = 3, ENTROPY = 4;
export const STATUS_OK = 15, NEEDS_RESET = 64;
const ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8;
/// In the low word; VERSION_1 is bit 0 of the high one.
export const INDIRECT_DESC = 0x1000_0000, EVENT_IDX = 0x2000_0000;

export const NEXT: u16 = 1, WRITE: u16 = 2, INDIRECT: u16 = 4;
export const QUEUE_SIZE = 8;

export class Descriptor { address: u64; length: u32; flags: u16; next: u16; }
class UsedElement { id: u32; length: u32; }

/// The device reads and writes here too, so what it writes are registers.
@align(16)
export class Queue {
  descriptors: Arr<Descriptor, 8>;
  table: Arr<Descriptor, 8>;
  availableFlags: Reg<u16>;
  availableIdx: Reg<u16>;
  availableRing: Arr<u16, 8>;
  usedEvent: Reg<u16>;
  @align(4) usedFlags: Reg<u16>;
  usedIdx: Reg<u16>;
  used: Arr<UsedElement, 8>;
  availEvent: Reg<u16>;
  number: u32;
}

export function slot(number: u64): Ptr<Slot> {
  return unsafe.ptr<Slot>(0x1000_1000 + number * 0x1000);
}

/// The highest slot that has such a device.
export function find(id: u32): Ptr<Slot> {
  for (let n: u64 = SLOTS; n > 0; n--) if (slot(n - 1).deviceId.read() === id) return slot(n - 1);
  panic("no such device");
}

export function offered(s: Ptr<Slot>, half: u32): u32 {
  s.deviceFeaturesSel.write(half);
  return s.deviceFeatures.read();
}

/// Up to FEATURES_OK: the status then.
export function negotiate(s: Ptr<Slot>, features: u32): u32 {
  s.status.write(0);
  s.status.write(ACKNOWLEDGE);
  s.status.write(ACKNOWLEDGE | DRIVER);
  s.driverFeaturesSel.write(0);
  s.driverFeatures.write(features);
  s.driverFeaturesSel.write(1);
  s.driverFeatures.write(1);
  s.status.write(ACKNOWLEDGE | DRIVER | FEATURES_OK);
  return s.status.read();
}

export function setUp(s: Ptr<Slot>, number: u32, queue: Ptr<Queue>): void {
  queue.number = number;
  queue.availableFlags.write(0);
  queue.availableIdx.write(0);
  queue.usedEvent.write(0);
  queue.usedFlags.write(0);
  queue.usedIdx.write(0);
  queue.availEvent.write(0);
  s.queueSel.write(number);
  s.queueNum.write(QUEUE_SIZE);
  s.descriptors.write(u32(u64.of(ref(queue.descriptors))));
  s.descriptorsHigh.write(0);
  s.driverArea.write(u32(u64.of(ref(queue.availableFlags))));
  s.driverAreaHigh.write(0);
  s.deviceArea.write(u32(u64.of(ref(queue.usedFlags))));
  s.deviceAreaHigh.write(0);
  s.queueReady.write(1);
}

export function live(s: Ptr<Slot>): u32 {
  s.status.write(STATUS_OK);
  return s.status.read();
}

export function describe(at: Ptr<Descriptor>, address: u64, length: u32, flags: u16, next: u16): void {
  at.address = address;
  at.length = length;
  at.flags = flags;
  at.next = next;
}

export function offer(queue: Ptr<Queue>, head: u16): void {
  const idx = queue.availableIdx.read();
  queue.availableRing[idx % QUEUE_SIZE] = head;
  fence();
  queue.availableIdx.write(idx + 1);
  fence();
}

/// Offers a chain, and waits until it is back: what the device says it wrote.
export function submit(s: Ptr<Slot>, queue: Ptr<Queue>, head: u16): u32 {
  const before = queue.usedIdx.read();
  offer(queue, head);
  s.queueNotify.write(queue.number);
  while (queue.usedIdx.read() === before) {}
  fence();
  const element = ref(queue.used[before % QUEUE_SIZE]);
  assert(element.id === head, "another chain came back");
  return element.length;
}
