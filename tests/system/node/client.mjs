// An official TypeScript client does what a spec file says and prints what it saw as JSON.
// usage: DBMUX_NODE_FOLDER=FOLDER node client.mjs SPEC.json    (what a spec holds: ../test_official_clients.py)
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { open } from "./clients.mjs";

const spec = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { client, transport, protocol, call: callTool } = open(spec);
await client.connect(transport);

const text = (result) => result.content[0].text;
const call = (name, args, options) => callTool({ name, arguments: args }, options);
const seen = { answers: {}, pages: [], read: {}, protocol: protocol(), instructions: client.getInstructions() };
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);

for (const one of spec.calls) {
  if (!seen.tools.includes(one.tool)) continue;
  const result = await call(one.tool, one.arguments);
  seen.answers[one.tool] = { error: Boolean(result.isError), text: text(result) };
}

const stop = new AbortController();
const slow = call(spec.slow.tool, spec.slow.arguments, { signal: stop.signal }).catch((error) => String(error));
await sleep(500);
stop.abort("no longer wanted");
await slow;
if (protocol() < "2026") await client.ping();
seen.after = text(await call("execute_query", spec.after));
for (let tries = 0; tries < 50; tries++) {  // the call is recorded when it has ended, which nobody is told
  seen.history = text(await call("query_history", {}));
  if (JSON.parse(seen.history).calls.some((past) => past.statement === spec.slow.arguments.query)) break;
  await sleep(100);
}

for (let args = spec.page; args; ) {
  const page = text(await call("execute_query", args));
  seen.pages.push(page);
  const { next } = JSON.parse(page);
  args = next ? { next } : undefined;
}

seen.resources = (await client.listResources()).resources.map((one) => one.uri);
seen.templates = (await client.listResourceTemplates()).resourceTemplates.map((one) => one.uriTemplate);
for (const uri of [...seen.resources, ...spec.read]) seen.read[uri] = (await client.readResource({ uri })).contents[0].text;

await client.close();
console.log(JSON.stringify(seen));
