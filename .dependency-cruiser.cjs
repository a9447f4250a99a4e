// The arrows between folders (docs/architecture.md). `npm run arrows` fails on any other.
const leaf = (path, allowed) => ({
  name: `${path} is a leaf`,
  severity: "error",
  from: { path: `^${path}/` },
  to: { path: "^(cli|index|compiler|emulator|kernel|userland)", pathNot: `^(${[path, ...allowed].join("|")})/` },
});
const core = "^(emulator/(isa|wasm|cpu|jit|devices|machine)|compiler/(frontend|ir|passes|rv64|wasm|object|pipeline))";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    leaf("emulator/isa", []),
    leaf("emulator/wasm", ["emulator/isa"]),
    leaf("compiler/object", []),
    leaf("kernel/abi", []),
    {
      name: "only the front end knows TypeScript's compiler",
      severity: "error",
      from: { pathNot: "^compiler/frontend/" },
      to: { path: "ts-morph|node_modules/typescript/" },
    },
    {
      name: "the compiler uses the instruction table and wasm, nothing else of the emulator",
      severity: "error",
      from: { path: "^compiler/" },
      to: { path: "^(emulator/(?!isa/|wasm/)|kernel/|userland/)" },
    },
    {
      name: "machine and debug may read object files; else the emulator stands alone",
      severity: "error",
      from: { path: "^emulator/" },
      to: { path: "^(compiler/(?!object/)|userland/|kernel/(?!abi/))" },
    },
    {
      name: "object files are for machine, debug and commands",
      severity: "error",
      from: { path: "^emulator/(isa|wasm|cpu|jit|devices)/" },
      to: { path: "^compiler/" },
    },
    {
      name: "userland knows the kernel by its abi",
      severity: "error",
      from: { path: "^userland/" },
      to: { path: "^(compiler|emulator|kernel/(?!abi/))" },
    },
    {
      name: "the kernel stands alone",
      severity: "error",
      from: { path: "^kernel/(?!commands/)" },
      to: { path: "^(compiler|emulator|userland)" },
    },
    {
      // typescript.cjs is for Node alone: package.json gives others ts-morph itself.
      name: "the core runs in a browser: no Node built-ins",
      severity: "error",
      from: { path: core, pathNot: "typescript[.]cjs$" },
      to: { dependencyTypes: ["core"] },
    },
    { name: "no unresolvable import", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|build|test)/|\\.d\\.ts$" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".d.ts"], exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    tsConfig: { fileName: "tsconfig.json" },
  },
};
