enum Op {
  Push,
  Add,
  Sub,
  Mul,
  Dup,
  Swap,
  Jnz,
  Load,
  Store,
  Xor,
  Dec,
  Halt,
}
const code: readonly u8[] = [
  Op.Push, 200, Op.Store, 0, Op.Push, 1, Op.Store, 1,
  Op.Load, 1, Op.Push, 31, Op.Mul, Op.Load, 0, Op.Add, Op.Dup, Op.Push, 7, Op.Xor, Op.Swap, Op.Sub, Op.Load, 1, Op.Add, Op.Store, 1,
  Op.Load, 0, Op.Dec, Op.Dup, Op.Store, 0, Op.Jnz, 8, Op.Halt,
];
const stack = zeroed<Arr<u64, 32>>();
const slots = zeroed<Arr<u64, 4>>();

function execute(): u64 {
  let pc: u64 = 0;
  let sp: u64 = 0;
  for (;;) {
    const op = code[pc++];
    switch (op) {
      case Op.Push:
        stack[sp++] = code[pc++];
        break;
      case Op.Add:
        sp--;
        stack[sp - 1] += stack[sp];
        break;
      case Op.Sub:
        sp--;
        stack[sp - 1] -= stack[sp];
        break;
      case Op.Mul:
        sp--;
        stack[sp - 1] *= stack[sp];
        break;
      case Op.Dup:
        stack[sp] = stack[sp - 1];
        sp++;
        break;
      case Op.Swap: {
        const t = stack[sp - 1];
        stack[sp - 1] = stack[sp - 2];
        stack[sp - 2] = t;
        break;
      }
      case Op.Jnz: {
        const to = code[pc++];
        if (stack[--sp] !== 0) pc = to;
        break;
      }
      case Op.Load:
        stack[sp++] = slots[code[pc++] & 3];
        break;
      case Op.Store:
        slots[code[pc++] & 3] = stack[--sp];
        break;
      case Op.Xor:
        sp--;
        stack[sp - 1] ^= stack[sp];
        break;
      case Op.Dec:
        stack[sp - 1]--;
        break;
      default:
        return slots[1];
    }
  }
}

export function run(): u64 {
  let h: u64 = 0;
  for (let i: u32 = 0; i < 10; i++) h = h * 31 + execute() + i;
  return h;
}
