// `typemetal run`: an image on the machine, its console on the terminal. Here
// are the files that a run needs, and what is said of its end; session.ts is the run.

import { writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fullCpu } from "../isa/cpu.js";
import { writeDeviceTree } from "../machine/device-tree.js";
import { type BootOptions, ImageError, type NamedFile, planBoot } from "../machine/loader.js";
import { defaultRamBytes } from "../machine/memory-map.js";
import { decodeSnapshot, type Snapshot } from "../machine/snapshot.js";
import { type Drives, openDrives } from "./drives.js";
import { ExitCode } from "./exit-codes.js";
import type { Host } from "./host.js";
import { Network } from "./network.js";
import type { RunOptions } from "./run-options.js";
import type { RunResult } from "./run-result.js";
import { readImage } from "./read-image.js";
import { Session } from "./session.js";

/// Runs an image to its end and gives the process's exit code.
export async function runImage(options: RunOptions, host: Host): Promise<number> {
  const result = await run(options, host);
  report(result, options, host);
  return result.exitCode;
}

async function run(options: RunOptions, host: Host): Promise<RunResult> {
  const warn = (message: string) => void host.stderr.write(`${host.colors.yellow("warning: ")}${message}\n`);
  const drives: Drives[] = [];
  let session: Session | undefined;
  let network: Network | undefined;
  try {
    if (options.dumpDtb !== undefined) return dumpDeviceTree(options.dumpDtb, readFiles(options));
    // Machines in lockstep write to disks of their own.
    for (let machine = 0; machine < (options.engine === "lockstep" ? 2 : 1); machine++) drives.push(openDrives(options.drives ?? [], warn));
    network = options.net && (await Network.open(options.net, () => session?.wake(), warn));
    session = new Session({ options, files: () => readFiles(options), drives, host, network }, options.restore === undefined ? undefined : readSnapshot(options.restore));
    return await session.run();
  } catch (error) {
    return failure(error);
  } finally {
    network?.close();
    for (const each of drives) each.close();
  }
}

function failure(error: unknown): RunResult {
  if (!(error instanceof ImageError)) throw error;
  return { exitCode: ExitCode.failed, reason: "failed", message: `${error.message}\n  help: ${error.help}` };
}

function readSnapshot(path: string): Snapshot {
  const { bytes } = readImage(path);
  let plain: Uint8Array;
  try {
    plain = gunzipSync(bytes);
  } catch {
    throw new ImageError(`${path} is not a state of a machine, or is cut off`, "give a file that --save wrote");
  }
  return decodeSnapshot(plain, path);
}

function readFiles({ kernel, bios, initrd, append, ramBytes, harts, cpu, seed }: RunOptions): BootOptions {
  const isWord = bios === undefined || bios === "builtin" || bios === "none";
  const read = (file: string | NamedFile | undefined) => (typeof file === "string" ? readImage(file) : file);
  return {
    bios: isWord ? bios : readImage(bios),
    kernel: read(kernel),
    initrd: read(initrd),
    append,
    ramBytes,
    harts,
    cpu,
    rngSeed: rngSeedOf(seed),
  };
}

/// 32 bytes that depend on the seed alone: xorshift, which is plenty for a guest that wants repeatable runs.
function rngSeedOf(seed: number): Uint8Array {
  let state = (seed ^ 0x9e37_79b9) | 1;
  return Uint8Array.from({ length: 32 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

function dumpDeviceTree(path: string, options: BootOptions): RunResult {
  // With an image the tree also says where the initrd lies.
  const { harts = 1, ramBytes = defaultRamBytes, append, rngSeed, cpu = fullCpu } = options;
  const tree = options.kernel
    ? planBoot(options).loads.at(-1)?.bytes
    : writeDeviceTree({ harts, ramBytes, isa: cpu.isa, rngSeed, bootArguments: append });
  writeFileSync(path, tree ?? new Uint8Array(0));
  return { exitCode: ExitCode.ok, reason: "finished" };
}

function report({ exitCode, reason, message, ...rest }: RunResult, { json }: RunOptions, { stderr, colors }: Host): void {
  if (json) stderr.write(`${JSON.stringify({ exitCode, reason, ...(message ? { message } : {}), ...rest })}\n`);
  else if (message) stderr.write(`${exitCode === ExitCode.ok ? "" : colors.red("error: ")}${message}\n`);
}
