// What the transport and a device behind it know of each other.
//
// A device sees requests and configuration, never registers, rings or
// interrupts: those are transport.ts. It works only inside `serve`, `writeConfig`
// and what its host side calls.

import type { AccessBytes } from "../device.js";
import type { Virtqueue } from "./queue.js";

/// Virtio 1.2, section 5.
export const DeviceId = { net: 1, block: 2, console: 3, entropy: 4 } as const;
export type DeviceId = (typeof DeviceId)[keyof typeof DeviceId];

/// Bits that are no device's own: section 6.
export const Feature = { indirectDescriptors: 28, eventIndex: 29, version1: 32 } as const;

/// A set of bits. Negotiation is no hot path.
export type Features = bigint;

export function featureBits(...bits: readonly number[]): Features {
  return bits.reduce((set, bit) => set | (1n << BigInt(bit)), 0n);
}

export function hasFeature(features: Features, bit: number): boolean {
  return ((features >> BigInt(bit)) & 1n) !== 0n;
}

/// The way from a device to its driver.
export interface VirtioPort {
  /// Serves a queue, now, where the driver is ready: the host has something for it.
  kick(queue: number): void;
  /// The configuration is another now.
  configChanged(): void;
}

export interface VirtioDevice {
  /// "net", "block", "entropy", "console".
  readonly name: string;
  readonly id: DeviceId;
  /// Its own; the transport adds its bits.
  readonly features: Features;
  /// QueueNumMax of each queue.
  readonly queueSizes: readonly number[];
  /// As the driver reads it.
  readonly config: Uint8Array;
  /// The driver may have made buffers available. What it did wrong goes to `queue.fault`.
  serve(queue: Virtqueue, index: number, features: Features): void;
  writeConfig?(byteOffset: number, bytes: AccessBytes, value: number): void;
  /// Called once, when it is put into a slot.
  connect?(port: VirtioPort): void;
  /// The device's own state, as plain JSON data.
  save(): unknown;
  restore(state: unknown): void;
}
