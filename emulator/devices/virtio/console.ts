// The console: virtio 1.2, section 5.3, with one port.
//
//     queue 0, receiveq    the host's input, into what the driver made available
//     queue 1, transmitq   the guest's output
//
//     config:   0 cols u16 | 2 rows u16 | 4 max_nr_ports u32 | 8 emerg_wr u32
//
// A byte stored to emerg_wr is output without any queue. Input waits here until
// the driver has room for it.

import type { AccessBytes } from "../device.js";
import { DeviceId, type Features, featureBits, type VirtioDevice, type VirtioPort } from "./device.js";
import type { Virtqueue } from "./queue.js";

const Feature = { size: 0, emergencyWrite: 2 } as const;
const Queue = { receive: 0, transmit: 1 } as const;
const Config = { columns: 0, rows: 2, ports: 4, emergencyWrite: 8, bytes: 12 } as const;
/// One host call gets at most so many bytes.
const pieceBytes = 1 << 16;

export interface ConsoleSize {
  readonly columns: number;
  readonly rows: number;
}

interface State {
  readonly waiting: readonly number[];
  readonly config: readonly number[];
}

export class Console implements VirtioDevice {
  readonly name = "console";
  readonly id = DeviceId.console;
  readonly features: Features;
  readonly queueSizes = [128, 128];
  readonly config = new Uint8Array(Config.bytes);
  #port: VirtioPort | undefined;
  #waiting: number[] = [];

  constructor(
    /// Gets what the guest sends; the bytes are the host's to keep.
    private readonly transmit: (bytes: Uint8Array) => void,
    size?: ConsoleSize,
  ) {
    this.features = featureBits(Feature.emergencyWrite, ...(size ? [Feature.size] : []));
    this.config[Config.ports] = 1;
    if (size) this.#setSize(size);
  }

  connect(port: VirtioPort): void {
    this.#port = port;
  }

  /// Input from the host.
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#waiting.push(byte);
    this.#port?.kick(Queue.receive);
  }

  /// Input that the guest has not got yet.
  get waiting(): number {
    return this.#waiting.length;
  }

  /// The first byte of it, which the guest then never gets.
  take(): number | undefined { return this.#waiting.shift(); }

  /// The driver is told where the console was given a size at the start.
  resize(size: ConsoleSize): void {
    this.#setSize(size);
    this.#port?.configChanged();
  }

  serve(queue: Virtqueue, index: number): void {
    if (index === Queue.receive) this.#fill(queue);
    else this.#drain(queue);
  }

  writeConfig(byteOffset: number, _bytes: AccessBytes, value: number): void {
    if (byteOffset === Config.emergencyWrite) this.transmit(Uint8Array.of(value));
  }

  save(): State {
    return { waiting: [...this.#waiting], config: [...this.config] };
  }

  restore(state: unknown): void {
    const { waiting, config } = state as State;
    this.#waiting = [...waiting];
    this.config.set(config);
  }

  #fill(queue: Virtqueue): void {
    let given = 0;
    while (given < this.#waiting.length) {
      const chain = queue.next();
      if (!chain) break;
      if (chain.writable.length === 0) return queue.fault("a receive buffer that the device may not write");
      const written = chain.writable.write(0, Uint8Array.from(this.#waiting.slice(given, given + chain.writable.length)));
      given += written;
      queue.finish(chain, written);
    }
    this.#waiting = this.#waiting.slice(given);
  }

  #drain(queue: Virtqueue): void {
    for (let chain = queue.next(); chain; chain = queue.next()) {
      const { readable } = chain;
      for (let at = 0; at < readable.length; at += pieceBytes) this.transmit(readable.read(at, pieceBytes));
      queue.finish(chain, 0);
    }
  }

  #setSize({ columns, rows }: ConsoleSize): void {
    this.config.set([columns & 0xff, columns >> 8, rows & 0xff, rows >> 8], Config.columns);
  }
}
