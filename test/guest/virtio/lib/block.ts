// Requests to a block device: virtio 1.2, section 5.2.6.
import { type Queue, type Slot, WRITE, NEXT, describe, submit } from "./virtio.js";

export const SECTOR = 512;
export const IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13;

class Header { type: u32; reserved: u32; sector: u64; }
class Request { header: Header; status: Reg<u8>; }
const space = zeroed<Request>();

export function prepare(type: u32, sector: u64): u64 {
  const header = ref(space.header);
  header.type = type;
  header.sector = sector;
  space.status.write(0xff);
  return u64.of(header);
}
export function statusAddress(): u64 { return u64.of(ref(space.status)); }
export function status(): u8 { return space.status.read(); }

/// Header, data where there is any, status: the status.
export function request(s: Ptr<Slot>, queue: Ptr<Queue>, type: u32, sector: u64, data: u64, length: u32): u8 {
  const header = prepare(type, sector);
  const d = ref(queue.descriptors);
  const isRead = type === IN || type === GET_ID;
  describe(ref(d[0]), header, 16, NEXT, length > 0 ? 1 : 2);
  describe(ref(d[1]), data, length, isRead ? NEXT | WRITE : NEXT, 2);
  describe(ref(d[2]), statusAddress(), 1, WRITE, 0);
  submit(s, queue, 0);
  return status();
}
