// `--record` and `--replay`: what came into a run from outside, with the number
// of instructions that were done by then. Time is a function of instructions, so
// image, seed and this file give the run again, to the bit.
//
//     {"typemetal":"journal 1","machine":{…},"files":{"kernel":"sha256…"}}
//     {"at":1234,"input":"base64…"}
//     {"at":5678,"end":{"exitCode":0},"state":"sha256…"}

import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { ImageError } from "../machine/loader.js";

const FORMAT = "journal 1";

/// What has to be the same for the same run.
export interface RunIdentity {
  readonly machine: Readonly<Record<string, string | number>>;
  /// Digests by what a file is to the run.
  readonly files: Readonly<Record<string, string>>;
}

export interface InputEvent {
  readonly at: number;
  /// Undefined: the input's end.
  readonly bytes?: Uint8Array;
}

export interface End {
  readonly at: number;
  readonly exitCode: number;
  readonly state: string;
}

export function digest(bytes: Uint8Array): string { return createHash("sha256").update(bytes).digest("hex"); }

export class Recorder {
  constructor(private readonly path: string, identity: RunIdentity) {
    try {
      writeFileSync(path, `${JSON.stringify({ typemetal: FORMAT, ...identity })}\n`);
    } catch (error) {
      throw new ImageError(`${path} cannot be written: ${error instanceof Error ? error.message : error}`, "give another file: --record FILE");
    }
  }

  input({ at, bytes }: InputEvent): void { this.#append({ at, ...(bytes ? { input: Buffer.from(bytes).toString("base64") } : { inputEnds: true }) }); }
  end({ at, exitCode, state }: End): void { this.#append({ at, end: { exitCode }, state }); }

  #append(event: unknown): void { appendFileSync(this.path, `${JSON.stringify(event)}\n`); }
}

export class Journal {
  readonly events: readonly InputEvent[];
  /// Undefined where the recording was cut off.
  readonly end: End | undefined;

  private constructor(readonly identity: RunIdentity, events: readonly InputEvent[], end: End | undefined) {
    this.events = events;
    this.end = end;
  }

  /// Throws ImageError where the file is none.
  static read(path: string): Journal {
    let lines: Record<string, never>[];
    try {
      lines = readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
    } catch (error) {
      throw new ImageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, "give a file that --record wrote");
    }
    const [head, ...rest] = lines as unknown as [RunIdentity & { typemetal?: string }, ...{ at: number; input?: string; inputEnds?: true; end?: { exitCode: number }; state?: string }[]];
    if (head?.typemetal !== FORMAT) throw new ImageError(`${path} is not a recording`, "give a file that --record wrote");
    const ending = rest.find(({ end }) => end);
    const events = rest.filter(({ end }) => !end).map(({ at, input }): InputEvent => ({ at, ...(input === undefined ? {} : { bytes: Buffer.from(input, "base64") }) }));
    return new Journal({ machine: head.machine, files: head.files }, events, ending?.end && { at: ending.at, exitCode: ending.end.exitCode, state: ending.state ?? "" });
  }

  /// Throws ImageError where the run at hand is another one.
  check(identity: RunIdentity): void {
    for (const kind of ["machine", "files"] as const) {
      const [then, now] = [this.identity[kind], identity[kind]];
      const different = [...new Set([...Object.keys(then), ...Object.keys(now)])].find((key) => then[key] !== now[key]);
      if (different !== undefined)
        throw new ImageError(`the recording was made with another ${different}${kind === "machine" ? `: ${then[different] ?? "none"}, not ${now[different] ?? "none"}` : ""}`, "replay with the options and files of the recording");
    }
  }
}
