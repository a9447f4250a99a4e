// Faulty: reads past the end of an array, on purpose. The bounds check stops it; nothing else is hurt.
layout({ virtual: 0x1_0000, entry: main });

const numbers = zeroed<Arr<u64, 4>>();

export function main(): void {
  let sum: u64 = 0;
  for (let i: usize = 0; i <= numbers.length; i++) sum += numbers[i];
  numbers[0] = sum;
}
