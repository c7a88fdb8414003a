// Reads texts as a JSON array from standard input and prints how many o200k tokens each has, as a JSON array.
// usage: DBMUX_NODE_FOLDER=FOLDER node count_tokens.mjs < TEXTS.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.DBMUX_NODE_FOLDER}/package.json`);
const { countTokens } = require("gpt-tokenizer/encoding/o200k_base");
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((text) => countTokens(text))));
