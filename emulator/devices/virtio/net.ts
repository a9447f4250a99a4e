// The network card: virtio 1.2, section 5.1, with one pair of queues.
//
//     queue 0, receiveq    frames for the guest
//     queue 1, transmitq   frames of the guest's
//
//     config:   0 mac u8[6] | 6 status u16 (1: the link is up)
//     each frame comes after 12 bytes, virtio_net_hdr:
//               0 flags u8 | 1 gso_type u8 | 2 hdr_len u16 | 4 gso_size u16 | 6 csum_start u16 | 8 csum_offset u16 | 10 num_buffers u16
//
// No offloads are offered, so all of it is zero but num_buffers, which is 1.
// Frames that come faster than the driver makes room are dropped, as on a wire.

import { DeviceId, type Features, featureBits, type VirtioDevice, type VirtioPort } from "./device.js";
import type { Virtqueue } from "./queue.js";

const Feature = { mac: 5, status: 16 } as const;
const Queue = { receive: 0, transmit: 1 } as const;
const Config = { status: 6, bytes: 8 } as const;
const HEADER_BYTES = 12;
const NUM_BUFFERS = 10;
/// The largest frame with 802.1Q's tag, without its check sequence.
const FRAME_BYTES = 1518;
const mostWaiting = 256;

interface State {
  readonly waiting: readonly (readonly number[])[];
  readonly config: readonly number[];
}

export class Net implements VirtioDevice {
  readonly name = "net";
  readonly id = DeviceId.net;
  readonly features: Features = featureBits(Feature.mac, Feature.status);
  readonly queueSizes = [256, 256];
  readonly config = new Uint8Array(Config.bytes);
  #port: VirtioPort | undefined;
  #waiting: Uint8Array[] = [];

  constructor(
    /// Gets each frame that the guest sends; the bytes are the host's to keep.
    private readonly transmit: (frame: Uint8Array) => void,
    mac: Uint8Array,
  ) {
    if (mac.length !== 6) throw new RangeError("a MAC address has six bytes");
    this.config.set(mac);
    this.config[Config.status] = 1;
  }

  connect(port: VirtioPort): void {
    this.#port = port;
  }

  /// A frame from outside. False where it was dropped.
  receive(frame: Uint8Array): boolean {
    if (this.#waiting.length >= mostWaiting || frame.length > FRAME_BYTES) return false;
    this.#waiting.push(frame.slice());
    this.#port?.kick(Queue.receive);
    return true;
  }

  serve(queue: Virtqueue, index: number): void {
    if (index === Queue.receive) this.#fill(queue);
    else this.#drain(queue);
  }

  save(): State {
    return { waiting: this.#waiting.map((frame) => [...frame]), config: [...this.config] };
  }

  restore(state: unknown): void {
    const { waiting, config } = state as State;
    this.#waiting = waiting.map((frame) => Uint8Array.from(frame));
    this.config.set(config);
  }

  #fill(queue: Virtqueue): void {
    for (let frame = this.#waiting[0]; frame; frame = this.#waiting[0]) {
      const chain = queue.next();
      if (!chain) return;
      if (chain.writable.length < HEADER_BYTES + frame.length) return queue.fault("a receive buffer that is too short for a frame");
      const bytes = new Uint8Array(HEADER_BYTES + frame.length);
      bytes[NUM_BUFFERS] = 1;
      bytes.set(frame, HEADER_BYTES);
      queue.finish(chain, chain.writable.write(0, bytes));
      this.#waiting.shift();
    }
  }

  #drain(queue: Virtqueue): void {
    for (let chain = queue.next(); chain; chain = queue.next()) {
      const { readable } = chain;
      if (readable.length < HEADER_BYTES) return queue.fault("a frame without its header");
      if (readable.length <= HEADER_BYTES + FRAME_BYTES) this.transmit(readable.read(HEADER_BYTES, readable.length - HEADER_BYTES));
      queue.finish(chain, 0);
    }
  }
}
