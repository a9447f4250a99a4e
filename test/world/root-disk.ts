// A Debian system on a disk: made by debootstrap on the host, whose second
// stage runs on QEMU, once; then it lies in the cache.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { converse, qemu } from "./console.js";
import { cache, findMirror } from "./debian.js";
import { kernelOf, makeInitramfs } from "./initramfs.js";

const packages = ["sysvinit-core", "login", "python3-minimal"];
/// Debian's kernel has these as modules.
export const diskModules = ["drivers/virtio/virtio_mmio", "drivers/block/virtio_blk", "crypto/crc32c_generic", "lib/crc16", "fs/mbcache", "fs/jbd2/jbd2", "fs/ext4/ext4"];
/// Goes on with what is on the disk.
export const switchRoot = "mount -t ext4 /dev/vda /root 2>/dev/null || { mkdir -p /root; mount -t ext4 /dev/vda /root; }; mount --move /dev /root/dev; umount /sys /proc; exec switch_root /root /sbin/init";

const inittab = ["id:2:initdefault:", "si::sysinit:/etc/boot", "T0:2:respawn:/sbin/getty -L ttyS0 115200 vt100", "l0:0:wait:/etc/halt", ""].join("\n");
const boot = ["#!/bin/sh", "mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -o remount,rw /; hostname metal", ""].join("\n");
const halt = ["#!/bin/sh", "sync; mount -o remount,ro /; halt -d -f -p", ""].join("\n");

/// A file with an ext4 file system; root has no password. `linux` is the set of that name.
export async function rootDisk(linux: string): Promise<string> {
  const disk = join(cache, "trixie-root.ext4"), partial = `${disk}.partial`, folder = join(cache, "trixie-root.partial");
  if (existsSync(disk)) return disk;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  execFileSync("debootstrap", ["--foreign", "--arch=riscv64", "--variant=minbase", `--include=${packages}`, "trixie", folder, findMirror()], { stdio: ["ignore", "ignore", "inherit"] });
  rmSync(partial, { force: true });
  execFileSync("truncate", ["-s", "1G", partial]);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", folder, partial]);
  rmSync(folder, { recursive: true });
  const files = Object.entries({ "/etc/inittab": inittab, "/etc/boot": boot, "/etc/halt": halt });
  const script = [
    "mkdir -p /root; mount -t ext4 /dev/vda /root; mount -t proc proc /root/proc; mount --bind /dev /root/dev",
    "chroot /root /debootstrap/debootstrap --second-stage && echo second stage: done",
    ...files.map(([path, text]) => `cat > /root${path} <<'END'\n${text}END\nchmod 755 /root${path}`),
    "chroot /root passwd -d root; rm -rf /root/debootstrap /root/var/cache/apt/archives/*.deb; umount /root/proc /root/dev; umount /root; sync; poweroff -f",
  ].join("\n");
  const initrd = `${partial}.initrd`;
  writeFileSync(initrd, makeInitramfs(linux, script, diskModules));
  const { output } = await converse([...qemu, "-m", "1G", "-smp", "2", "-kernel", kernelOf(linux), "-initrd", initrd, "-append", "console=ttyS0 quiet",
    "-drive", `file=${partial},format=raw,if=none,id=root`, "-device", "virtio-blk-device,drive=root"], [], 3000);
  rmSync(initrd);
  if (!output.includes("second stage: done")) throw new Error(`debootstrap's second stage failed:\n${output.slice(-3000)}`);
  execFileSync("e2fsck", ["-fn", partial], { stdio: "ignore" });
  renameSync(partial, disk);
  return disk;
}
