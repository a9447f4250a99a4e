#include "k.h"
enum { VALID = 1, LEAF = 14 };
static u64 memory[32][512];
static struct { u64 free, root; } frames;
static u64 ctz(u64 x) {
  u64 n = 0;
  if (x == 0) return 64;
  if (!(x & 0xffffffff)) { n += 32; x >>= 32; }
  if (!(x & 0xffff)) { n += 16; x >>= 16; }
  if (!(x & 0xff)) { n += 8; x >>= 8; }
  if (!(x & 0xf)) { n += 4; x >>= 4; }
  if (!(x & 3)) { n += 2; x >>= 2; }
  return n + !(x & 1);
}
typedef struct { int present; u64 value; } option;
static option take_frame(void) {
  if (!frames.free) return (option){ 0, 0 };
  u64 frame = ctz(frames.free);
  frames.free &= frames.free - 1;
  for (u64 i = 0; i < 512; i += 8) {
    memory[frame][i] = 0; memory[frame][i + 1] = 0; memory[frame][i + 2] = 0; memory[frame][i + 3] = 0;
    memory[frame][i + 4] = 0; memory[frame][i + 5] = 0; memory[frame][i + 6] = 0; memory[frame][i + 7] = 0;
  }
  return (option){ 1, frame };
}
static u64 index_of(u64 vaddr, u64 level) { return (vaddr >> (12 + 9 * level)) & 511; }
static u64 *walk(u64 vaddr, int create) {
  u64 table = frames.root;
  for (u64 level = 2; level > 0; level--) {
    u64 *entry = &memory[table][index_of(vaddr, level)];
    if (!(*entry & VALID)) {
      if (!create) return 0;
      option frame = take_frame();
      if (!frame.present) return 0;
      *entry = (frame.value << 10) | VALID;
    }
    table = *entry >> 10;
  }
  return &memory[table][index_of(vaddr, 0)];
}
static int map(u64 vaddr, u64 paddr, u64 rights) {
  u64 *entry = walk(vaddr, 1);
  if (!entry || (*entry & VALID)) return 0;
  *entry = ((paddr >> 12) << 10) | rights | VALID;
  return 1;
}
static option translate(u64 vaddr) {
  u64 *entry = walk(vaddr, 0);
  if (!entry || !(*entry & LEAF)) return (option){ 0, 0 };
  return (option){ 1, ((*entry >> 10) << 12) | (vaddr & 4095) };
}
static int unmap(u64 vaddr) {
  u64 *entry = walk(vaddr, 0);
  if (!entry || !(*entry & VALID)) return 0;
  *entry = 0;
  return 1;
}
static u64 count(u64 *table, u64 level) {
  u64 found = 0;
  for (u64 i = 0; i < 512; i++) {
    u64 entry = table[i];
    if (!(entry & VALID)) continue;
    if (level > 0) found += count(memory[entry >> 10], level - 1); else found++;
  }
  return found;
}
u64 run(void) {
  frames.free = (1ull << 32) - 1;
  option root = take_frame();
  frames.root = root.present ? root.value : 0;
  u64 h = 0, seed = 5;
  for (u64 i = 0; i < 600; i++) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    u64 vaddr = ((seed >> 33) & 0x1f000) | ((seed >> 5) & 0x3) << 30 | ((seed >> 9) & 0x3) << 21;
    if (map(vaddr, (i + 1) << 12, 2 + (i & 4))) h += vaddr;
    if ((seed >> 60) < 3 && unmap(vaddr)) h ^= vaddr << 3;
  }
  for (u64 vaddr = 0; vaddr < 0x20000; vaddr += 0x800)
    for (u64 top = 0; top < 4; top++) { option found = translate(vaddr | (top << 30)); h = h * 31 + (found.present ? found.value : 1); }
  return h * 31 + count(memory[frames.root], 2);
}
