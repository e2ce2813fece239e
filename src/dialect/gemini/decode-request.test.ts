import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { decodeEmbeddingRequest } from "./decode-embedding-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { toJsonSchema } from "./schema.ts";

const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
const decode = (body: object) => decodeRequest({ contents, ...body }, { model: "m", stream: false });
const config = (generationConfig: object) => decode({ generationConfig });
const weather = { name: "weather", parameters: { type: "OBJECT", properties: { city: { type: "STRING" } } } };
const clock = { name: "clock" };

function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return [error.code, error.param];
  }
  return "nothing thrown";
}

test("one object counts as a list of one, as in Google's own examples", () => {
  const listed = decode({
    systemInstruction: { parts: [{ text: "Be a cat." }] },
    contents: [{ parts: [{ text: "Hi" }] }],
    tools: [{ functionDeclarations: [clock] }],
  });
  const lone = decode({
    systemInstruction: { parts: { text: "Be a cat." } },
    contents: { parts: { text: "Hi" } },
    tools: { functionDeclarations: clock },
  });
  expect(lone).toEqual(listed);
  const content = { parts: { text: "Hi" } };
  expect(decodeEmbeddingRequest({ content }, "m").inputs).toEqual(["Hi"]);
});

test("both spellings of protocol buffers", () => {
  const camel = decode({
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [
      ...contents,
      { role: "model", parts: [{ functionCall: { name: "f", args: { a_b: 1 } }, thoughtSignature: "cA==" }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: { a_b: 2 } } }] },
      { parts: [{ inlineData: { mimeType: "image/png", data: "AA==" } }] },
    ],
    tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: { type: "object" } }] }],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
    generationConfig: { maxOutputTokens: 5, thinkingConfig: { thinkingBudget: 9 }, stopSequences: ["x"] },
    safetySettings: [],
  });
  const snake = decode({
    system_instruction: { parts: [{ text: "Be brief." }] },
    contents: [
      ...contents,
      { role: "model", parts: [{ function_call: { name: "f", args: { a_b: 1 } }, thought_signature: "cA==" }] },
      { role: "user", parts: [{ function_response: { name: "f", response: { a_b: 2 } } }] },
      { parts: [{ inline_data: { mime_type: "image/png", data: "AA==" } }] },
    ],
    tools: [{ function_declarations: [{ name: "f", parameters_json_schema: { type: "object" } }] }],
    tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["f"] } },
    generation_config: { max_output_tokens: 5, thinking_config: { thinking_budget: 9 }, stop_sequences: ["x"] },
    safety_settings: [],
  });
  expect(snake).toEqual(camel);
  expect(camel).toMatchObject({
    toolChoice: { type: "tool", name: "f" },
    maxOutputTokens: 5,
    reasoning: { enabled: true, budgetTokens: 9 },
    extensions: { safetySettings: [] },
  });
  expect(JSON.stringify(camel.messages)).toContain('{\\"a_b\\":1}');
  expect(faultOf(() => decode({ toolConfig: {}, tool_config: {} }))).toEqual(["invalid_request", "toolConfig"]);
});

describe("calls and their answers", () => {
  const call = (name: string, id?: string) => ({ functionCall: { name, args: {}, ...(id && { id }) } });
  const answer = (name: string, output: string, id?: string) => ({
    functionResponse: { name, response: { output }, ...(id && { id }) },
  });
  const idsOf = (turns: object[]) =>
    decode({ contents: [...contents, ...turns] }).messages.flatMap(({ content, toolCallId }) => [
      ...content.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])),
      ...(toolCallId === undefined ? [] : [`of ${toolCallId}`]),
    ]);

  test("without ids, by name and order", () => {
    expect(
      idsOf([
        { role: "model", parts: [call("a"), call("b"), call("a")] },
        { role: "user", parts: [answer("b", "1"), answer("a", "2"), answer("a", "3")] },
        { role: "model", parts: [call("a")] },
        { role: "function", parts: [answer("a", "4")] },
      ]),
    ).toEqual(["call_1", "call_2", "call_3", "of call_2", "of call_1", "of call_3", "call_4", "of call_4"]);
  });

  test("with ids, also where they repeat", () => {
    expect(
      idsOf([
        { role: "model", parts: [call("a", "x"), call("b", "y")] },
        { role: "user", parts: [answer("b", "1", "y"), answer("a", "2", "x")] },
        { role: "user", parts: [answer("c", "3"), answer("c", "4", "z")] },
      ]),
    ).toEqual(["x", "y", "of y", "of x", "of call_c", "of z"]);
  });

  test("what a function gave", () => {
    const given = (response: object) =>
      decode({ contents: [...contents, { parts: [{ functionResponse: { name: "f", response } }] }] }).messages.at(-1);
    const text = (said: string) => [{ type: "text" as const, text: said }];
    expect(given({ output: "31" })).toEqual({ role: "tool", toolCallId: "call_f", content: text("31") });
    expect(given({ error: "gone" })).toMatchObject({ isError: true, content: text("gone") });
    expect(given({ output: { a: 1 } })?.content).toEqual(text('{"output":{"a":1}}'));
    expect(given({ output: "31", unit: "C" })?.content).toEqual(text('{"output":"31","unit":"C"}'));
    expect(given({})?.content).toEqual([]);
  });
});

