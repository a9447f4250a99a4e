// Debian's firmware and boot loader on our machine.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { converse, ours } from "./console.js";
import { fetchSet } from "./debian.js";

const firmware = join(fetchSet("firmware"), "usr/lib/riscv64-linux-gnu/opensbi/generic");
const uboot = join(fetchSet("uboot"), "usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin");
let folder: string, image: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "typemetal-world-"));
  image = join(folder, "kernel.elf");
  execFileSync(ours[0] as string, [...ours.slice(1), "start", "--write", image], { stdio: ["ignore", "ignore", "inherit"] });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("OpenSBI", () => {
  const session = readFileSync(new URL("../guest/session.expected", import.meta.url), "utf8");
  test.each(["fw_dynamic.bin", "fw_jump.bin", "fw_dynamic.elf", "fw_jump.elf"])("%s starts our kernel", async (name) => {
    const replies = session.split("\n").filter((line) => line.startsWith("$ ")).map((line) => [/\$ $/, `${line.slice(2)}\n`] as const);
    const { output, code, unsaid } = await converse([...ours, "run", "--bios", join(firmware, name), "--kernel", image], replies);
    expect(output).toContain("Domain0 Next Mode         : S-mode");
    expect(output.slice(output.indexOf("\ntypemetal\n") + 1)).toBe(session.slice(session.indexOf("typemetal\n")));
    expect([code, unsaid]).toEqual([0, 0]);
  });
});

describe("U-Boot in S-mode under OpenSBI", () => {
  test("reaches its prompt, answers, finds disks and reads one", async () => {
    const disk = join(folder, "disk.img");
    execFileSync("truncate", ["-s", "16M", disk]);
    execFileSync("mke2fs", ["-q", "-t", "ext2", "-d", join(firmware), disk]);
    const prompt = /=> $/;
    const { output, code, unsaid } = await converse([...ours, "run", "--bios", join(firmware, "fw_jump.bin"), "--kernel", uboot, "--drive", disk], [
      [/Hit any key/, "\n"], [prompt, "version\n"], [prompt, "printenv bootcmd\n"], [prompt, "virtio scan\n"], [prompt, "virtio info\n"], [prompt, "ls virtio 0\n"],
      [prompt, "load virtio 0 0x84000000 fw_jump.bin\n"], [prompt, "crc32 0x84000000 $filesize\n"], [prompt, "poweroff\n"],
    ]);
    expect([code, unsaid]).toEqual([0, 0]);
    for (const answer of [/U-Boot \d{4}\.\d\d.*\n/, /bootcmd=run distro_bootcmd/, /Capacity: 16\.0 MB/, / fw_jump\.bin\n/]) expect(output).toMatch(answer);
    expect(output).toContain(`==> ${crc32(readFileSync(join(firmware, "fw_jump.bin"))).toString(16).padStart(8, "0")}`);
  });
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}
