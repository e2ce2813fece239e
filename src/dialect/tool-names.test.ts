import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "../call/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { plainToolNames } from "./tool-names.ts";

const long = `mcp__server__${"list_".repeat(20)}`;

function requestWith(names: string[], more: object = {}): ChatRequest {
  const body = {
    model: "m",
    max_tokens: 1,
    messages: [{ role: "user", content: "Hi" }],
    tools: names.map((name) => ({ name, input_schema: { type: "object" } })),
    ...more,
  };
  const path = "/v1/messages";
  const call = anthropicMessages.open({
    operation: "chat",
    path,
    headers: new Headers(),
    body: Buffer.from(JSON.stringify(body)),
  });
  const decoded = call.decode();
  if (decoded.operation !== "chat") throw new Error("a chat was sent");
  return decoded.request;
}

const namesOf = (request: ChatRequest | undefined) => request?.tools.map(({ name }) => name);

describe("names of tools", () => {
  test("that every vendor takes stay", () =>
    expect(plainToolNames(requestWith(["weather", "_a-1", "x".repeat(64)]))).toBeUndefined());

  test.each([
    ["srv.tool:list", "srv_tool_list"],
    ["2fa", "_2fa"],
    ["-x", "_-x"],
    ["天气", "__"],
  ])("%s becomes %s", (name, plain) => {
    const named = plainToolNames(requestWith([name, "weather"]));
    expect(namesOf(named?.request)).toEqual([plain, "weather"]);
    expect(named?.clientNames).toEqual(new Map([[plain, name]]));
  });

  test("stay apart from each other, and are the same in the next turn", () => {
    const names = ["a.b", "a:b", "a_b", long, `${long}x`];
    const named = plainToolNames(requestWith(names));
    const plain = namesOf(named?.request) ?? [];
    expect(new Set(plain).size).toBe(names.length);
    expect(plain.filter((name) => !/^[A-Za-z_][\w-]{0,63}$/.test(name))).toEqual([]);
    expect(plain.map((name) => named?.clientNames.get(name) ?? name)).toEqual(names);
    expect(namesOf(plainToolNames(requestWith(names))?.request)).toEqual(plain);
  });

  test("are renamed in the choice and in earlier calls, of tools that are gone, too", () => {
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "old.tool", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "1" }] },
    ];
    const named = plainToolNames(requestWith([long], { messages, tool_choice: { type: "tool", name: long } }));
    expect(named?.request.toolChoice).toEqual({ type: "tool", name: namesOf(named?.request)?.[0] ?? "" });
    expect(named?.request.messages[1]?.content).toMatchObject([{ type: "tool-call", id: "t1", name: "old_tool" }]);
  });
});
