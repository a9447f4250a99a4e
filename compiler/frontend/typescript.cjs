// TypeScript's own compiler, as ts-morph carries it.
const { createRequire } = require("node:module");
const { dirname, join } = require("node:path");
const { load } = require("#kept-script");

exports.ts = load(join(dirname(createRequire(require.resolve("ts-morph")).resolve("@ts-morph/common")), "typescript.js"));
