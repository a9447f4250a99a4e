import { describe, expect, it } from "vitest";
import { Uart } from "../../../emulator/devices/uart.js";
import { Wire } from "./wires.js";

const [RBR, THR, IER, IIR, FCR, LCR, MCR, LSR, MSR, SCR] = [0, 0, 1, 2, 2, 3, 4, 5, 6, 7];
const text = (bytes: string) => [...bytes].map((character) => character.charCodeAt(0));

function make() {
  const sent: number[] = [];
  const wire = new Wire();
  const uart = new Uart(0x1000_0000, 0x100, wire, (byte) => sent.push(byte));
  const read = (register: number) => uart.read(register, 1);
  const write = (register: number, value: number) => uart.write(register, 1, value);
  return { uart, wire, sent, read, write };
}

describe("uart", () => {
  it("sends, and always has room", () => {
    const { sent, read, write } = make();
    for (const byte of text("hi")) write(THR, byte);
    expect(sent).toEqual(text("hi"));
    expect(read(LSR)).toBe(0x60);
  });

  it("gives input one byte at a time, and loses none to a driver's FIFO reset", () => {
    const { uart, read, write } = make();
    uart.receive(text(`${"a".repeat(40)}z`));
    expect(read(LSR)).toBe(0x61);
    write(FCR, 7);
    let received = "";
    while (read(LSR) & 1) received += String.fromCharCode(read(RBR));
    expect(received).toBe(`${"a".repeat(40)}z`);
    expect([read(RBR), uart.waiting]).toEqual([0, 0]);
  });

  it("interrupts on input until it is read", () => {
    const { uart, wire, read, write } = make();
    write(IER, 1);
    expect([wire.level, read(IIR)]).toEqual([false, 1]);
    uart.receive(text("x"));
    expect([wire.level, read(IIR)]).toEqual([true, 4]);
    read(RBR);
    expect([wire.level, read(IIR)]).toEqual([false, 1]);
  });

  it("times out below the FIFO's trigger level", () => {
    const { uart, wire, read, write } = make();
    write(FCR, 0x81);
    write(IER, 1);
    uart.receive(text("1234567"));
    expect([wire.level, read(IIR)]).toEqual([true, 0xcc]);
    uart.receive(text("8"));
    expect(read(IIR)).toBe(0xc4);
  });

  it("says once that the transmitter is empty, until IIR is read", () => {
    const { wire, read, write } = make();
    write(IER, 2);
    expect(wire.level).toBe(true);
    expect(read(IIR)).toBe(2);
    expect([wire.level, read(IIR)]).toEqual([false, 1]);
    write(THR, 65);
    expect(wire.level).toBe(true);
    expect(read(IIR)).toBe(2);
    write(IER, 0);
    write(IER, 2);
    expect(wire.level).toBe(true);
    write(IER, 0);
    expect(wire.level).toBe(false);
  });

  it("puts input before the empty transmitter", () => {
    const { uart, read, write } = make();
    write(IER, 3);
    uart.receive(text("x"));
    expect(read(IIR)).toBe(4);
    read(RBR);
    expect([read(IIR), read(IIR)]).toEqual([2, 1]);
  });

  it("keeps the divisor behind DLAB", () => {
    const { sent, read, write } = make();
    write(LCR, 0x83);
    write(0, 0x34);
    write(1, 0x12);
    expect([read(0), read(1)]).toEqual([0x34, 0x12]);
    write(LCR, 3);
    expect([read(IER), sent.length]).toEqual([0, 0]);
    write(SCR, 0x5a);
    expect([read(SCR), read(LCR), read(MSR)]).toEqual([0x5a, 3, 0xb0]);
  });

  it("loops back to a FIFO of sixteen, and leaves the host's input alone", () => {
    const { uart, sent, read, write } = make();
    uart.receive(text("h"));
    write(FCR, 7);
    write(MCR, 0x1a);
    expect(read(LSR) & 1).toBe(0);
    // Autodetection in drivers: how many bytes does the FIFO take?
    for (let byte = 0; byte < 256; byte++) write(THR, byte);
    let count = 0;
    for (; read(LSR) & 1; count++) expect(read(RBR)).toBe(count);
    expect([count, sent.length]).toEqual([16, 0]);
    expect(read(MSR) & 0xf0).toBe(0x90);
    write(MCR, 0x0a);
    expect(read(RBR)).toBe(text("h")[0]);
  });

  it("tells of changed modem lines once", () => {
    const { wire, read, write } = make();
    read(MSR);
    write(IER, 8);
    write(MCR, 0x10);
    expect([wire.level, read(IIR)]).toEqual([true, 0]);
    expect(read(MSR)).toBe(0x0b);
    expect([wire.level, read(MSR)]).toEqual([false, 0]);
  });

  it("lets firmware take input past the registers", () => {
    const { uart } = make();
    uart.receive(text("ab"));
    expect([uart.take(), uart.take(), uart.take()]).toEqual([97, 98, undefined]);
  });

  it("saves and restores", () => {
    const { uart, write } = make();
    write(IER, 3);
    write(FCR, 0xc1);
    write(LCR, 0x1b);
    uart.receive(text("left"));
    const other = make();
    other.uart.restore(JSON.parse(JSON.stringify(uart.save())));
    expect(other.uart.save()).toEqual(uart.save());
    expect([other.wire.level, other.read(IIR), other.read(RBR)]).toEqual([true, 0xcc, text("l")[0]]);
  });
});
