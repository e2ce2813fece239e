import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "./chat.ts";
import { plainChat } from "./plain-chat.ts";
import { Dropped, findDropped, type Lack } from "./dropped.ts";
import { commonPlaces } from "./field-places.ts";

const origin = "anthropic-messages";
const plain: ChatRequest = {
  dialect: "openai-chat",
  model: "m",
  messages: [],
  ...plainChat,
};
const nothing: ReadonlySet<Lack> = new Set();

describe("the list", () => {
  test("has each path once, in order, and nothing that is null", () => {
    const dropped = new Dropped();
    dropped.add("b");
    dropped.addFields("x.", { a: 1, b: null, c: undefined, format: { d: 1 }, other: { e: 1 } });
    dropped.add("b");
    expect(dropped.list).toEqual(["b", "x.a", "x.format.d", "x.other"]);
  });

  test("says where it is not whole", () => {
    const dropped = new Dropped();
    for (let index = 0; index < 40; index++) dropped.add(`x${index}`);
    expect(dropped.list).toHaveLength(40);
    dropped.add("x0");
    expect(dropped.list).not.toContain("more");
    for (let index = 40; index < 100; index++) dropped.add(`x${index}`);
    expect(dropped.list.slice(-2)).toEqual(["x39", "more"]);
    expect(dropped.list).toHaveLength(41);
  });

  test("holds little of a long name", () => {
    const dropped = new Dropped();
    dropped.add("x".repeat(10_000));
    expect(dropped.list.map((path) => path.length)).toEqual([100]);
  });
});

describe("what is dropped of a chat request", () => {
  const request: ChatRequest = {
    ...plain,
    messages: [
      {
        role: "assistant",
        name: "n",
        content: [
          { type: "text", text: "a", cache: {}, extensions: { x: 1 } },
          { type: "image", url: "https://e.x", detail: "low" },
          { type: "reasoning", text: "r", signature: { value: "s", origin } },
          { type: "reasoning", text: "r" },
          { type: "tool-call", id: "t", name: "f", arguments: "{}", cache: {}, extensions: { function: { y: 1 } } },
          { type: "other", value: { type: "video" } },
        ],
        extensions: { prefix: true },
      },
      { role: "tool", toolCallId: "t", content: [], isError: true, extensions: { z: 1 } },
    ],
    tools: [{ name: "f", cache: {}, extensions: { w: 1 } }],
    hostedTools: [{ index: 1, type: "search", value: {} }],
    reasoning: { enabled: false, effort: "low", budgetTokens: 1 },
    responseFormat: { type: "json-schema", name: "n", description: "d", schema: {} },
    sampling: { seed: 1, repeatPenalty: 1 },
    extensions: { logit_bias: {}, user: "u" },
  };

  test("nothing, for an upstream of its dialect that lacks nothing, but for others' signatures", () => {
    expect(findDropped(request, { dialect: "openai-chat", api: "tests", lacks: nothing }).list).toEqual([
      "messages[].content[].signature",
    ]);
    expect(
      findDropped({ ...request, dialect: origin }, { dialect: origin, api: "tests", lacks: nothing }).list,
    ).toEqual([]);
  });

  test("what its dialect has of its own, for others", () => {
    const { list } = findDropped(request, { api: "tests", lacks: nothing, extensions: new Set(["logit_bias"]) });
    expect(list.toSorted()).toEqual([
      "messages[].content[].signature",
      "messages[].content[].video",
      "messages[].content[].x",
      "messages[].prefix",
      "messages[].tool_calls[].function.y",
      "messages[].z",
      "tools[1]",
      "tools[].w",
      "user",
    ]);
  });

  test.each<[Lack, string[]]>([
    ["cache", ["messages[].content[].cache_control", "tools[].cache_control"]],
    ["call-cache", ["messages[].tool_calls[].cache_control"]],
    ["message-name", ["messages[].name"]],
    ["tool-error", ["messages[].content[].is_error"]],
    ["image-detail", ["messages[].content[].image_url.detail"]],
    ["reasoning-budget", ["thinking.budget_tokens"]],
    ["idle-effort", ["output_config.effort"]],
    ["format-name", ["response_format.json_schema.name"]],
    ["format-description", ["response_format.json_schema.description"]],
    ["seed", ["seed"]],
    ["repeatPenalty", ["repetition_penalty"]],
    ["topK", []],
  ])("what an upstream lacks: %s", (lack, paths) => {
    const { list } = findDropped(request, { dialect: "openai-chat", api: "tests", lacks: new Set([lack]) });
    expect(list.toSorted()).toEqual(["messages[].content[].signature", ...paths].toSorted());
  });

  test("reasoning as a whole, but where it is signed by a vendor of the upstream's dialect", () => {
    const lacks = new Set<Lack>(["unsigned-reasoning"]);
    expect(findDropped(request, { dialect: "openai-chat", api: "tests", lacks }).list).toEqual([
      "messages[].reasoning_content",
    ]);
    const places = { ...commonPlaces, reasoning: "messages[].content[].thinking" };
    expect(findDropped({ ...request, dialect: origin, places }, { dialect: origin, api: "tests", lacks }).list).toEqual(
      ["messages[].content[].thinking"],
    );
  });
});
