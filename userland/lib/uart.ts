// The registers of a 16550 UART, and output through them, for programs that own one.

/// Line status register.
///
///    7      6      5      4     3     2     1     0
///   +------+------+------+-----+-----+-----+-----+-----+
///   | fifo | idle | THRE | brk | frm | par | ovr | DR  |
///   +------+------+------+-----+-----+-----+-----+-----+
export enum LineStatus { DataReady = 1 << 0, TransmitterEmpty = 1 << 5, Idle = 1 << 6 }

export class Uart {
  data: Reg<u8>;
  interruptEnable: Reg<u8>;
  fifoControl: WoReg<u8>;
  lineControl: Reg<u8>;
  modemControl: Reg<u8>;
  lineStatus: RoReg<u8>;
}

/// Returns when all bytes are on the wire.
export function drain(uart: Ptr<Uart>): void {
  while ((uart.lineStatus.read() & LineStatus.Idle) === 0) {}
}

/// Waits for room before each byte.
export function transmit(uart: Ptr<Uart>, bytes: readonly u8[]): void {
  for (const byte of bytes) {
    while ((uart.lineStatus.read() & LineStatus.TransmitterEmpty) === 0) {}
    uart.data.write(byte);
  }
}
