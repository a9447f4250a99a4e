// A line of text under construction: what a program prints goes out in one message.

export class Line {
  length: usize;
  bytes: Arr<u8, 256>;

  text(text: string): void {
    this.add(text.bytes());
  }

  /// What does not fit is left out.
  add(bytes: readonly u8[]): void {
    for (let i: usize = 0; i < bytes.length && this.length < this.bytes.length; i++) {
      this.bytes[this.length] = bytes[i];
      this.length += 1;
    }
  }

  decimal(value: u64): void {
    const digits = arr<u8, 20>(20);
    let at: usize = 20;
    let rest = value;
    do {
      at -= 1;
      digits[at] = u8(0x30 + (rest % 10));
      rest /= 10;
    } while (rest !== 0);
    this.add(digits.slice(at));
  }

  hexadecimal(value: u64): void {
    this.text("0x");
    let shift: u64 = 60;
    while (shift > 0 && value >>> shift === 0) shift -= 4;
    for (;;) {
      this.add("0123456789abcdef".bytes().slice((value >>> shift) & 15, ((value >>> shift) & 15) + 1));
      if (shift === 0) return;
      shift -= 4;
    }
  }

  /// Spaces up to a column.
  padTo(column: usize): void {
    while (this.length < column) this.text(" ");
  }

  content(): readonly u8[] {
    return this.bytes.slice(0, this.length);
  }
}
