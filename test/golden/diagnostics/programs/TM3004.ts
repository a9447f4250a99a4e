const archive = embed("no-such-file.bin");
export function main(): void {}
