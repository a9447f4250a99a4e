const enum Fixed { Tiny = 3 }
export function main(): void {
  print(zeroed<Arr<u8, typeof Fixed.Tiny>>().length);
}
