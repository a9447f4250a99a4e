// What is in which slot: one line each.
import { BLOCK, SLOTS, slot } from "./lib/virtio.js";

export function main(): void {
  for (let n: u64 = 0; n < SLOTS; n++) {
    const s = slot(n);
    const id = s.deviceId.read();
    print(n, ": magic ", s.magic.read(), " version ", s.version.read(), " device ", id);
    if (id === BLOCK) {
      s.deviceFeaturesSel.write(0);
      print(" sectors ", s.config[0].read(), " read-only ", s.deviceFeatures.read() >> 5 & 1);
    }
    print("\n");
  }
}
