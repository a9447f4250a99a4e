class Page {
  used: boolean;
}
export function main(): void {
  const pages = arr<Page, 4>();
  const all = pages.entries();
  for (const entry of pages.entries()) print(entry[0]);
}
