// print(…): each part is written by one of these. Where bytes go, the target's file says.

/// Writes to the target's console.
declare function consoleWrite(text: string): void;

export function printText(text: string): void {
  consoleWrite(text);
}

export function printBoolean(value: boolean): void {
  consoleWrite(value ? "true" : "false");
}

export function printUnsigned(value: u64): void {
  const digits = unsafe.uninitialized<Arr<u8, 20>>();
  let at: usize = 20;
  let rest = value;
  do {
    at--;
    digits[at] = u8(rest % 10) + 48;
    rest /= 10;
  } while (rest !== 0);
  consoleWrite(unsafe.text(digits.slice(at)));
}

export function printSigned(value: i64): void {
  if (value >= 0) return printUnsigned(u64(value));
  consoleWrite("-");
  printUnsigned(u64(-value));
}

/// With "0x", without leading zeros.
export function printHex(value: u64): void {
  const digits = unsafe.uninitialized<Arr<u8, 16>>();
  let at: usize = 16;
  let rest = value;
  do {
    at--;
    digits[at] = "0123456789abcdef"[rest & 15];
    rest = rest >>> 4;
  } while (rest !== 0);
  consoleWrite("0x");
  consoleWrite(unsafe.text(digits.slice(at)));
}
