// Initial RAM disks for Linux, in the "newc" format of cpio: a header of
// hexadecimal fields, the name, the content, each padded to four bytes.
// Linux, Documentation/driver-api/early-userspace/buffer-format.rst.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const Mode = { directory: 0o040755, program: 0o100755, link: 0o120777, consoleDevice: 0o020600 } as const;

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly content?: Uint8Array;
  readonly device?: readonly [major: number, minor: number];
}

function writeCpio(entries: readonly Entry[]): Buffer {
  const parts = [...entries, { name: "TRAILER!!!", mode: 0 }].flatMap(({ name, mode, content = new Uint8Array(0), device = [0, 0] }: Entry, index) => {
    const inode = index + 1, owner = 0, links = 1, time = 0, check = 0;
    const fields = [inode, mode, owner, owner, links, time, content.length, 0, 0, ...device, name.length + 1, check];
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
    return [padded(Buffer.from(head)), padded(content)];
  });
  return Buffer.concat(parts);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

/// Where the set `linux` has its kernel.
export function kernelOf(linux: string): string {
  const name = readdirSync(join(linux, "boot")).find((name) => name.startsWith("vmlinux-"));
  if (!name) throw new Error(`${linux}/boot has no kernel`);
  return join(linux, "boot", name);
}

/// Busybox as every command, and a script of its shell as the first process. Modules are named by their path
/// below the kernel's folder, without ending, and load in this order before the script begins.
export function makeInitramfs(linux: string, script: string, modules: readonly string[] = []): Uint8Array {
  const [version] = readdirSync(join(linux, "usr/lib/modules"));
  const module = (path: string) => execFileSync("xz", ["-dc", join(linux, "usr/lib/modules", version as string, "kernel", `${path}.ko.xz`)], { maxBuffer: 1 << 26 });
  const init = [
    "#!/bin/busybox sh", "/bin/busybox mkdir -p /proc /sys /dev /tmp", "/bin/busybox --install -s /bin", "export PATH=/bin",
    "mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev 2>/dev/null",
    ...modules.map((path) => `insmod /modules/${path.replaceAll("/", "_")}.ko`), script, "",
  ].join("\n");
  return gzipSync(writeCpio([
    ...["bin", "dev", "modules"].map((name) => ({ name, mode: Mode.directory })),
    { name: "dev/console", mode: Mode.consoleDevice, device: [5, 1] },
    { name: "bin/busybox", mode: Mode.program, content: readFileSync(join(linux, "usr/bin/busybox")) },
    { name: "init", mode: Mode.program, content: Buffer.from(init) },
    ...modules.map((path) => ({ name: `modules/${path.replaceAll("/", "_")}.ko`, mode: Mode.program, content: module(path) })),
  ]), { level: 1 });
}
