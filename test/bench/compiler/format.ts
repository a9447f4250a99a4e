const buffer = zeroed<Arr<u8, 256>>();
let at: u64 = 0;

function put(c: u8): void {
  if (at < 256) buffer[at++] = c;
}
function text(s: string): void {
  for (const c of s) put(c);
}
function decimal(value: u64): void {
  const digits = unsafe.uninitialized<Arr<u8, 20>>();
  let n = value;
  let i: u64 = 20;
  do {
    digits[--i] = u8(n % 10) + 48;
    n /= 10;
  } while (n !== 0);
  while (i < 20) put(digits[i++]);
}
function hex(n: u64): void {
  for (let shift: i32 = 60; shift >= 0; shift -= 4) {
    const d = u8((n >>> shift) & 15);
    put(d < 10 ? 48 + d : 87 + d);
  }
}

export function run(): u64 {
  let h: u64 = 0;
  for (let i: u64 = 0; i < 60; i++) {
    at = 0;
    text("value ");
    decimal(i * i * 7919);
    text(" at 0x");
    hex(h);
    for (let k: u64 = 0; k < at; k++) h = (h ^ buffer[k]) * 1099511628211;
  }
  return h;
}
