import { expect, test } from "bun:test";
import type { ChatRequest } from "../call/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { openaiChat } from "./openai-chat/index.ts";

function decode(dialect: typeof openaiChat, body: string): ChatRequest {
  const opened = dialect.open({ operation: "chat", path: "/", headers: new Headers(), body: Buffer.from(body) });
  const decoded = opened.decode();
  if (decoded.operation !== "chat") throw new Error(`decoded as ${decoded.operation}`);
  return decoded.request;
}

const schema = `{"type": "object", "properties": {"10": {"const": 4611686018427387905}, "9": {"maximum": 1.0}}}`;
const plain = `{"type":"object","properties":{"a":{"type":"string"}}}`;

test("schemas of tools are kept as they were written where parsing them loses something", () => {
  const { tools } = decode(
    openaiChat,
    `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[
      {"type":"function","function":{"name":"a","parameters":${plain}}} ,
      {"function":{"parameters":${schema},"name":"b"},"type":"function"},{"type":"function","function":{"name":"c"}}]}`,
  );
  expect(tools.map(({ parametersJson }) => parametersJson)).toEqual([undefined, schema, undefined]);
  const anthropic = decode(
    anthropicMessages,
    `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"a","input_schema":${plain}},
      {"name":"web","type":"web_search_20250305"},{"name":"b","input_schema":${schema}}]}`,
  );
  expect(anthropic.tools.map(({ parametersJson }) => parametersJson)).toEqual([undefined, schema]);
  // On the way to a vendor of another dialect no digit is lost, either.
  for (const found of [tools[1], anthropic.tools[1]])
    expect(JSON.stringify(found?.parameters)).toContain('{"const":4611686018427387905}');
});

test("the text of a schema stays here: a vendor is sent the schema alone", () => {
  const request = decode(
    anthropicMessages,
    `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"b","input_schema":${schema}}]}`,
  );
  const { body } = openaiChat.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
  const [tool] = body["tools"] as { function: object }[];
  expect(Object.keys(tool?.function ?? {})).toEqual(["name", "parameters"]);
});

test("arguments sent as an object keep the digits of their numbers", () => {
  const { messages } = decode(
    openaiChat,
    `{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"id":4611686018427387905,"wei":-0.123456789012345678}}}]}]}`,
  );
  expect(messages[0]?.content).toMatchObject([{ arguments: '{"id":4611686018427387905,"wei":-0.123456789012345678}' }]);
});
