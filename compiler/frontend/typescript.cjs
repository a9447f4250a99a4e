// TypeScript's own compiler, as ts-morph carries it. CommonJS on purpose: an ES import of a file of nine
// megabytes first parses all of it for the names that it exports, which takes longer than loading it.
const { createRequire } = require("node:module");

exports.ts = createRequire(require.resolve("ts-morph"))("@ts-morph/common").ts;
