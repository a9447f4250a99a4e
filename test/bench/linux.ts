// `npm run bench:linux`: seconds from start to a shell's first word, Debian's
// kernel with an initial RAM disk, on QEMU and on our machine in turn, and to a
// login from a root disk; medians. Needs Debian's packages: they are fetched.
// Not a test: times depend on the host.
//
//     npm run bench:linux -- --runs 3 --json

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { converse, qemu } from "../world/console.js";
import { fetchSet } from "../world/debian.js";
import { kernelOf, makeInitramfs } from "../world/initramfs.js";
import { diskModules, rootDisk, switchRoot } from "../world/root-disk.js";

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" }, json: { type: "boolean", default: false } } });
const runs = Number(values.runs);
const linux = fetchSet("linux"), kernel = kernelOf(linux);
const folder = mkdtempSync(join(tmpdir(), "typemetal-bench-"));
const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] as number;

/// Seconds until a machine says a word; then it is ended.
async function secondsTo(word: RegExp, command: readonly string[], end: string): Promise<number> {
  const start = performance.now();
  let seconds = Number.NaN;
  const { output } = await converse(command, [[word, end]], 600, () => { seconds = (performance.now() - start) / 1000; });
  if (Number.isNaN(seconds)) throw new Error(`${command[0]} did not come that far:\n${output.slice(-1000)}`);
  return seconds;
}

async function compare(work: string, word: RegExp, end: string, theirs: readonly string[], our: readonly string[]) {
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    times[0].push(await secondsTo(word, theirs, end));
    times[1].push(await secondsTo(word, our, end));
  }
  const [qemu, ours] = [median(times[0]), median(times[1])];
  return { work, qemu, ours, ratio: qemu / ours };
}

// As a user has it: built.
execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
const mine = [process.execPath, fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url))];
const rows = [];
const append = ["console=ttyS0 quiet"];
const shell = join(folder, "shell"), disk = join(folder, "root.ext4"), login = join(folder, "login");
writeFileSync(shell, makeInitramfs(linux, "echo reached the shell; read line; poweroff -f"));
rows.push(await compare("Linux to shell", /reached the shell/, "\n",
  [...qemu, "-m", "512M", "-kernel", kernel, "-initrd", shell, "-append", ...append],
  [...mine, "run", kernel, "--initrd", shell, "--memory", "512M", "--real-time", "--append", ...append]));
copyFileSync(await rootDisk(linux), disk);
writeFileSync(login, makeInitramfs(linux, switchRoot, diskModules));
rows.push(await compare("Linux to login", /login: $/, "",
  [...qemu, "-m", "512M", "-snapshot", "-kernel", kernel, "-initrd", login, "-append", ...append, "-drive", `file=${disk},format=raw,if=none,id=root`, "-device", "virtio-blk-device,drive=root"],
  [...mine, "run", kernel, "--initrd", login, "--memory", "512M", "--real-time", "--drive", `${disk},snapshot`, "--append", ...append]));

/// MiB that our process had at the end beyond the guest's RAM; the gate is 200.
writeFileSync(shell, makeInitramfs(linux, "poweroff -f"));
const told = spawnSync(mine[0] as string, [...mine.slice(1), "run", kernel, "--initrd", shell, "--memory", "512M", "--stats", "--append", ...append], { input: "", encoding: "utf8" }).stderr;
const memory = Number(/the guest's RAM, (\d+) MiB not/.exec(told)?.[1]);
rmSync(folder, { recursive: true });
if (values.json) console.log(JSON.stringify({ rows, memory }));
else {
  console.log("| work | QEMU, s | ours, s | ours is so many times as fast |\n|---|--:|--:|--:|");
  for (const { work, qemu, ours, ratio } of rows) console.log(`| ${work} | ${qemu.toFixed(2)} | ${ours.toFixed(2)} | ${ratio.toFixed(2)} |`);
  console.log(`${memory} MiB beyond the guest's RAM`);
}
