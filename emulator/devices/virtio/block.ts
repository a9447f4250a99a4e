// The block device: virtio 1.2, section 5.2.
//
//     readable    type u32 | reserved u32 | sector u64 | data to write
//     writable    data that is read | status u8
//
// However a driver cuts that into buffers, the header is the first 16 readable
// bytes and the status the last writable one. What the disk cannot do is a
// status; only a request without header or status is the driver's fault.

import type { Chain } from "./chain.js";
import { DeviceId, type Features, featureBits, hasFeature, type VirtioDevice } from "./device.js";
import { type BlockBackend, SECTOR_BYTES } from "./disk.js";
import { readU32, readU64 } from "./guest-ram.js";
import type { Virtqueue } from "./queue.js";

/// VIRTIO_BLK_F_…
export const BlockFeature = { segMax: 2, readonly: 5, blockSize: 6, flush: 9, discard: 13, writeZeroes: 14 } as const;
const Type = { in: 0, out: 1, flush: 4, getId: 8, discard: 11, writeZeroes: 13 } as const;
const Status = { ok: 0, ioError: 1, unsupported: 2 } as const;
type Status = (typeof Status)[keyof typeof Status];

const headerBytes = 16;
const idBytes = 20;
const queueSize = 256;
/// Segments of a discard or of zeroes: sector u64, number of sectors u32, flags u32.
const segmentBytes = 16;
const mostSegments = 1;
const unmap = 1;
/// So that one request is not the host's whole day: 32 MiB of zeroes. A discard costs nothing.
const mostZeroSectors = 1 << 16;
const mostDiscardSectors = 1 << 22;
/// What is moved at a time.
const pieceBytes = 1 << 16;

export interface BlockOptions {
  /// What VIRTIO_BLK_T_GET_ID gives: up to 20 characters of ASCII.
  readonly id?: string;
}

export class Block implements VirtioDevice {
  readonly name = "block";
  readonly id = DeviceId.block;
  readonly features: Features;
  readonly queueSizes = [queueSize];
  readonly config: Uint8Array;
  readonly #id = new Uint8Array(idBytes);
  readonly #piece = new Uint8Array(pieceBytes);

  constructor(
    private readonly disk: BlockBackend,
    { id = "" }: BlockOptions = {},
  ) {
    if (disk.bytes % SECTOR_BYTES !== 0) throw new RangeError(`a disk is whole sectors of ${SECTOR_BYTES} bytes`);
    const { segMax, blockSize, flush, readonly, discard, writeZeroes } = BlockFeature;
    this.features = featureBits(segMax, blockSize, flush, ...(disk.isReadonly ? [readonly] : [discard, writeZeroes]));
    this.config = configOf(disk);
    this.#id.set(new TextEncoder().encode(id).subarray(0, idBytes));
  }