test("proofs stand before what they belong to; what stands for one is none", () => {
  const [, { content } = { content: [] }] = decode({
    contents: [
      ...contents,
      {
        role: "model",
        parts: [
          { text: "Hm.", thought: true, thoughtSignature: "a" },
          { text: "So:", thoughtSignature: "b" },
          { functionCall: { name: "f" }, thoughtSignature: "skip_thought_signature_validator" },
          { text: "", thoughtSignature: "c" },
        ],
      },
    ],
  }).messages;
  const signature = (value: string) => ({ value, origin: "gemini", isRedacted: true as const });
  expect(content).toEqual([
    { type: "reasoning", text: "Hm.", signature: { value: "a", origin: "gemini" } },
    { type: "reasoning", text: "", signature: signature("b") },
    { type: "text", text: "So:" },
    { type: "tool-call", id: "call_1", name: "f", arguments: "{}" },
    { type: "reasoning", text: "", signature: signature("c") },
  ]);
});

test.each([
  "skip_thought_signature_validator",
  "skip/thought/signature/validator",
  "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
  "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv",
])("%s is no proof", (thoughtSignature) => {
  const parts = [{ functionCall: { name: "f" }, thoughtSignature }];
  const { messages } = decode({ contents: [...contents, { role: "model", parts }] });
  expect(messages.at(-1)?.content.map(({ type }) => type)).toEqual(["tool-call"]);
});

test("Google's schemas become JSON Schema", () => {
  const schema = {
    type: "OBJECT",
    required: ["a"],
    property_ordering: ["a"],
    properties: {
      a: { type: "STRING", nullable: true, enum: ["x"], max_length: "9" },
      type: { type: "ARRAY", items: { anyOf: [{ type: "INTEGER" }, { type: "NULL" }] }, minItems: "1", example: [1] },
    },
  };
  expect(toJsonSchema(schema, "s")).toEqual({
    type: "object",
    required: ["a"],
    properties: {
      a: { type: ["string", "null"], enum: ["x", null], maxLength: 9 },
      type: {
        type: "array",
        items: { anyOf: [{ type: "integer" }, { type: "null" }] },
        minItems: 1,
        examples: [[1]],
      },
    },
  });
});

describe("functions and the choice among them", () => {
  const chosen = (calling: object, tools: object[] = [{ functionDeclarations: [weather, clock] }]) => {
    const { toolChoice, tools: kept } = decode({ tools, toolConfig: { functionCallingConfig: calling } });
    return [toolChoice, kept.map(({ name }) => name)];
  };
  const both = ["weather", "clock"];

  test.each([
    [{}, { type: "auto" }, both],
    [{ mode: "AUTO" }, { type: "auto" }, both],
    [{ mode: "VALIDATED" }, { type: "auto" }, both],
    [{ mode: "NONE" }, { type: "none" }, both],
    [{ mode: "ANY" }, { type: "required" }, both],
    [{ mode: "ANY", allowedFunctionNames: ["clock"] }, { type: "tool", name: "clock" }, both],
    [{ mode: "any", allowedFunctionNames: both }, { type: "required" }, both],
  ])("%j", (calling, choice, names) => expect(chosen(calling) as unknown[]).toEqual([choice, names]));

  test("some of them", () => {
    const three = [{ functionDeclarations: [weather, clock] }, { functionDeclarations: [{ name: "third" }] }];
    expect(chosen({ mode: "ANY", allowedFunctionNames: ["clock", "third"] }, three)).toEqual([
      { type: "required" },
      ["clock", "third"],
    ]);
  });

  test.each([
    [{ mode: "ANY", allowedFunctionNames: ["no"] }, "toolConfig.functionCallingConfig.allowedFunctionNames"],
    [{ mode: "SOME" }, "toolConfig.functionCallingConfig.mode"],
  ])("%j is refused", (calling, param) => expect(faultOf(() => chosen(calling))).toEqual(["invalid_request", param]));

  test("tools that only Google has are left out by name, and refused where one is forced", () => {
    const request = decode({ tools: [{ functionDeclarations: [weather] }, { googleSearch: {}, urlContext: {} }] });
    for (const dialect of [openaiChat, anthropicMessages]) {
      const encoded = dialect.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
      expect(encoded.dropped).toEqual(["tools[1].googleSearch", "tools[1].urlContext"]);
    }
  });
});

