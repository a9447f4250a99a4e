// TypeScript's own compiler, as ts-morph carries it. CommonJS on purpose: an ES import of a file of nine
// megabytes first parses all of it for the names that it exports, which takes longer than loading it.
//
// Most of the loading is V8's, which compiles the file anew in each process. What it compiled is kept with the
// project's modules, for this V8 and this file, and written when a process that found none ends. From Node 22 on
// cli.ts has Node itself do that.
const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require("node:fs");
const module_ = require("node:module");
const { dirname, join } = require("node:path");
const { cachedDataVersionTag } = require("node:v8");
const { Script } = require("node:vm");

const path = join(dirname(module_.createRequire(require.resolve("ts-morph")).resolve("@ts-morph/common")), "typescript.js");
exports.ts = module_.enableCompileCache ? require(path) : load();

function load() {
  const kept = keptPath();
  const cachedData = kept && existsSync(kept) ? readFileSync(kept) : undefined;
  const script = new Script(module_.wrap(readFileSync(path, "utf8")), { filename: path, cachedData });
  const loaded = { exports: {} };
  script.runInThisContext()(loaded.exports, module_.createRequire(path), loaded, path, dirname(path));
  // At the end, when what was used is compiled.
  if (kept && (!cachedData || script.cachedDataRejected)) process.once("exit", () => keep(script, kept));
  return loaded.exports;
}

/// Beside the modules of the project that has TypeScript; undefined where there is no such folder.
function keptPath() {
  const modules = path.slice(0, path.lastIndexOf("node_modules") + "node_modules".length);
  const { size, mtimeMs } = statSync(path);
  return modules.endsWith("node_modules") ? join(modules, ".cache", "typemetal", `typescript-${cachedDataVersionTag()}-${size}-${Math.round(mtimeMs)}`) : undefined;
}

/// Where it cannot be written there is none.
function keep(script, kept) {
  const aside = `${kept}.${process.pid}`;
  try {
    mkdirSync(dirname(kept), { recursive: true, mode: 0o700 });
    writeFileSync(aside, script.createCachedData(), { mode: 0o600 });
    renameSync(aside, kept);
  } catch {
    rmSync(aside, { force: true });
  }
}