  serve(queue: Virtqueue, _index: number, features: Features): void {
    for (let chain = queue.next(); chain; chain = queue.next()) {
      const { readable, writable } = chain;
      if (readable.length < headerBytes) return queue.fault("a request without a whole header");
      if (writable.length === 0) return queue.fault("a request without room for its status");
      writable.write(writable.length - 1, Uint8Array.of(this.#perform(chain, features)));
      queue.finish(chain, writable.length);
    }
  }

  save(): unknown {
    return this.disk.save?.() ?? null;
  }

  restore(state: unknown): void {
    this.disk.restore?.(state);
  }

  #perform(chain: Chain, features: Features): Status {
    const header = chain.readable.read(0, headerBytes);
    const start = readU64(header, 8) * SECTOR_BYTES;
    switch (readU32(header, 0)) {
      case Type.in:
        return this.#read(chain, start);
      case Type.out:
        return this.#write(chain, start, features);
      case Type.flush:
        return statusOf(this.disk.flush());
      case Type.getId:
        chain.writable.write(0, this.#id.subarray(0, chain.writable.length - 1));
        return Status.ok;
      case Type.discard:
        // A hint, and the host's files know no holes: checked, and done.
        return this.#eachSegment(chain, mostDiscardSectors, 0, () => true);
      case Type.writeZeroes:
        return this.#writeZeroes(chain, features);
      default:
        return Status.unsupported;
    }
  }

  #read({ writable }: Chain, start: number): Status {
    const length = writable.length - 1;
    if (!this.#has(start, length)) return Status.ioError;
    for (let done = 0; done < length; done += pieceBytes) {
      const bytes = this.#piece.subarray(0, Math.min(pieceBytes, length - done));
      if (!this.disk.read(start + done, bytes)) return Status.ioError;
      writable.write(done, bytes);
    }
    return Status.ok;
  }

  #write({ readable }: Chain, start: number, features: Features): Status {
    const length = readable.length - headerBytes;
    if (this.disk.isReadonly || !this.#has(start, length)) return Status.ioError;
    for (let done = 0; done < length; done += pieceBytes) {
      const bytes = readable.read(headerBytes + done, Math.min(pieceBytes, length - done));
      if (!this.disk.write(start + done, bytes)) return Status.ioError;
    }
    return this.#settle(features);
  }

  #writeZeroes(chain: Chain, features: Features): Status {
    this.#piece.fill(0);
    const status = this.#eachSegment(chain, mostZeroSectors, unmap, (start, length) => {
      for (let done = 0; done < length; done += pieceBytes)
        if (!this.disk.write(start + done, this.#piece.subarray(0, Math.min(pieceBytes, length - done)))) return false;
      return true;
    });
    return status === Status.ok ? this.#settle(features) : status;
  }

  #eachSegment({ readable }: Chain, mostSectors: number, flagsAllowed: number, act: (start: number, length: number) => boolean): Status {
    const bytes = readable.length - headerBytes;
    if (this.disk.isReadonly || bytes === 0 || bytes % segmentBytes !== 0) return Status.ioError;
    if (bytes > mostSegments * segmentBytes) return Status.unsupported;
    const segment = readable.read(headerBytes, segmentBytes);
    const [start, sectors, flags] = [readU64(segment, 0) * SECTOR_BYTES, readU32(segment, 8), readU32(segment, 12)];
    if (flags & ~flagsAllowed) return Status.unsupported;
    if (sectors > mostSectors || !this.#has(start, sectors * SECTOR_BYTES)) return Status.ioError;
    return statusOf(act(start, sectors * SECTOR_BYTES));
  }

  /// Section 5.2.6.2: for a driver that does not know how to flush, what is written is safe at once.
  #settle(features: Features): Status {
    return hasFeature(features, BlockFeature.flush) ? Status.ok : statusOf(this.disk.flush());
  }

  #has(start: number, length: number): boolean {
    return length % SECTOR_BYTES === 0 && start + length <= this.disk.bytes;
  }
}

function statusOf(isDone: boolean): Status {
  return isDone ? Status.ok : Status.ioError;
}

/// struct virtio_blk_config, section 5.2.4.
function configOf({ bytes, isReadonly }: BlockBackend): Uint8Array {
  const config = new Uint8Array(60);
  const view = new DataView(config.buffer);
  const sectors = bytes / SECTOR_BYTES;
  view.setUint32(0, sectors, true);
  view.setUint32(4, Math.floor(sectors / 2 ** 32), true);
  // seg_max: a queue's worth, less header and status. blk_size. num_queues.
  view.setUint32(12, queueSize - 2, true);
  view.setUint32(20, SECTOR_BYTES, true);
  view.setUint16(34, 1, true);
  if (isReadonly) return config;
  // Discard: sectors, segments, alignment. Write zeroes: sectors, segments, may unmap.
  [mostDiscardSectors, mostSegments, 1, mostZeroSectors, mostSegments].forEach((value, index) => view.setUint32(36 + index * 4, value, true));
  return config;
}
