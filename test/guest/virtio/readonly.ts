// A disk that is not to be written.
import { BLOCK, Queue, find, live, negotiate, offered, setUp } from "./lib/virtio.js";
import { IN, OUT, SECTOR, request } from "./lib/block.js";

const queue = zeroed<Queue>();
const buffer = zeroed<Arr<u8, 512>>();

export function main(): void {
  const s = find(BLOCK);
  print("read-only ", offered(s, 0) >> 5 & 1, "\n");
  negotiate(s, 0x20);
  setUp(s, 0, ref(queue));
  live(s);
  print("write ", request(s, ref(queue), OUT, 3, u64.of(ref(buffer)), SECTOR), "\n");
  print("read ", request(s, ref(queue), IN, 3, u64.of(ref(buffer)), SECTOR), " ", buffer[0], " ", buffer[511], "\n");
}
