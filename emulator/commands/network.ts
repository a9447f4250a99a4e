// `--net`: a network card whose wire is a TCP connection to another machine, ours
// or QEMU's (`-netdev socket`): each frame after its length, a big-endian u32.
// No privileges are needed. What comes while nobody is at the other end is lost.

import { createConnection, createServer, type Server, type Socket } from "node:net";
import { Net } from "../devices/virtio/net.js";
import { ImageError } from "../machine/loader.js";
import type { Machine } from "../machine/machine.js";

export interface NetOptions {
  /// Waits at a port of this host, or goes to one.
  readonly role: "listen" | "connect";
  readonly host: string;
  readonly port: number;
  readonly mac: Uint8Array;
}

const LENGTH_BYTES = 4;
/// QEMU's limit: a longer frame means that the other end speaks something else.
const longest = 68 * 1024;

export class Network {
  #card: Net | undefined;
  #socket: Socket | undefined;
  #buffer = Buffer.alloc(0);
  #server: Server | undefined;

  private constructor(private readonly options: NetOptions, private readonly wake: () => void, private readonly warn: (message: string) => void) {}

  /// Throws ImageError where there is no such port to be had, or nobody there.
  static async open(options: NetOptions, wake: () => void, warn: (message: string) => void): Promise<Network> {
    const network = new Network(options, wake, warn);
    const { role, host, port } = options;
    const failed = (error: NodeJS.ErrnoException) => new ImageError(`--net ${role}=${host}:${port}: ${error.code ?? error.message}`, role === "listen" ? "give another port" : "start the other machine first, with --net listen=PORT");
    await new Promise<void>((resolve, reject) => {
      if (role === "connect") {
        const socket = createConnection(port, host, () => {
          network.#adopt(socket);
          resolve();
        });
        socket.once("error", (error) => reject(failed(error)));
      } else {
        network.#server = createServer((socket) => network.#adopt(socket));
        network.#server.once("error", (error) => reject(failed(error)));
        network.#server.listen(port, host, () => resolve());
      }
    });
    return network;
  }

  /// Puts the card into a machine, which may be the next one after a reset.
  plug({ board, memory }: Machine): void {
    this.#card = new Net((frame) => this.#send(frame), this.options.mac);
    board.plug(this.#card, memory);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server?.close();
  }

  #adopt(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
    this.#buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(socket, chunk));
    socket.on("error", () => {});
    socket.on("close", () => { if (this.#socket === socket) this.#socket = undefined; });
  }

  #send(frame: Uint8Array): void {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(frame.length);
    this.#socket?.write(Buffer.concat([length, frame]));
  }

  #receive(socket: Socket, chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= LENGTH_BYTES) {
      const length = this.#buffer.readUInt32BE(0);
      if (length > longest) {
        this.warn("the other end of --net sends no frames: it is cut off");
        return void socket.destroy();
      }
      if (this.#buffer.length < LENGTH_BYTES + length) break;
      this.#card?.receive(this.#buffer.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      this.#buffer = this.#buffer.subarray(LENGTH_BYTES + length);
    }
    this.wake();
  }
}
