// The official TypeScript clients ask the conformance plugin for everything and print what came back.
// usage: DBMUX_NODE_FOLDER=FOLDER node conformance.mjs SPEC.json    (what a spec holds: ../test_conformance_clients.py)
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { open } from "./clients.mjs";

const spec = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { client, transport, protocol, onRequest, onNotification, call } = open(spec, { elicitation: {}, sampling: {}, roots: {} });
const heard = [], logs = [];
let answers = {}, asked = [];
const answer = (question, method, params) => {
  asked.push([method, params]);
  return answers[question];
};
onRequest("elicitation/create", async ({ params }) => answer(params.message, "elicitation/create", params));
onRequest("sampling/createMessage", async ({ params }) => {
  const { content } = params.messages[0];
  return answer((Array.isArray(content) ? content[0] : content).text, "sampling/createMessage", params);
});
onRequest("roots/list", async () => answer("roots", "roots/list", {}));
onNotification("notifications/message", async ({ params }) => { logs.push(params); });
for (const method of ["notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/updated"]) {
  onNotification(method, async () => { heard.push(method); });
}
await client.connect(transport);
const stateless = protocol() >= "2026";

const perform = (method, params, options) => ({
  "tools/call": () => call(params, options),
  "resources/read": () => client.readResource(params),
  "prompts/get": () => client.getPrompt(params),
  "completion/complete": () => client.complete(params),
})[method]();

async function eventually(condition) {
  for (const until = Date.now() + 30_000; !condition(); await sleep(10)) {
    if (Date.now() > until) throw new Error("waited in vain");
  }
}

const seen = { protocol: protocol(), answered: {}, asked: {}, questions: {}, reported: {}, refused: {} };
for (const [name, [method, params]] of Object.entries(spec.answered)) seen.answered[name] = await perform(method, params);
for (const [name, one] of Object.entries(spec.asked)) {
  answers = one.answers;
  asked = [];
  seen.asked[name] = await perform(...one.request);
  seen.questions[name] = asked;
}
for (const [name, [method, params]] of Object.entries(spec.reported)) {
  logs.length = 0;
  const progress = [];
  const wanted = stateless ? { ...params, _meta: { "io.modelcontextprotocol/logLevel": "info" } } : params;
  const result = await perform(method, wanted, { onprogress: (one) => progress.push(one) });
  seen.reported[name] = { result, logs: [...logs], progress };
}
for (const [name, [method, params]] of Object.entries(spec.refused)) {
  seen.refused[name] = await perform(method, params).catch(({ code, message }) => ({ code, message }));
}
seen.tools = (await client.listTools()).tools;
seen.prompts = (await client.listPrompts()).prompts;
seen.resources = (await client.listResources()).resources;
seen.templates = (await client.listResourceTemplates()).resourceTemplates;

let subscription;
if (stateless) {
  subscription = await client.listen({ toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: [spec.watched] });
} else {
  await client.subscribeResource({ uri: spec.watched });
}
heard.length = 0;
for (const [count, name] of spec.triggers.entries()) {
  await call({ name });
  await eventually(() => heard.length > count);
}
seen.heard = heard.sort();
seen.tools_then = (await client.listTools()).tools.map((tool) => tool.name);
await subscription?.close();

await client.close();
console.log(JSON.stringify(seen));
