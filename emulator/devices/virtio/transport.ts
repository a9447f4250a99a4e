// Virtio over MMIO, version 2: virtio 1.2, sections 2.1 (status), 2.2
// (features) and 4.2.2 (registers). One instance is one slot with a device in it.
//
//     000 MagicValue "virt"      030 QueueSel          060 InterruptStatus
//     004 Version                034 QueueNumMax       064 InterruptACK
//     008 DeviceID               038 QueueNum          070 Status
//     00c VendorID               044 QueueReady        080 QueueDescLow, 084 High
//     010 DeviceFeatures         050 QueueNotify       090 QueueDriverLow, 094 High
//     014 DeviceFeaturesSel                            0a0 QueueDeviceLow, 0a4 High
//     020 DriverFeatures         0ac SHMSel, 0b0 to 0bc: no region, all ones
//     024 DriverFeaturesSel      0fc ConfigGeneration  100 the device's configuration
//
//     Status:  1 ACKNOWLEDGE | 2 DRIVER | 4 DRIVER_OK | 8 FEATURES_OK | 64 DEVICE_NEEDS_RESET | 128 FAILED
//
// Requests are done inside the store to QueueNotify. A driver that breaks a
// rule gets DEVICE_NEEDS_RESET, and nothing is served until it resets.

import type { AccessBytes, Device, InterruptLine } from "../device.js";
import { Feature, type Features, featureBits, hasFeature, type VirtioDevice } from "./device.js";
import { type DeviceMemory, GuestRam } from "./guest-ram.js";
import { type QueueState, Virtqueue } from "./queue.js";

const Register = {
  magic: 0x00,
  version: 0x04,
  deviceId: 0x08,
  vendorId: 0x0c,
  deviceFeatures: 0x10,
  deviceFeaturesSel: 0x14,
  driverFeatures: 0x20,
  driverFeaturesSel: 0x24,
  queueSel: 0x30,
  queueNumMax: 0x34,
  queueNum: 0x38,
  queueReady: 0x44,
  queueNotify: 0x50,
  interruptStatus: 0x60,
  interruptAck: 0x64,
  status: 0x70,
  queueDescLow: 0x80,
  queueDescHigh: 0x84,
  queueDriverLow: 0x90,
  queueDriverHigh: 0x94,
  queueDeviceLow: 0xa0,
  queueDeviceHigh: 0xa4,
  shmLenLow: 0xb0,
  shmBaseHigh: 0xbc,
  configGeneration: 0xfc,
  config: 0x100,
} as const;

const magic = 0x7472_6976;
const version = 2;
/// "QEMU", which some drivers insist on.
const vendor = 0x554d_4551;
export const Status = { acknowledge: 1, driver: 2, driverOk: 4, featuresOk: 8, needsReset: 64, failed: 128 } as const;
const Interrupt = { usedBuffer: 1, configChange: 2 } as const;
const ownFeatures = featureBits(Feature.indirectDescriptors, Feature.eventIndex, Feature.version1);

interface State {
  readonly status: number;
  readonly features: string;
  readonly selectors: readonly [device: number, driver: number, queue: number];
  readonly interrupts: number;
  readonly generation: number;
  readonly fault?: string;
  readonly queues: readonly QueueState[];
  readonly device: unknown;
}

export class VirtioMmio implements Device {
  readonly name: string;
  readonly queues: readonly Virtqueue[];
  /// What the driver did wrong, where the device needs a reset.
  fault: string | undefined;
  #status = 0;
  /// As the driver wrote them.
  #features: Features = 0n;
  #deviceFeaturesSel = 0;
  #driverFeaturesSel = 0;
  #queueSel = 0;
  #interrupts = 0;
  #generation = 0;

