// The two major versions of the official TypeScript client, asked in one way.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.DBMUX_NODE_FOLDER}/package.json`);

// Major version 1: handlers are found by schema, and it knows the handshake only.
function version1(spec, capabilities) {
  const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
  const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
  const types = require("@modelcontextprotocol/sdk/types.js");
  const schema = {
    "elicitation/create": types.ElicitRequestSchema, "sampling/createMessage": types.CreateMessageRequestSchema,
    "roots/list": types.ListRootsRequestSchema, "notifications/message": types.LoggingMessageNotificationSchema,
    "notifications/tools/list_changed": types.ToolListChangedNotificationSchema,
    "notifications/prompts/list_changed": types.PromptListChangedNotificationSchema,
    "notifications/resources/updated": types.ResourceUpdatedNotificationSchema,
  };
  const client = new Client({ name: "system-test", version: "1" }, { capabilities });
  const transport = new StdioClientTransport({ command: spec.command, args: spec.args, env: spec.env, stderr: "inherit" });
  let protocol;
  transport.setProtocolVersion = (version) => { protocol = version; };
  return {
    client, transport, protocol: () => protocol,
    onRequest: (method, answer) => client.setRequestHandler(schema[method], answer),
    onNotification: (method, take) => client.setNotificationHandler(schema[method], take),
    call: (params, options) => client.callTool(params, undefined, options),
  };
}

function version2(spec, capabilities) {
  const { Client } = require("@modelcontextprotocol/client");
  const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");
  const client = new Client({ name: "system-test", version: "1" }, { capabilities, versionNegotiation: { mode: spec.mode } });
  const transport = new StdioClientTransport({ command: spec.command, args: spec.args, env: spec.env, stderr: "inherit" });
  return {
    client, transport, protocol: () => client.getNegotiatedProtocolVersion(),
    onRequest: (method, answer) => client.setRequestHandler(method, answer),
    onNotification: (method, take) => client.setNotificationHandler(method, take),
    call: (params, options) => client.callTool(params, options),
  };
}

// spec: command, args, env; package ("sdk" or "client") and, of the second, mode.
export function open(spec, capabilities = {}) {
  return spec.package === "sdk" ? version1(spec, capabilities) : version2(spec, capabilities);
}
