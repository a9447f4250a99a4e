// The entropy device: virtio 1.2, section 5.4. One queue; the device fills what
// the driver gives it. The bytes are a function of the seed and of how many came
// before: a run is repeatable, and nothing here is secret.

import { DeviceId, type VirtioDevice } from "./device.js";
import type { Virtqueue } from "./queue.js";
import { SeededRandom } from "./random.js";

/// More than that in one request is given this much; at least one byte is all that a driver may count on.
const mostBytes = 1 << 16;

export class Entropy implements VirtioDevice {
  readonly name = "entropy";
  readonly id = DeviceId.entropy;
  readonly features = 0n;
  readonly queueSizes = [256];
  readonly config = new Uint8Array(0);
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  serve(queue: Virtqueue): void {
    for (let chain = queue.next(); chain; chain = queue.next()) {
      const bytes = new Uint8Array(Math.min(chain.writable.length, mostBytes));
      if (bytes.length === 0) return queue.fault("a request for entropy with nowhere to put it");
      this.#random.fill(bytes);
      queue.finish(chain, chain.writable.write(0, bytes));
    }
  }

  save(): number[] {
    return this.#random.save();
  }

  restore(state: unknown): void {
    this.#random.restore(state as number[]);
  }
}
