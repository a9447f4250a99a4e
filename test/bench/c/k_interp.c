#include "k.h"
enum { PUSH, ADD, SUB, MUL, DUP, SWAP, JNZ, LOAD, STORE, XOR, DEC, HALT };
static const u8 code[] = {PUSH, 200, STORE, 0, PUSH, 1, STORE, 1,
                          LOAD, 1, PUSH, 31, MUL, LOAD, 0, ADD, DUP, PUSH, 7, XOR, SWAP, SUB, LOAD, 1, ADD, STORE, 1,
                          LOAD, 0, DEC, DUP, STORE, 0, JNZ, 8, HALT};
static u64 stack[32], slots[4];
static u64 execute(void) {
  u64 pc = 0, sp = 0;
  for (;;) {
    u8 op = code[pc++];
    switch (op) {
    case PUSH: stack[sp++] = code[pc++]; break;
    case ADD: sp--; stack[sp - 1] += stack[sp]; break;
    case SUB: sp--; stack[sp - 1] -= stack[sp]; break;
    case MUL: sp--; stack[sp - 1] *= stack[sp]; break;
    case DUP: stack[sp] = stack[sp - 1]; sp++; break;
    case SWAP: { u64 t = stack[sp - 1]; stack[sp - 1] = stack[sp - 2]; stack[sp - 2] = t; break; }
    case JNZ: { u8 to = code[pc++]; if (stack[--sp] != 0) pc = to; break; }
    case LOAD: stack[sp++] = slots[code[pc++] & 3]; break;
    case STORE: slots[code[pc++] & 3] = stack[--sp]; break;
    case XOR: sp--; stack[sp - 1] ^= stack[sp]; break;
    case DEC: stack[sp - 1]--; break;
    default: return slots[1];
    }
  }
}
u64 run(void) {
  u64 h = 0;
  for (u32 i = 0; i < 10; i++)
    h = h * 31 + execute() + i;
  return h;
}
