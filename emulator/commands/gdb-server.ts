// gdb at a TCP port of this host: the socket of a GdbStub. One gdb at a time;
// while none is there the guest stands still, as at the start, unless one left it running.

import { createServer, type Server, type Socket } from "node:net";
import { GdbStub, type GdbStubOptions } from "../debug/gdb-stub.js";
import type { Outcome } from "../machine/outcome.js";
import { ImageError } from "../machine/loader.js";

export interface GdbServerOptions extends Omit<GdbStubOptions, "send" | "left"> {
  /// gdb connected, asked something, or left: look again whether the guest runs.
  readonly wake: () => void;
  readonly killed: () => void;
}

export class GdbServer {
  #stub: GdbStub | undefined;
  #socket: Socket | undefined;
  #isDetached = false;

  private constructor(private readonly server: Server, private readonly options: GdbServerOptions) {
    server.on("connection", (socket) => this.#connect(socket));
  }

  /// Port 0 takes a free one. Throws ImageError where the port cannot be had.
  static open(port: number, options: GdbServerOptions): Promise<GdbServer> {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(new ImageError(`gdb cannot be served at port ${port}: ${error.code ?? error.message}`, "give another port: --gdb 1234")));
      server.listen(port, "127.0.0.1", () => resolve(new GdbServer(server, options)));
    });
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  get isRunning(): boolean { return this.#isDetached || (this.#stub?.isRunning ?? false); }

  /// Undefined where gdb holds the guest.
  advance(instructions: number): Outcome | undefined {
    return this.#isDetached ? this.options.machine.run(instructions) : this.#stub?.advance(instructions);
  }

  close(): void {
    this.#socket?.end();
    this.server.close();
  }

  #connect(socket: Socket): void {
    if (this.#socket) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#isDetached = false;
    socket.setNoDelay(true);
    const stub = new GdbStub({
      ...this.options,
      send: (text) => void socket.write(text, "latin1"),
      left: (how) => {
        if (how === "killed") this.options.killed();
        else this.#isDetached = true;
      },
    });
    this.#stub = stub;
    socket.on("data", (chunk: Buffer) => {
      stub.receive(chunk.toString("latin1"));
      this.options.wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
      this.#stub = undefined;
      // What a gdb that is gone wanted to stop at, nobody waits for.
      this.options.machine.breakpoints.clear();
      this.options.wake();
    });
  }
}
