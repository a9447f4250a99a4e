// Strings as slices of bytes.
const greeting = "héllo";
const names: readonly string[] = ["one", "two", "three"];
function count(text: string, byte: u8): u64 {
  let n: u64 = 0;
  for (const b of text) if (b === byte) n++;
  return n;
}
function trim(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === 0x20) end--;
  return text.slice(0, end);
}
export function main(): void {
  print(greeting, " ", greeting.length, " ", greeting[1], " ", "tab\tquote\"\\ \u{1F600} \x41", "\n");
  print("\xff".length, " ", "\u00ff".length, " ", count("banana", 0x61), " [", trim("x  "), "]\n");
  for (const name of names) print(name, " ", name.length, name === "two" ? "!" : "", " ");
  const bytes = "abc".bytes();
  print(bytes[2], " ", unsafe.text(bytes.slice(1)), "\n");
}
