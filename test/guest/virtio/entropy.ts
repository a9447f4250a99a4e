// Two requests for entropy: what comes is not zero, and not the same twice.
import { ENTROPY, Queue, WRITE, describe, find, live, negotiate, setUp, submit } from "./lib/virtio.js";

const queue = zeroed<Queue>();
const words = zeroed<Arr<u64, 8>>();

export function main(): void {
  const s = find(ENTROPY);
  negotiate(s, 0);
  setUp(s, 0, ref(queue));
  print("status ", live(s), "\n");
  for (let i: u64 = 0; i < 2; i++) {
    describe(ref(queue.descriptors[i]), u64.of(ref(words[i * 4])), 32, WRITE, 0);
    print("bytes ", submit(s, ref(queue), u16(i)), "\n");
  }
  let different = true;
  for (let i: u64 = 0; i < 8; i++) {
    if (words[i] === 0) different = false;
    for (let j: u64 = 0; j < i; j++) if (words[i] === words[j]) different = false;
  }
  print("different ", different, "\n");
}
