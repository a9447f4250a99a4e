// Debian's kernel on our machine: to a shell in an initial RAM disk, with one
// hart and with four, and to a login on a root disk.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
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

test("takes entropy, and talks on the virtio console", async () => {
  const initrd = join(folder, "console-initrd");
  const script = "cat /sys/class/misc/hw_random/rng_current; dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c; echo ready; read line < /dev/hvc0; echo heard $line > /dev/hvc0; poweroff -f";
  writeFileSync(initrd, makeInitramfs(linux, script, ["drivers/virtio/virtio_mmio", "drivers/char/hw_random/virtio-rng"]));
  const { output, code } = await converse([...ours, "run", kernel, "--initrd", initrd, "--memory", "256M", "--rng", "--console", "virtio", "--append", "console=ttyS0 quiet"], [[/ready\s/, "good morning\n"]]);
  expect(output.replaceAll("\r", "")).toContain("virtio_rng.0\n16\nready\n");
  expect(output).toContain("heard good morning");
  expect(code).toBe(0);
});

describe("a saved state", () => {
  test.each([1, 4])("in the midst of Linux's start goes on as the run would have, with %i harts", async (harts) => {
    const initrd = join(folder, "saved-initrd"), state = join(folder, "state");
    writeFileSync(initrd, makeInitramfs(linux, script));
    const options = ["--memory", "256M", "--harts", String(harts), "--append", "console=ttyS0", "--initrd", initrd];
    const whole = await converse([...ours, "run", kernel, ...options]);
    const half = await converse([...ours, "run", kernel, ...options, "--max-instructions", "900000001", "--save", state]);
    const rest = await converse([...ours, "run", "--restore", state, "--engine", "jit"]);
    expect([whole.code, half.code, rest.code]).toEqual([0, 124, 0]);
    expect(half.output + rest.output).toBe(whole.output);
    expect(half.output.length).toBeGreaterThan(1000);
    expect(rest.output).toContain("through a pipe");
  });
});

describe("a network", () => {
  const modules = ["drivers/virtio/virtio_mmio", "net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net"];
  const address = (mine: number, then: string) => `ip addr add 10.0.0.${mine}/24 dev eth0; ip link set eth0 up; ${then}; poweroff -f`;

  test("between Linux on QEMU and Linux on our machine carries TCP and pings", async () => {
    const port = 20_000 + (process.pid % 20_000);
    const [server, client] = ["server", "client"].map((name) => join(folder, name)) as [string, string];
    writeFileSync(server, makeInitramfs(linux, address(1, "nc -l -p 80 | md5sum; seq 1 20000 | nc -l -p 81; sleep 8"), modules));
    writeFileSync(client, makeInitramfs(linux, address(2, "ping -c 2 -W 60 10.0.0.1 | tail -n 2; seq 1 20000 | nc 10.0.0.1 80; sleep 1; sleep 4 | nc 10.0.0.1 81 | md5sum"), modules));
    const theirs = converse([...qemu, "-m", "256M", "-global", "virtio-mmio.force-legacy=false", "-kernel", kernel, "-initrd", server, "-append", "console=ttyS0 quiet",
      "-netdev", `socket,id=n,listen=127.0.0.1:${port}`, "-device", "virtio-net-device,netdev=n"], [], 600);
    const { output, code } = await converse([...ours, "run", kernel, "--initrd", client, "--memory", "256M", "--real-time", "--net", `connect=127.0.0.1:${port},mac=52:54:00:12:34:57`, "--append", "console=ttyS0 quiet"], [], 600);
    const sent = createHash("md5").update(Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("")).digest("hex");
    expect((await theirs).output).toContain(sent);
    expect(code).toBe(0);
    expect(output).toContain("2 packets transmitted, 2 packets received, 0% packet loss");
    expect(output).toContain(sent);
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
