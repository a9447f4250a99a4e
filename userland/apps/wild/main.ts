// Wild: writes through a pointer that leads nowhere. Its address space has no such page, so it ends there.
layout({ virtual: 0x1_0000, entry: main });

export function main(): void {
  unsafe.ptr<u64>(0xdead_f000).$ = 1;
}
