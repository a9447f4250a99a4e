// A program on QEMU with gdb at it: commands in, what gdb says out.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtCli } from "../../built-cli.js";
import { compile, type CompileOptions } from "../../../compiler/pipeline.js";

const library = fileURLToPath(new URL("../../../compiler/language", import.meta.url));

/// One file of source, as /main.ts.
export async function compileText(text: string, options: CompileOptions = {}): Promise<Uint8Array> {
  const readFile = (path: string) =>
    path === "/main.ts" ? new TextEncoder().encode(text) : path.startsWith(library) ? readFileSync(path) : undefined;
  const { output, diagnostics } = await compile("/main.ts", { check: true, ...options }, { library, readFile });
  if (!output) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return output.elf;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/// Starts a machine stopped, and runs a script of gdb's against it: QEMU's, unless `target` says ours.
export async function debug(elf: Uint8Array, script: string, machine: readonly string[] = ["-bios", "none"], cwd?: string, target: "qemu" | "ours" = "qemu"): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  const [program, commands] = [join(directory, "program.elf"), join(directory, "script.gdb")];
  const port = await freePort();
  writeFileSync(program, elf);
  writeFileSync(commands, `set pagination off\nset width 0\nset print frame-arguments all\ntarget remote :${port}\n${script}\n`);
  const server = target === "qemu"
    ? spawn("qemu-system-riscv64", ["-M", "virt", ...machine, "-display", "none", "-serial", "null", "-S", "-gdb", `tcp::${port}`, "-kernel", program], { stdio: "ignore" })
    : spawn(process.execPath, [builtCli, "run", program, ...machine, "--gdb", String(port)], { cwd: root, stdio: "ignore" });
  try {
    for (let attempt = 0; ; attempt++) {
      const text = await run(program, commands, cwd ?? directory);
      // The port opens a moment after the machine starts.
      if (!/Connection (refused|timed out)/.test(text) || attempt === 50) return text;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    server.kill();
    rmSync(directory, { recursive: true });
  }
}

/// Both of gdb's streams go into one file, where they stand in the order of writing: by two pipes, a complaint about a
/// missing source file may arrive in the midst of what gdb prints.
async function run(program: string, commands: string, cwd: string): Promise<string> {
  const said = `${commands}.log`;
  const file = openSync(said, "w");
  try {
    // The bound is for a guest that never reaches the breakpoint: what was said until then is the best account of it.
    const gdb = spawn("gdb-multiarch", ["-nx", "-batch", "-x", commands, program], { cwd, stdio: ["ignore", file, file], timeout: 60_000 });
    await once(gdb, "close");
    return readFileSync(said, "utf8");
  } finally {
    closeSync(file);
  }
}

/// One that is free now: test files run side by side, and must not meet each other's machines.
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
