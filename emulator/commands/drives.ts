// `--drive`: files as disks of the machine.
//
// Requests are synchronous, so files are read and written in place. A file that
// is written to has FILE.lock beside it, with our process id, for as long as it
// is open: two machines that write to one disk ruin it. A lock whose process is
// gone counts for nothing.

import { closeSync, fdatasyncSync, openSync, readFileSync, readSync, realpathSync, type Stats, statSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { Block } from "../devices/virtio/block.js";
import { type BlockBackend, SECTOR_BYTES } from "../devices/virtio/disk.js";
import { Overlay } from "../devices/virtio/overlay.js";
import { ImageError } from "../machine/loader.js";
import type { Machine } from "../machine/machine.js";

export interface DriveOptions {
  readonly path: string;
  /// The guest sees a disk that cannot be written.
  readonly readonly: boolean;
  /// The guest writes, the file stays as it is.
  readonly snapshot: boolean;
  /// A virtio slot; undefined: the highest that is free.
  readonly slot?: number;
}

export interface Drives {
  /// Puts the disks into a machine, which may be the next one after a reset.
  plug(machine: Machine): void;
  close(): void;
}

/// Opens all files, or none and throws ImageError. `warn` hears of what the host cannot read or write later.
export function openDrives(drives: readonly DriveOptions[], warn: (message: string) => void): Drives {
  const files: FileDisk[] = [];
  const close = () => {
    process.off("exit", close);
    for (const file of files.splice(0)) file.close();
  };
  process.on("exit", close);
  try {
    const disks = drives.map((drive): BlockBackend => {
      const file = new FileDisk(drive, warn);
      files.push(file);
      return drive.snapshot ? new Overlay(file) : file;
    });
    const plug = ({ board, memory }: Machine) => {
      // Those that name a slot go first, so that no other takes it.
      for (const isNamed of [true, false])
        drives.forEach(({ slot }, index) => {
          if ((slot !== undefined) === isNamed) board.plug(new Block(disks[index] as BlockBackend, { id: `drive${index}` }), memory, slot);
        });
    };
    return { plug, close };
  } catch (error) {
    close();
    throw error;
  }
}

class FileDisk implements BlockBackend {
  readonly bytes: number;
  readonly isReadonly: boolean;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #lock: string | undefined;
  #hasWarned = false;

  constructor(
    { path, readonly, snapshot }: DriveOptions,
    private readonly warn: (message: string) => void,
  ) {
    this.#path = path;
    this.isReadonly = readonly;
    this.bytes = sizeOf(path);
    const isWritten = !readonly && !snapshot;
    this.#lock = lock(path, isWritten);
    try {
      this.#descriptor = openSync(path, isWritten ? "r+" : "r");
    } catch (error) {
      this.#unlock();
      const help = isWritten ? `check its rights, or leave it unchanged: --drive ${path},snapshot` : "check its rights";
      throw new ImageError(`${path} cannot be opened: ${messageOf(error)}`, help);
    }
  }

  read(byteOffset: number, into: Uint8Array): boolean {
    return this.#whole(into.length, (done) => readSync(this.#descriptor, into, done, into.length - done, byteOffset + done));
  }

  write(byteOffset: number, data: Uint8Array): boolean {
    return this.#whole(data.length, (done) => writeSync(this.#descriptor, data, done, data.length - done, byteOffset + done));
  }

  flush(): boolean {
    return this.isReadonly || this.#try(() => fdatasyncSync(this.#descriptor));
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#unlock();
  }

  /// Goes on until all bytes are moved: the host may do a part.
  #whole(length: number, move: (done: number) => number): boolean {
    return this.#try(() => {
      for (let done = 0; done < length; ) {
        const moved = move(done);
        if (moved === 0) throw new Error("the file has become shorter");
        done += moved;
      }
    });
  }

  /// The guest gets an I/O error; the user hears why, once.
  #try(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!this.#hasWarned) this.warn(`${this.#path}: ${messageOf(error)}; the guest gets I/O errors`);
      this.#hasWarned = true;
      return false;
    }
  }

  #unlock(): void {
    if (this.#lock !== undefined) remove(this.#lock);
  }
}

function sizeOf(path: string): number {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new ImageError(`${path} cannot be opened: ${messageOf(error)}`, "check the path and its rights");
  }
  if (!stats) throw new ImageError(`${path} does not exist`, `check the path, or make a disk of 64 MiB: truncate -s 64M ${path}`);
  if (!stats.isFile()) throw new ImageError(`${path} is ${stats.isDirectory() ? "a directory" : "not a regular file"}`, "give a raw disk image");
  if (stats.size === 0) throw new ImageError(`${path} is empty`, `give it a size: truncate -s 64M ${path}`);
  if (stats.size % SECTOR_BYTES !== 0)
    throw new ImageError(
      `${path} has ${stats.size} bytes, and a disk is whole sectors of ${SECTOR_BYTES}`,
      `make it whole: truncate -s ${Math.ceil(stats.size / SECTOR_BYTES) * SECTOR_BYTES} ${path}`,
    );
  return stats.size;
}

/// The lock's path where we hold one now. Readers hold none: they only stay away from what is being written to.
function lock(path: string, isWritten: boolean): string | undefined {
  const file = `${realpathSync(path)}.lock`;
  const holder = holderOf(file);
  if (holder !== undefined)
    throw new ImageError(
      holder === process.pid ? `${path} is given twice, once to write to it` : `${path} is locked: process ${holder} writes to it`,
      holder === process.pid ? `make each of them readonly or snapshot: --drive ${path},readonly` : `end that first; if it is no machine, remove ${file}`,
    );
  if (!isWritten) return undefined;
  try {
    // "wx" fails where another process was faster.
    writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
    return file;
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new ImageError(`${path} is locked: there is a ${file}`, "remove that file if no program uses the disk");
    // A directory that cannot be written to has no room for locks.
    return undefined;
  }
}

/// The process that holds a lock; a lock of none is removed.
function holderOf(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  // What is no lock of ours is none of our business: `wx` will tell.
  const [, digits] = /^([1-9]\d*)\n$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  try {
    process.kill(Number(digits), 0);
    return Number(digits);
  } catch (error) {
    if (codeOf(error) === "EPERM") return Number(digits);
    remove(file);
    return undefined;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {}
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
