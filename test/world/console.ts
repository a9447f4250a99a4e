// A guest's console from outside: programs that run a machine, ours or QEMU,
// with replies to what they print.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Conversation {
  /// Without carriage returns and what tells terminals of pasting.
  readonly output: string;
  readonly code: number | null;
  /// The replies that were not asked for.
  readonly unsaid: number;
}

/// When what came since the last reply matches, the reply is typed.
export type Reply = readonly [prompt: RegExp, reply: string];

const root = fileURLToPath(new URL("../..", import.meta.url));
/// The command line of our machine.
export const ours: readonly string[] = [process.execPath, "--import", "tsx", `${root}cli.ts`];
export const qemu: readonly string[] = ["qemu-system-riscv64", "-M", "virt", "-nographic"];

/// Runs a command to its end, or until a guard of so many seconds. After the last reply `done` is called, and where
/// that was no text the command is killed.
export function converse(command: readonly string[], replies: readonly Reply[] = [], guardSeconds = 900, done?: () => void): Promise<Conversation> {
  const [program, ...rest] = command as [string, ...string[]];
  const child = spawn(program, rest, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  let output = "", seen = 0, next = 0;
  if (replies.length === 0) child.stdin.end();
  child.stdin.on("error", () => {});
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("latin1");
    for (let reply = replies[next]; reply; reply = replies[next]) {
      if (!reply[0].test(output.slice(seen))) break;
      seen = output.length;
      next++;
      child.stdin.write(reply[1]);
      if (next < replies.length) continue;
      done?.();
      if (reply[1] === "") child.kill("SIGKILL");
    }
  });
  return new Promise((resolve, reject) => {
    const guard = setTimeout(() => child.kill(), guardSeconds * 1000);
    child.on("error", reject).on("close", (code) => {
      clearTimeout(guard);
      resolve({ output: ["\r", "\x1b[?2004h", "\x1b[?2004l"].reduce((text, noise) => text.replaceAll(noise, ""), output), code, unsaid: replies.length - next });
    });
  });
}
