// Debian's kernel on our machine: to a shell in an initial RAM disk, with one
// hart and with four, and to a login on a root disk.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { converse, ours, qemu } from "./console.js";
import { fetchSet } from "./debian.js";
import { kernelOf, makeInitramfs } from "./initramfs.js";
import { diskModules, rootDisk, switchRoot } from "./root-disk.js";

const linux = fetchSet("linux"), kernel = kernelOf(linux);
let folder: string;

beforeAll(() => { folder = mkdtempSync(join(tmpdir(), "typemetal-world-")); });
afterAll(() => rmSync(folder, { recursive: true }));

/// Files, processes, pipes, floating point, signals, fork and exec in a loop. Nothing that depends on time or on the machine.
const script = `
echo begin; uname -sm
echo hello > /tmp/a; cp /tmp/a /tmp/b; cat /tmp/a /tmp/b | tr a-z A-Z; ls -l /tmp | wc -l; md5sum /bin/busybox | cut -c1-32
i=0; while [ $i -lt 100 ]; do /bin/true && (echo $i | cat > /tmp/n); i=$((i+1)); done; cat /tmp/n
seq 1 5000 | sort -r | tail -n 3; seq 1 2000 | awk '{ s += sqrt($1) } END { printf "%.9f\\n", s }'
dd if=/dev/zero bs=64k count=64 2>/dev/null | gzip | gunzip | wc -c
sleep 0.05 & wait $!; echo waited $?; sh -c 'kill -9 $$'; echo killed $?
mkfifo /tmp/p; (echo through a pipe > /tmp/p &) ; cat /tmp/p
nproc; echo end
poweroff -f`;

describe("an initial RAM disk", () => {
  let initrd: string;
  beforeAll(() => {
    initrd = join(folder, "initrd");
    writeFileSync(initrd, makeInitramfs(linux, script));
  });
  const told = (output: string) => output.slice(output.indexOf("begin\n"), output.indexOf("end\n")).replaceAll(/^\[.*\n/gm, "");

  test.each([1, 4])("runs a script with %i harts as on QEMU, and powers off", async (harts) => {
    const theirs = await converse([...qemu, "-m", "512M", "-smp", String(harts), "-kernel", kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet"]);
    const { output, code } = await converse([...ours, "run", kernel, "--initrd", initrd, "--memory", "512M", "--harts", String(harts), "--append", "console=ttyS0 quiet"]);
    expect(told(output)).toBe(told(theirs.output));
    expect(told(output)).toMatch(new RegExp(`through a pipe\n${harts}\n$`));
    expect(code).toBe(0);
  });
});

describe("a root disk", () => {
  test("reaches login, runs programs, and is clean afterwards", async () => {
    const disk = join(folder, "root.ext4"), initrd = join(folder, "switch");
    copyFileSync(await rootDisk(linux), disk);
    writeFileSync(initrd, makeInitramfs(linux, switchRoot, diskModules));
    const prompt = /# $/;
    const { output, code, unsaid } = await converse([...ours, "run", kernel, "--initrd", initrd, "--memory", "512M", "--real-time", "--drive", disk, "--append", "console=ttyS0 quiet"], [
      [/login: $/, "root\n"], [prompt, "apt --version\n"], [prompt, "perl -e 'print 6*7, \"\\n\"'\n"], [prompt, "python3 -c 'print(sum(range(1000)))'\n"],
      [prompt, "echo kept > /root/kept; sync\n"], [prompt, "init 0\n"],
    ]);
    expect([code, unsaid]).toEqual([0, 0]);
    for (const answer of [/\napt \d+\.\d+\.\d+ \(riscv64\)/, /\n42\n/, /\n499500\n/]) expect(output).toMatch(answer);
    execFileSync("e2fsck", ["-fn", disk]);
    expect(execFileSync("debugfs", ["-R", "cat /root/kept", disk], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).toBe("kept\n");
  });
});
