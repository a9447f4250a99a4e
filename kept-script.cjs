// Loads a CommonJS file with what V8 compiled of it in an earlier process. Plain CommonJS on purpose: it loads the
// rest, and an ES import of a file of megabytes first parses all of it for the names that it exports.
//
// What was compiled is kept with the project's modules, for this V8 and this file, and written when a process ends
// that found none: for all files that it loaded, since it used of them what the next one will.
const { isAscii } = require("node:buffer");
const { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { basename, dirname, join } = require("node:path");
const { cachedDataVersionTag, setFlagsFromString } = require("node:v8");
const { constants, Script } = require("node:vm");

/// Asked before any flag is set.
const version = cachedDataVersionTag();
// A ninth of what V8 would inline into a function: in processes that are over in seconds more is not worth its time,
// for which all that waits to be optimised waits (docs/adr/0017).
setFlagsFromString("--max-inlined-bytecode-size-cumulative=100");
/// Scripts that were loaded, by where they are kept.
const loaded = new Map();
let isIncomplete = false;

/// What the file exports.
exports.load = (path) => {
  const folder = modulesAbove(path);
  const kept = folder && join(folder, ".cache", "typemetal", nameOf(path));
  const cachedData = kept && read(kept);
  const source = readFileSync(path);
  const options = { filename: path, cachedData, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
  // A byte a character is quicker to read, and half as large.
  const script = new Script(wrap(source.toString(isAscii(source) ? "latin1" : "utf8")), options);
  if (kept) loaded.set(kept, script);
  if (kept && (!cachedData || script.cachedDataRejected)) keepAtEnd();
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
};

/// The project's folder of modules that this file is in, or beside.
function modulesAbove(path) {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (basename(folder) === "node_modules") return folder;
    const beside = join(folder, "node_modules");
    if (existsSync(beside)) return beside;
  }
  return undefined;
}

function nameOf(path) {
  const { size, mtimeMs } = statSync(path);
  return `${basename(path).replace(/\..*/, "")}-${version}-${size}-${Math.round(mtimeMs)}`;
}

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function keepAtEnd() {
  if (isIncomplete) return;
  isIncomplete = true;
  // V8 would forget code that ran once, a file's own body above all. What is compiled holds for the flags that it has
  // when that is taken.
  setFlagsFromString("--no-flush-bytecode");
  process.once("exit", () => {
    setFlagsFromString("--flush-bytecode");
    for (const [kept, script] of loaded) write(kept, script.createCachedData());
  });
}

/// Written aside, since processes share it. Where it cannot be written there is none.
function write(kept, data) {
  const [folder, aside] = [dirname(kept), `${kept}.${process.pid}`];
  const [, ofScript] = /^(.*-)\d+-\d+$/.exec(basename(kept));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(aside, data, { mode: 0o600 });
    renameSync(aside, kept);
    for (const name of readdirSync(folder))
      if (name.startsWith(ofScript) && /^\d+-\d+$/.test(name.slice(ofScript.length)) && join(folder, name) !== kept) rmSync(join(folder, name));
  } catch {
    if (existsSync(aside)) rmSync(aside);
  }
}
