// Code from the disk: the same place gets another function with each read, and the processor runs the last one,
// however often it ran the one before.
import { BLOCK, Queue, find, live, negotiate, setUp } from "./lib/virtio.js";
import { IN, SECTOR, request } from "./lib/block.js";

const queue = zeroed<Queue>();
@align(4096)
class Page { bytes: Arr<u8, 4096>; }
const page = zeroed<Page>();
const CALLS = 3000;

export function main(): void {
  const s = find(BLOCK);
  negotiate(s, 0x200);
  setUp(s, 0, ref(queue));
  live(s);
  const run = unsafe.func<() => u64>(u64.of(ref(page)));
  for (let sector: u64 = 0; sector < 8; sector++) {
    request(s, ref(queue), IN, sector, u64.of(ref(page)), SECTOR);
    fence_i();
    let total: u64 = 0;
    for (let i: u64 = 0; i < CALLS; i++) total += run();
    print(sector, ": ", total, "\n");
  }
}
