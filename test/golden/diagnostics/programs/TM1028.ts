export function main(): void {}
export default main;