  constructor(
    readonly base: number,
    readonly size: number,
    readonly device: VirtioDevice,
    memory: DeviceMemory,
    private readonly line: InterruptLine,
  ) {
    this.name = `virtio-${device.name}`;
    const ram = new GuestRam(memory);
    this.queues = device.queueSizes.map((maximum) => new Virtqueue(maximum, ram, (reason) => this.#needReset(reason)));
    device.connect?.({ kick: (index) => this.#serve(index), configChanged: () => this.#configChanged() });
  }

  get offered(): Features {
    return this.device.features | ownFeatures;
  }

  read(byteOffset: number, bytes: AccessBytes): number {
    if (byteOffset >= Register.config) return this.#readConfig(byteOffset - Register.config, bytes);
    if (bytes !== 4) return 0;
    switch (byteOffset) {
      case Register.magic:
        return magic;
      case Register.version:
        return version;
      case Register.deviceId:
        return this.device.id;
      case Register.vendorId:
        return vendor;
      case Register.deviceFeatures:
        return this.#deviceFeaturesSel > 1 ? 0 : Number(BigInt.asUintN(32, this.offered >> BigInt(this.#deviceFeaturesSel * 32)));
      case Register.queueNumMax:
        return this.#selected?.maximum ?? 0;
      case Register.queueReady:
        return Number(this.#selected?.ready ?? false);
      case Register.interruptStatus:
        return this.#interrupts;
      case Register.status:
        return this.#status;
      case Register.configGeneration:
        return this.#generation;
      default:
        return byteOffset >= Register.shmLenLow && byteOffset <= Register.shmBaseHigh ? 0xffff_ffff : 0;
    }
  }

  write(byteOffset: number, bytes: AccessBytes, value: number): void {
    if (byteOffset >= Register.config) return this.device.writeConfig?.(byteOffset - Register.config, bytes, value);
    if (bytes !== 4) return;
    switch (byteOffset) {
      case Register.deviceFeaturesSel:
        this.#deviceFeaturesSel = value;
        break;
      case Register.driverFeatures:
        this.#writeFeatures(value);
        break;
      case Register.driverFeaturesSel:
        this.#driverFeaturesSel = value;
        break;
      case Register.queueSel:
        this.#queueSel = value;
        break;
      case Register.queueNotify:
        this.#serve(value);
        break;
      case Register.interruptAck:
        this.#setInterrupts(this.#interrupts & ~value);
        break;
      case Register.status:
        this.#writeStatus(value & 0xff);
        break;
      default:
        if (this.#selected) this.#writeQueue(this.#selected, byteOffset, value);
    }
  }

  save(): State {
    return {
      status: this.#status,
      features: String(this.#features),
      selectors: [this.#deviceFeaturesSel, this.#driverFeaturesSel, this.#queueSel],
      interrupts: this.#interrupts,
      generation: this.#generation,
      ...(this.fault === undefined ? {} : { fault: this.fault }),
      queues: this.queues.map((queue) => queue.save()),
      device: this.device.save(),
    };
  }

  restore(state: State): void {
    this.#status = state.status;
    this.#features = BigInt(state.features);
    [this.#deviceFeaturesSel, this.#driverFeaturesSel, this.#queueSel] = state.selectors;
    this.#generation = state.generation;
    this.fault = state.fault;
    this.queues.forEach((queue, index) => {
      const saved = state.queues[index];
      if (saved) queue.restore(saved);
    });
    this.device.restore(state.device);
    this.#setInterrupts(state.interrupts);
  }

  get #selected(): Virtqueue | undefined {
    return this.queues[this.#queueSel];
  }

  get #isLive(): boolean {
    const { driverOk, featuresOk, needsReset } = Status;
    return (this.#status & (driverOk | featuresOk | needsReset)) === (driverOk | featuresOk);
  }

  #writeFeatures(word: number): void {
    if (this.#status & Status.featuresOk || this.#driverFeaturesSel > 1) return;
    const shift = BigInt(this.#driverFeaturesSel * 32);
    this.#features = (this.#features & ~(0xffff_ffffn << shift)) | (BigInt(word) << shift);
  }

  #writeStatus(value: number): void {
    if (value === 0) return this.#reset();
    const isAcceptable = (this.#features & ~this.offered) === 0n && hasFeature(this.#features, Feature.version1);
    const wasLive = this.#isLive;
    // FEATURES_OK stays away where we cannot work so: the driver looks (section 3.1.1).
    this.#status = (value & ~Status.needsReset & (isAcceptable ? 0xff : ~Status.featuresOk)) | (this.#status & Status.needsReset);
    if (this.#isLive && !wasLive) this.queues.forEach((_, index) => this.#serve(index));
  }

  #writeQueue(queue: Virtqueue, register: number, value: number): void {
    if (register === Register.queueReady) {
      if ((value & 1) === 0) return queue.disable();
      const wrong = queue.ready ? undefined : queue.enable();
      if (wrong) this.#needReset(wrong);
      return;
    }
    // A queue in use stays where it is.
    if (queue.ready) return;
    if (register === Register.queueNum) queue.size = value;
    if (register === Register.queueDescLow) queue.descriptors.low = value;
    if (register === Register.queueDescHigh) queue.descriptors.high = value;
    if (register === Register.queueDriverLow) queue.driver.low = value;
    if (register === Register.queueDriverHigh) queue.driver.high = value;
    if (register === Register.queueDeviceLow) queue.device.low = value;
    if (register === Register.queueDeviceHigh) queue.device.high = value;
  }

  #serve(index: number): void {
    const queue = this.queues[index];
    if (!queue?.ready || !this.#isLive) return;
    const features = { indirect: hasFeature(this.#features, Feature.indirectDescriptors), eventIndex: hasFeature(this.#features, Feature.eventIndex) };
    if (!queue.open(features)) return;
    this.device.serve(queue, index, this.#features);
    if (queue.close()) this.#setInterrupts(this.#interrupts | Interrupt.usedBuffer);
  }

  #needReset(reason: string): void {
    if (this.#status & Status.needsReset) return;
    this.fault = reason;
    this.#status |= Status.needsReset;
    // Section 2.1.2: a driver that is up is told.
    if (this.#status & Status.driverOk) this.#setInterrupts(this.#interrupts | Interrupt.configChange);
  }

  #configChanged(): void {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#status & Status.driverOk) this.#setInterrupts(this.#interrupts | Interrupt.configChange);
  }

  #readConfig(byteOffset: number, bytes: AccessBytes): number {
    let value = 0;
    for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (this.device.config[byteOffset + index] ?? 0);
    return value;
  }

  #setInterrupts(bits: number): void {
    this.#interrupts = bits;
    this.line.set(bits !== 0);
  }

  #reset(): void {
    this.#status = 0;
    this.#features = 0n;
    this.fault = undefined;
    this.#deviceFeaturesSel = this.#driverFeaturesSel = this.#queueSel = 0;
    for (const queue of this.queues) queue.reset();
    this.#setInterrupts(0);
  }
}
