// Builds dist/, or another folder: `npm run build [-- --outdir FOLDER]`.
//
//     cli.cjs    starts the command: main.cjs, all of it in one file, as V8 compiled it in an earlier process
//     index.js   the package for programs, with its chunks; *.d.ts by tsc
//     licenses   of the packages that became a part of main.cjs
//
// `--only-command` leaves out the second, and the rewriting of lists, whose types take seconds.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, type BuildOptions } from "esbuild";
import { listsByIndex } from "./build-lists.js";

const { values } = parseArgs({ options: { outdir: { type: "string", default: "dist" }, "only-command": { type: "boolean", default: false } } });
const { outdir, "only-command": isOnlyCommand } = values;
rmSync(outdir, { recursive: true, force: true });

const plugins = isOnlyCommand ? [] : [listsByIndex("tsconfig.build.json")];
const common: BuildOptions = { plugins, bundle: true, platform: "node", target: "node20", logLevel: "warning" };
const { metafile } = await build({
  ...common,
  entryPoints: ["cli.ts"],
  outfile: join(outdir, "main.cjs"),
  format: "cjs",
  external: ["#typescript", "vscode-languageserver"],
  define: { "import.meta.url": "fileUrl" },
  banner: { js: 'const fileUrl = require("node:url").pathToFileURL(__filename).href;' },
  metafile: true,
});
writeFileSync(join(outdir, "cli.cjs"), '#!/usr/bin/env node\nrequire("#kept-script").load(require.resolve("./main.cjs"));\n', { mode: 0o755 });
writeFileSync(join(outdir, "licenses"), licenses(Object.keys(metafile!.inputs)).join("\n"));
if (!isOnlyCommand) await build({ ...common, entryPoints: ["index.ts"], outdir, splitting: true, format: "esm", packages: "external", external: ["#typescript"] });

function licenses(files: readonly string[]): string[] {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...packages].sort().map((folder) => {
    const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    if (!name) throw new Error(`${folder} has no license`);
    return `${folder.replace(/^.*node_modules\//, "")}\n\n${readFileSync(join(folder, name), "utf8")}`;
  });
}
