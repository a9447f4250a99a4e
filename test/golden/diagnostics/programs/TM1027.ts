namespace Inner {
  export const a = 1;
}
export function main(): void {}
