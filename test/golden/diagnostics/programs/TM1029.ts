export function main(): void {
  import("./other.js");
}