test("what other dialects do not carry is named as the client names it", () => {
  const request = decode({
    contents: [
      ...contents,
      { role: "model", parts: [{ executableCode: { code: "1" } }, { text: "a", thoughtSignature: "p" }] },
      ...contents,
    ],
    safetySettings: [{ category: "c" }],
    generationConfig: {
      seed: 1,
      presencePenalty: 0.5,
      mediaResolution: "LOW",
      thinkingConfig: { includeThoughts: false },
    },
  });
  const { dropped } = anthropicMessages.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
  expect(dropped.toSorted()).toEqual([
    "contents[].parts[].executableCode",
    "contents[].parts[].thought",
    "generationConfig.mediaResolution",
    "generationConfig.presencePenalty",
    "generationConfig.seed",
    "generationConfig.thinkingConfig.includeThoughts",
    "safetySettings",
  ]);
});

test("media are refused by others, and stay what they are to Google", () => {
  const audio = { inlineData: { mimeType: "audio/wav", data: "AAAA" } };
  const request = decode({ contents: [{ parts: [audio] }] });
  for (const dialect of [openaiChat, anthropicMessages])
    expect(
      faultOf(() => dialect.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} })),
    ).toMatchObject(["unsupported_parameter", expect.stringContaining("contents[].parts[]")]);
});

test("formats and thinking", () => {
  expect(config({ responseMimeType: "application/json" }).responseFormat).toEqual({ type: "json-object" });
  expect(config({ responseSchema: { type: "STRING" } }).responseFormat).toMatchObject({ schema: { type: "string" } });
  expect(config({ responseJsonSchema: { type: "string" } }).responseFormat).toMatchObject({ type: "json-schema" });
  expect(faultOf(() => config({ responseMimeType: "text/x.enum" }))).toEqual([
    "invalid_request",
    "generationConfig.responseMimeType",
  ]);
  const thinking = (thinkingConfig: object) => config({ thinkingConfig }).reasoning;
  expect(thinking({ thinkingBudget: 0 })).toEqual({ enabled: false });
  expect(thinking({ thinkingBudget: -1 })).toEqual({ enabled: true });
  expect(thinking({ thinkingBudget: 5, includeThoughts: true })).toEqual({ enabled: true, budgetTokens: 5 });
  expect(thinking({ thinkingLevel: "LOW" })).toEqual({ effort: "low" });
  expect(config({ responseLogprobs: true }).topLogprobs).toBe(0);
  expect(config({ responseLogprobs: true, logprobs: 3, candidateCount: 2 })).toMatchObject({
    topLogprobs: 3,
    choiceCount: 2,
  });
});

test.each([
  [{ contents: [{ role: "tool", parts: [] }] }, "contents[0].role"],
  [{ contents: [{ parts: [{ functionCall: {} }] }] }, "contents[0].parts[0].functionCall.name"],
  [{ contents: [{ parts: "x" }] }, "contents[0].parts"],
  [{ generationConfig: { stopSequences: [""] } }, "generationConfig.stopSequences[0]"],
  [{ generationConfig: { topP: 2 } }, "generationConfig.topP"],
  [{ tools: [{ functionDeclarations: [{ name: "" }] }] }, "tools[0].functionDeclarations[0].name"],
])("%j is refused by name", (body, param) => expect(faultOf(() => decode(body))).toEqual(["invalid_request", param]));

test("embeddings", () => {
  const content = { parts: [{ text: "a" }, { text: "b" }] };
  expect(decodeEmbeddingRequest({ content, output_dimensionality: 3 }, "m")).toMatchObject({
    inputs: ["a\nb"],
    dimensions: 3,
    extensions: {},
  });
  const requests = [{ content, taskType: "t" }, { content }];
  expect(faultOf(() => decodeEmbeddingRequest({ requests }, "m"))).toEqual(["unsupported_parameter", "requests[1]"]);
  const image = { parts: [{ inlineData: {} }] };
  expect(faultOf(() => decodeEmbeddingRequest({ content: image }, "m"))).toEqual([
    "unsupported_parameter",
    "content.parts[0]",
  ]);
});
