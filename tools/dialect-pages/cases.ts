import type { JsonObject } from "../../src/dialect/read.ts";

// What users ask about: each thing as the clients of each dialect write it. Nothing of what becomes of it is written here.

/** A client's dialect, as cloud.yaml calls it. */
export type Api = "chat" | "messages" | "responses" | "gemini" | "dashscope";

export interface Case {
  /** What is asked about. */
  title: string;
  /** The request, by client; clients that are not here have no words for it. */
  by: Partial<Record<Api, Written>>;
}

export interface Written {
  /** Fields of the request. */
  given: JsonObject;
  /** The same without what is asked about; nothing but a user's text where there is none. */
  without?: JsonObject;
}

const user = { role: "user", content: "Hi" };
const parameters = { type: "object", properties: { city: { type: "string" } } };
const schema = { type: "object", properties: { town: { type: "string" } } };
const tool = { name: "weather", parameters };
const chatTool = { type: "function", function: tool };
const messagesTool = { name: "weather", input_schema: parameters };
const responsesTool = { type: "function", ...tool };
const geminiTool = { functionDeclarations: [{ name: "weather", parametersJsonSchema: parameters }] };
const png = "iVBORw0KGgo=";
const dataUrl = `data:image/png;base64,${png}`;
const link = "https://example.com/a.png";

/** The smallest request of each dialect. */
export const plain: Record<Api, JsonObject> = {
  chat: { messages: [user] },
  messages: { max_tokens: 4_096, messages: [user] },
  responses: { input: "Hi" },
  gemini: { contents: [geminiUser({ text: "Hi" })] },
  dashscope: { input: { messages: [user] } },
};

function geminiUser(...parts: JsonObject[]): JsonObject {
  return { role: "user", parts };
}

/** The same fields in OpenAI's chat and, as parameters, in DashScope's. */
function option(fields: JsonObject, without?: JsonObject): Pick<Case["by"], "chat" | "dashscope"> {
  return {
    chat: { given: fields, ...(without && { without }) },
    dashscope: { given: { parameters: fields }, ...(without && { without: { parameters: without } }) },
  };
}

/** A user's turn with this part behind a text. */
function withPart(parts: Partial<Record<Api, JsonObject>>): Case["by"] {
  const { chat, messages, responses, gemini, dashscope } = parts;
  const text = { type: "text", text: "Hi" };
  return {
    ...(chat && { chat: { given: { messages: [{ role: "user", content: [text, chat] }] } } }),
    ...(messages && { messages: { given: { messages: [{ role: "user", content: [text, messages] }] } } }),
    ...(responses && {
      responses: {
        given: { input: [{ role: "user", content: [{ type: "input_text", text: "Hi" }, responses] }] },
        without: { input: [user] },
      },
    }),
    ...(gemini && { gemini: { given: { contents: [geminiUser({ text: "Hi" }, gemini)] } } }),
    ...(dashscope && {
      dashscope: { given: { input: { messages: [{ role: "user", content: [{ text: "Hi" }, dashscope] }] } } },
    }),
  };
}

function config(fields: JsonObject): Written {
  return { given: { generationConfig: fields } };
}

function given(fields: JsonObject, without?: JsonObject): Written {
  return { given: fields, ...(without && { without }) };
}

const thought = "I thought.";
const chatCall = { id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } };
const useBlock = { type: "tool_use", id: "call_1", name: "weather", input: {} };
const callItem = { type: "function_call", call_id: "call_1", name: "weather", arguments: "{}" };
const callPart = { functionCall: { id: "call_1", name: "weather", args: {} } };

