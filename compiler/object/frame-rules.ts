// How a function of assembly says where the caller's registers are: the `.cfi_…` directives of GNU as, and what they
// are in .debug_frame (DWARF 5, section 6.4.2). A distance counts from the frame's address, in bytes.

export interface FrameRuleForm {
  readonly operands: readonly ("register" | "distance")[];
  /// The call frame instruction; none of those that describe the whole function, in its CIE.
  readonly code?: number;
  /// The distance is a signed number of words.
  readonly inWords?: true;
}

export const frameRuleForms: Readonly<Record<string, FrameRuleForm>> = {
  signal_frame: { operands: [] },
  return_column: { operands: ["register"] },
  undefined: { operands: ["register"], code: 0x07 },
  same_value: { operands: ["register"], code: 0x08 },
  register: { operands: ["register", "register"], code: 0x09 },
  remember_state: { operands: [], code: 0x0a },
  restore_state: { operands: [], code: 0x0b },
  def_cfa: { operands: ["register", "distance"], code: 0x0c },
  offset: { operands: ["register", "distance"], code: 0x11, inWords: true },
};

/// One directive: a form's name, and its operands; registers by their DWARF numbers (CSRs from 4096 on).
export interface FrameRule {
  readonly name: string;
  readonly operands: readonly number[];
}
export const FIRST_CSR = 4096;
