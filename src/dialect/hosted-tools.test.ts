import { expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

const headers = { get: () => null };
const malformed = ['"\\u00"', '"\\u00\\x"', '"a\\u0041\n"'];

test("a malformed string among tools is a fault of the body, and not of ours", () => {
  for (const text of malformed)
    for (const tool of [`{${text}:1}`, `{"type":${text}}`, `{"Type":${text},"x":[]}`])
      for (const [dialect, path] of [
        [openaiChat, "/v1/chat/completions"],
        [anthropicMessages, "/v1/messages"],
      ] as const) {
        const body = Buffer.from(`{"model":"m","max_tokens":1,"messages":[{}],"tools":[${tool}]}`);
        let thrown: unknown;
        try {
          dialect.open({ operation: "chat", path, headers, body });
        } catch (error) {
          thrown = error;
        }
        expect({ tool, thrown, isOurs: thrown instanceof SahabError }).toMatchObject({
          tool,
          thrown: { code: "invalid_json", message: expect.stringContaining("tools") as string },
          isOurs: true,
        });
      }
});

const mcp = { type: "mcp", server_label: "s", server_url: "http://169.254.169.254/" };
const search = { type: "file_search", vector_store_ids: ["vs_1"] };
const plain = { type: "function", name: "f", parameters: { type: "object" } };
const namespace = (...tools: object[]) => ({ type: "namespace", name: "n", tools });
const said = { role: "user", content: "hi" };
const asChat = { dialect: openaiChat, path: "/v1/chat/completions", turns: "messages" };
const asResponses = { dialect: openaiResponses, path: "/v1/responses", turns: "input" };
const asMessages = { dialect: anthropicMessages, path: "/v1/messages", turns: "messages" };
const asAny = [asChat, asResponses, asMessages];

function refusals({ dialect, path }: typeof asChat, body: object): unknown[] {
  const json = JSON.stringify({ model: "m", max_tokens: 1, ...body });
  // An escape is the same letter to every parser.
  return [json, json.replaceAll('"mcp"', String.raw`"\u006dcp"`)].map((bytes) => {
    try {
      dialect.open({ operation: "chat", path, headers, body: Buffer.from(bytes) }).rewrite("other");
      return undefined;
    } catch (error) {
      return error instanceof SahabError ? error.param : error;
    }
  });
}

test("tools that a vendor would run are refused at any depth, and in turns that bring tools", () => {
  for (const at of asAny) {
    const { turns } = at;
    for (const [expected, body] of [
      ["tools[1]", { [turns]: [said], tools: [plain, mcp] }],
      ["tools[0].tools[1]", { [turns]: [said], tools: [namespace(plain, mcp)] }],
      ["tools[0].tools[0]", { [turns]: [said], tools: [namespace(search)] }],
      ["tools[1].tools[0].tools[0]", { [turns]: [said], tools: [plain, namespace(namespace(mcp))] }],
      ["tools[0].tools[0]", { [turns]: [said], tools: [{ ...namespace(), tools: mcp }] }],
      [`${turns}[1].tools[1]`, { [turns]: [said, { type: "tool_search_output", tools: [plain, mcp] }] }],
      [`${turns}[1].tools[0]`, { [turns]: [said, { type: "additional_tools", role: "developer", tools: [search] }] }],
      [`${turns}[0].tools[0].tools[0]`, { [turns]: [{ role: "system", tools: [namespace(mcp)] }, said] }],
      [`${turns}[0].tools[0]`, { [turns]: [{ role: "system", Tools: [{ Type: "mcp" }] }] }],
      [`${turns}[0].content[1].tools[0]`, { [turns]: [{ role: "user", content: [{}, { type: "x", tools: [mcp] }] }] }],
    ] as const)
      expect({ body, params: refusals(at, body) }).toEqual({ body, params: [expected, expected] });
  }
});

test("what only speaks of such tools passes", () => {
  const schema = { type: "object", properties: { tools: { type: "array", examples: [{ tools: [mcp] }] } } };
  const call = { type: "tool_use", id: "c", name: "f", input: { tools: [mcp] } };
  for (const at of asAny)
    for (const body of [
      { [at.turns]: [said], tools: [{ ...plain, parameters: schema, function: { name: "f", parameters: schema } }] },
      { [at.turns]: [{ role: "user", content: JSON.stringify({ tools: [mcp] }) }] },
      { [at.turns]: [{ role: "assistant", content: [call] }] },
      { [at.turns]: [said, { type: "mcp_call", name: "f", arguments: "{}" }] },
    ])
      expect({ body, params: refusals(at, body) }).toEqual({ body, params: [undefined, undefined] });
});