/** A turn of the model's that called a tool, and the result. */
const turn = {
  chat: (more: JsonObject = {}): JsonObject => ({
    tools: [chatTool],
    messages: [
      user,
      { role: "assistant", content: null, tool_calls: [chatCall], ...more },
      { role: "tool", tool_call_id: "call_1", content: "31" },
    ],
  }),
  messages: (blocks: JsonObject[] = [], result: JsonObject = {}): JsonObject => ({
    tools: [messagesTool],
    messages: [
      user,
      { role: "assistant", content: [...blocks, useBlock] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "31", ...result }] },
    ],
  }),
  responses: (items: JsonObject[] = []): JsonObject => ({
    tools: [responsesTool],
    input: [user, ...items, callItem, { type: "function_call_output", call_id: "call_1", output: "31" }],
  }),
  gemini: (parts: JsonObject[] = [], response: JsonObject = { output: "31" }): JsonObject => ({
    tools: [geminiTool],
    contents: [
      geminiUser({ text: "Hi" }),
      { role: "model", parts: [...parts, callPart] },
      geminiUser({ functionResponse: { id: "call_1", name: "weather", response } }),
    ],
  }),
  dashscope: (more: JsonObject = {}): JsonObject => {
    const { tools, messages } = turn.chat(more);
    return { input: { messages }, parameters: { tools } };
  },
};

const withTool = {
  chat: (fields: JsonObject) => given({ tools: [chatTool], ...fields }, { tools: [chatTool] }),
  messages: (fields: JsonObject) => given({ tools: [messagesTool], ...fields }, { tools: [messagesTool] }),
  responses: (fields: JsonObject) => given({ tools: [responsesTool], ...fields }, { tools: [responsesTool] }),
  gemini: (fields: JsonObject) => given({ tools: [geminiTool], ...fields }, { tools: [geminiTool] }),
  dashscope: (fields: JsonObject) =>
    given({ parameters: { tools: [chatTool], ...fields } }, { parameters: { tools: [chatTool] } }),
};

const twoTools = [chatTool, { type: "function", function: { name: "clock", parameters } }];

