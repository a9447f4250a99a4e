// The bare-metal start of a test program: calls run(), prints its result and
// the instructions it took in hex, and ends QEMU through the test finisher.
// A trap ends with failure. Written as text, which the table's assembler reads.

import { parse } from "../../emulator/isa/text.js";
import type { Labelled } from "./emit.js";
import { loadConstant, type Piece } from "./expand.js";

const UART = 0x1000_0000n,
  FINISHER = 0x10_0000n,
  STACK = 0x8040_0000n;
const PASS = 0x5555n,
  FAIL = 0x9_3333n;
const [sp, t0, t1] = [2, 5, 6];

export function startup(): Labelled[] {
  return [
    {
      label: "_start",
      pieces: [
        ...loadConstant(sp, STACK),
        ...address(t0, "fail"),
        ...lines("csrrw zero, 0x305, t0", "csrrs s0, 0xb02, zero"),
        to("jal ra", "run"),
        ...lines("csrrs s1, 0xb02, zero"),
        to("jal ra", "print"),
      ],
    },
    {
      label: "second",
      pieces: [
        ...loadConstant(t0, UART),
        ...loadConstant(t1, 32n),
        ...lines("sb t1, 0(t0)", "sub a0, s1, s0"),
        to("jal ra", "print"),
        ...loadConstant(t1, 10n),
        ...lines("sb t1, 0(t0)"),
        ...loadConstant(t1, PASS),
        to("jal zero", "finish"),
      ],
    },
    { label: "fail", pieces: loadConstant(t1, FAIL) },
    { label: "finish", pieces: [...loadConstant(t0, FINISHER), ...lines("sw t1, 0(t0)"), to("jal zero", "finish")] },
    { label: "print", pieces: [...loadConstant(t0, UART), ...lines("addi a1, zero, 60")] },
    {
      label: "digit",
      pieces: [
        ...lines("srl t1, a0, a1", "andi t1, t1, 15", "sltiu a2, t1, 10", "addi t1, t1, 48"),
        to("bne a2, zero", "put"),
        ...lines("addi t1, t1, 39"),
      ],
    },
    {
      label: "put",
      pieces: [...lines("sb t1, 0(t0)", "addi a1, a1, -4"), to("bge a1, zero", "digit"), ...lines("jalr zero, 0(ra)")],
    },
  ];
}

function lines(...source: string[]): Piece[] {
  return source.map((line) => {
    const parsed = parse(line);
    if (!parsed) throw new Error(`cannot assemble ${line}`);
    return { mnemonic: parsed.row.mnemonic, operands: parsed.operands };
  });
}

/// A branch or a jump to a label.
function to(line: string, name: string): Piece {
  return { ...lines(`${line}, .0`)[0]!, to: { name, part: "offset", addend: 0 } };
}

function address(rd: number, name: string): Piece[] {
  return [
    { mnemonic: "auipc", operands: { rd }, to: { name, part: "high", addend: 0 } },
    { mnemonic: "addi", operands: { rd, rs1: rd }, to: { name, part: "low", addend: 0 } },
  ];
}