export const cases: readonly Case[] = [
  {
    title: "system prompt",
    by: {
      chat: given({ messages: [{ role: "system", content: "Be brief." }, user] }),
      messages: given({ system: "Be brief." }),
      responses: given({ instructions: "Be brief." }),
      gemini: given({ systemInstruction: { parts: [{ text: "Be brief." }] } }),
      dashscope: given({ input: { messages: [{ role: "system", content: "Be brief." }, user] } }),
    },
  },
  {
    title: "image in the request",
    by: withPart({
      chat: { type: "image_url", image_url: { url: dataUrl } },
      messages: { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
      responses: { type: "input_image", image_url: dataUrl },
      gemini: { inlineData: { mimeType: "image/png", data: png } },
      dashscope: { image: dataUrl },
    }),
  },
  {
    title: "image at an address",
    by: withPart({
      chat: { type: "image_url", image_url: { url: link } },
      messages: { type: "image", source: { type: "url", url: link } },
      responses: { type: "input_image", image_url: link },
      gemini: { fileData: { mimeType: "image/png", fileUri: link } },
      dashscope: { image: link },
    }),
  },
  {
    title: "audio, video, files",
    by: withPart({
      chat: { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
      messages: { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAA" } },
      responses: { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
      gemini: { inlineData: { mimeType: "audio/wav", data: "AAAA" } },
      dashscope: { video: "https://example.com/a.mp4" },
    }),
  },
  {
    title: "tools",
    by: {
      chat: given({ tools: [chatTool] }),
      messages: given({ tools: [messagesTool] }),
      responses: given({ tools: [responsesTool] }),
      gemini: given({ tools: [geminiTool] }),
      dashscope: given({ parameters: { tools: [chatTool] } }),
    },
  },
  {
    title: "calls of tools and their results",
    by: {
      chat: given(turn.chat()),
      messages: given(turn.messages()),
      responses: given(turn.responses()),
      gemini: given(turn.gemini()),
      dashscope: given(turn.dashscope()),
    },
  },
  {
    title: "a tool that failed",
    by: {
      messages: given(turn.messages([], { is_error: true }), turn.messages()),
      gemini: given(turn.gemini([], { error: "31" }), turn.gemini()),
    },
  },
  {
    title: "one tool forced",
    by: {
      chat: withTool.chat({ tool_choice: { type: "function", function: { name: "weather" } } }),
      messages: withTool.messages({ tool_choice: { type: "tool", name: "weather" } }),
      responses: withTool.responses({ tool_choice: { type: "function", name: "weather" } }),
      gemini: withTool.gemini({
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } },
      }),
      dashscope: withTool.dashscope({ tool_choice: { type: "function", function: { name: "weather" } } }),
    },
  },
  {
    title: "any of several tools forced",
    by: {
      chat: given({ tools: twoTools, tool_choice: "required" }, { tools: twoTools }),
      messages: given(
        { tools: [messagesTool, { ...messagesTool, name: "clock" }], tool_choice: { type: "any" } },
        { tools: [messagesTool, { ...messagesTool, name: "clock" }] },
      ),
      responses: given(
        { tools: [responsesTool, { ...responsesTool, name: "clock" }], tool_choice: "required" },
        { tools: [responsesTool, { ...responsesTool, name: "clock" }] },
      ),
      gemini: given(
        {
          tools: [geminiTool, { functionDeclarations: [{ name: "clock" }] }],
          toolConfig: { functionCallingConfig: { mode: "ANY" } },
        },
        { tools: [geminiTool, { functionDeclarations: [{ name: "clock" }] }] },
      ),
    },
  },
  {
    title: "one call of a tool at a time",
    by: {
      chat: withTool.chat({ parallel_tool_calls: false }),
      messages: withTool.messages({ tool_choice: { type: "auto", disable_parallel_tool_use: true } }),
      responses: withTool.responses({ parallel_tool_calls: false }),
      dashscope: withTool.dashscope({ parallel_tool_calls: false }),
    },
  },
  {
    title: "tools that the client's vendor runs (search)",
    by: {
      messages: given({ tools: [{ type: "web_search_20250305", name: "web_search" }] }),
      responses: given({ tools: [{ type: "web_search" }] }),
      gemini: given({ tools: [{ googleSearch: {} }] }),
    },
  },
  {
    title: "JSON without a schema",
    by: {
      ...option({ response_format: { type: "json_object" } }),
      responses: given({ text: { format: { type: "json_object" } } }),
      gemini: config({ responseMimeType: "application/json" }),
    },
  },
  {
    title: "JSON with a schema",
    by: {
      ...option({ response_format: { type: "json_schema", json_schema: { name: "town", schema } } }),
      messages: given({ output_config: { format: { type: "json_schema", schema } } }),
      responses: given({ text: { format: { type: "json_schema", name: "town", schema } } }),
      gemini: config({ responseMimeType: "application/json", responseJsonSchema: schema }),
    },
  },
  {
    title: "a form bound in a server's own way (guided_json)",
    by: option({ guided_json: schema }),
  },
  {
    title: "answers in sound or images",
    by: {
      ...option({ modalities: ["text", "audio"] }),
      gemini: config({ responseModalities: ["TEXT", "IMAGE"] }),
    },
  },
  {
    title: "effort of reasoning",
    by: {
      chat: given({ reasoning_effort: "high" }),
      messages: given({ thinking: { type: "adaptive" }, output_config: { effort: "high" } }),
      responses: given({ reasoning: { effort: "high" } }),
      gemini: config({ thinkingConfig: { thinkingLevel: "HIGH" } }),
    },
  },
  {
    title: "budget of reasoning",
    by: {
      messages: given({ thinking: { type: "enabled", budget_tokens: 2_048 } }),
      gemini: config({ thinkingConfig: { thinkingBudget: 2_048 } }),
      dashscope: given({ parameters: { enable_thinking: true, thinking_budget: 2_048 } }),
    },
  },
  {
    title: "reasoning switched off",
    by: {
      chat: given({ reasoning_effort: "none" }),
      messages: given({ thinking: { type: "disabled" } }),
      responses: given({ reasoning: { effort: "none" } }),
      gemini: config({ thinkingConfig: { thinkingBudget: 0 } }),
      dashscope: given({ parameters: { enable_thinking: false } }),
    },
  },
  {
    title: "reasoning of an earlier turn, as text",
    by: {
      chat: given(turn.chat({ reasoning_content: thought }), turn.chat()),
      dashscope: given(turn.dashscope({ reasoning_content: thought }), turn.dashscope()),
      gemini: given(turn.gemini([{ text: thought, thought: true }]), turn.gemini()),
    },
  },
  {
    title: "reasoning of an earlier turn, with its vendor's proof",
    by: {
      messages: given(turn.messages([{ type: "thinking", thinking: thought, signature: "c2ln" }]), turn.messages()),
      responses: given(
        turn.responses([
          {
            type: "reasoning",
            id: "rs_1",
            summary: [{ type: "summary_text", text: thought }],
            encrypted_content: "c2ln",
          },
        ]),
        turn.responses(),
      ),
      gemini: given(turn.gemini([{ text: thought, thought: true, thoughtSignature: "c2ln" }]), turn.gemini()),
    },
  },
  {
    title: "marks for the vendor's cache",
    by: withCache(),
  },
  {
    title: "bound of the answer",
    by: {
      ...option({ max_tokens: 100 }),
      messages: given({ max_tokens: 100 }),
      responses: given({ max_output_tokens: 100 }),
      gemini: config({ maxOutputTokens: 100 }),
    },
  },
  {
    title: "texts that end the answer",
    by: {
      ...option({ stop: ["END"] }),
      messages: given({ stop_sequences: ["END"] }),
      gemini: config({ stopSequences: ["END"] }),
    },
  },
  { title: "several answers", by: { ...option({ n: 2 }), gemini: config({ candidateCount: 2 }) } },
  {
    title: "log probabilities",
    by: {
      ...option({ logprobs: true, top_logprobs: 2 }),
      responses: given({ top_logprobs: 2 }),
      gemini: config({ responseLogprobs: true, logprobs: 2 }),
    },
  },
  {
    title: "temperature",
    by: {
      ...option({ temperature: 0.5 }),
      messages: given({ temperature: 0.5 }),
      responses: given({ temperature: 0.5 }),
      gemini: config({ temperature: 0.5 }),
    },
  },
  {
    title: "top-p",
    by: {
      ...option({ top_p: 0.5 }),
      messages: given({ top_p: 0.5 }),
      responses: given({ top_p: 0.5 }),
      gemini: config({ topP: 0.5 }),
    },
  },
  { title: "top-k", by: { ...option({ top_k: 40 }), messages: given({ top_k: 40 }), gemini: config({ topK: 40 }) } },
  { title: "min-p", by: option({ min_p: 0.1 }) },
  { title: "seed", by: { ...option({ seed: 7 }), gemini: config({ seed: 7 }) } },
  {
    title: "frequency penalty",
    by: { ...option({ frequency_penalty: 0.5 }), gemini: config({ frequencyPenalty: 0.5 }) },
  },
  { title: "presence penalty", by: { ...option({ presence_penalty: 0.5 }), gemini: config({ presencePenalty: 0.5 }) } },
  { title: "repetition penalty", by: option({ repetition_penalty: 1.1 }) },
  {
    title: "name of a speaker",
    by: {
      chat: given({ messages: [{ ...user, name: "ann" }] }),
      dashscope: given({ input: { messages: [{ ...user, name: "ann" }] } }),
    },
  },
  {
    title: "answers that are kept, continued, or made in the background",
    by: { responses: given({ store: true, previous_response_id: "resp_1", background: true }) },
  },
  {
    title: "fields of the client's vendor alone",
    by: {
      chat: given({ logit_bias: { "1": 1 } }),
      messages: given({ context_management: { edits: [] } }),
      responses: given({ text: { verbosity: "low" } }),
      gemini: given({ safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] }),
      dashscope: given({ parameters: { vl_high_resolution_images: true } }),
    },
  },
];

function withCache(): Case["by"] {
  const cache_control = { type: "ephemeral" };
  const text = { type: "text", text: "Hi" };
  return {
    chat: given({ messages: [{ role: "user", content: [{ ...text, cache_control }] }] }),
    messages: given({ messages: [{ role: "user", content: [{ ...text, cache_control }] }] }),
    dashscope: given({ input: { messages: [{ role: "user", content: [{ text: "Hi", cache_control }] }] } }),
  };
}
