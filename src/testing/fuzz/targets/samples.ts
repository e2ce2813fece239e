import * as anthropic from "../../../dialect/anthropic-messages/fixtures.ts";
import * as dashscope from "../../../dialect/dashscope/fixtures.ts";
import * as openai from "../../../dialect/openai-chat/fixtures.ts";
import * as responses from "../../../dialect/openai-responses/fixtures.ts";
import { recordingsOf, type RecordingKind } from "../../recordings.ts";

const tool = {
  type: "function",
  function: {
    name: "look",
    description: "Looks",
    strict: true,
    parameters: {
      type: "object",
      properties: { at: { type: "string", enum: ["a", "b"] }, times: { type: "integer", minimum: 1 } },
      required: ["at"],
      additionalProperties: false,
    },
  },
};

/** Bodies of requests in OpenAI's dialect. */
export const chatBodies: readonly string[] = [
  { model: "m", messages: [{ role: "user", content: "Hi" }] },
  {
    model: "m",
    stream: true,
    stream_options: { include_usage: true },
    n: 2,
    max_completion_tokens: 10,
    temperature: 0.5,
    top_p: 1,
    stop: ["a", "b"],
    seed: 1,
    logprobs: true,
    top_logprobs: 3,
    messages: [
      { role: "system", content: "Be brief" },
      {
        role: "user",
        name: "x",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        reasoning_content: "hm",
        tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":"a"}' } }],
      },
      { role: "tool", tool_call_id: "c1", content: "seen" },
    ],
    tools: [tool],
    tool_choice: { type: "function", function: { name: "look" } },
    parallel_tool_calls: false,
    response_format: {
      type: "json_schema",
      json_schema: { name: "s", strict: true, schema: tool.function.parameters },
    },
    reasoning_effort: "low",
    logit_bias: { "50256": -100 },
    metadata: { a: "b" },
    user: "u",
  },
  {
    model: "m",
    functions: [tool.function],
    function_call: "auto",
    messages: [{ role: "function", name: "look", content: "1" }],
  },
  { model: "m", prompt: ["a", "b"], suffix: "c", max_tokens: 5, logprobs: 2, echo: true },
  { model: "m", prompt: [[1, 2], [3]], stream: true },
  { model: "m", input: ["a", "b"], encoding_format: "base64", dimensions: 8 },
  { model: "m", input: [1, 2, 3] },
].map((body) => JSON.stringify(body));

/** Bodies of requests in Anthropic's dialect. */
export const messagesBodies: readonly string[] = [
  { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] },
  {
    model: "m",
    max_tokens: 2048,
    stream: true,
    system: [{ type: "text", text: "Be brief", cache_control: { type: "ephemeral", ttl: "1h" } }],
    thinking: { type: "enabled", budget_tokens: 1024 },
    stop_sequences: ["x"],
    temperature: 1,
    top_k: 5,
    metadata: { user_id: "u" },
    tools: [
      { name: "look", description: "Looks", input_schema: tool.function.parameters },
      { type: "web_search_20250305", name: "web_search", max_uses: 2 },
    ],
    tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true },
    messages: [
      { role: "user", content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "c2ln" },
          { type: "text", text: "I look" },
          { type: "tool_use", id: "t1", name: "look", input: { at: "a" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", is_error: false, content: [{ type: "text", text: "seen" }] },
          {
            type: "document",
            source: { type: "text", media_type: "text/plain", data: "d" },
            citations: { enabled: true },
          },
        ],
      },
    ],
  },
].map((body) => JSON.stringify(body));

/** Bodies of requests to Responses. */
export const responsesBodies: readonly string[] = [
  { model: "m", input: "Hi" },
  {
    model: "m",
    stream: true,
    store: false,
    instructions: "Be brief",
    include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
    max_output_tokens: 10,
    temperature: 0.5,
    top_logprobs: 2,
    truncation: "auto",
    reasoning: { effort: "low", summary: "auto" },
    text: { verbosity: "low", format: { type: "json_schema", name: "s", strict: true, schema: { type: "object" } } },
    parallel_tool_calls: false,
    tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "look" }] },
    tools: [
      { type: "function", name: "look", strict: false, parameters: tool.function.parameters },
      { type: "custom", name: "edit", format: { type: "grammar", syntax: "lark", definition: "start: /x/" } },
      { type: "namespace", name: "ns", description: "n", tools: [{ type: "function", name: "look" }] },
      { type: "web_search" },
    ],
    input: [
      { role: "developer", content: "Rules" },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "What is this?" },
          { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
        ],
      },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "c2ln" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "I look" }] },
      { type: "function_call", call_id: "c1", name: "look", namespace: "ns", arguments: '{"at":"a"}' },
      { type: "custom_tool_call", call_id: "c2", name: "edit", input: "x" },
      { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "seen" }] },
      { type: "custom_tool_call_output", call_id: "c2", output: "done" },
      { type: "web_search_call", id: "ws_1", status: "completed" },
    ],
  },
].map((body) => JSON.stringify(body));

/** Bodies of requests to Gemini. */
export const geminiBodies: readonly string[] = [
  { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  { content: { parts: [{ text: "a" }] }, taskType: "RETRIEVAL_QUERY", outputDimensionality: 8 },
  { requests: [{ model: "models/m", content: { parts: [{ text: "a" }] } }] },
  { generateContentRequest: { model: "models/m", contents: [{ parts: [{ text: "a" }] }] } },
  {
    systemInstruction: { parts: [{ text: "Be brief" }] },
    contents: [
      {
        role: "user",
        parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }, { fileData: { fileUri: "f" } }],
      },
      {
        role: "model",
        parts: [
          { text: "hm", thought: true },
          { functionCall: { id: "c1", name: "look", args: { at: "a" } }, thoughtSignature: "c2ln" },
          { executableCode: { language: "PYTHON", code: "1" } },
        ],
      },
      { role: "user", parts: [{ functionResponse: { id: "c1", name: "look", response: { output: "seen" } } }] },
    ],
    tools: [
      {
        functionDeclarations: [{ name: "look", description: "Looks", parametersJsonSchema: tool.function.parameters }],
      },
      { googleSearch: {} },
    ],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["look"] } },
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    generationConfig: {
      temperature: 1,
      topK: 64,
      candidateCount: 2,
      maxOutputTokens: 10,
      stopSequences: ["a"],
      responseMimeType: "application/json",
      responseSchema: { type: "OBJECT", properties: { a: { type: "STRING", nullable: true } } },
      thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" },
    },
  },
].map((body) => JSON.stringify(body));

const recorded = (kind: RecordingKind, stream: boolean) =>
  recordingsOf(kind)
    .filter((recording) => recording.stream === stream)
    .map(({ bytes }) => Buffer.from(bytes).toString("utf8"))
    .filter((text) => text.length < 12_000);

export const chatStreams: readonly string[] = [...Object.values(openai), ...recorded("chat", true)].filter(
  (value) => typeof value === "string",
);
export const messagesStreams: readonly string[] = [
  ...[anthropic.textStream, anthropic.thinkingStream, anthropic.toolStream, anthropic.duplicateStart].map((stream) =>
    anthropic.framed(stream).toString("utf8"),
  ),
  ...recorded("messages", true),
];
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
export const chatAnswers: readonly string[] = [
  JSON.stringify({
    id: "c1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: "Hi",
          tool_calls: [{ id: "t", type: "function", function: { name: "look", arguments: "{}" } }],
        },
        logprobs: { content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] }] },
        finish_reason: "tool_calls",
      },
    ],
    usage,
  }),
  JSON.stringify({ error: { message: "bad", type: "invalid_request_error", param: null, code: "x" } }),
  JSON.stringify({
    object: "text_completion",
    choices: [{ index: 0, text: "a", logprobs: null, finish_reason: "stop" }],
    usage,
  }),
  JSON.stringify({
    object: "list",
    data: [
      { object: "embedding", index: 0, embedding: [0.1, -2e-3, 1] },
      { object: "embedding", index: 1, embedding: "AACAPwAAAEA=" },
    ],
    model: "m",
    usage: { prompt_tokens: 2, total_tokens: 2 },
  }),
  ...recorded("chat", false),
];
export const messagesAnswers: readonly string[] = [anthropic.wholeMessage, ...recorded("messages", false)];

/** Bodies of requests in DashScope's dialect. */
export const generationBodies: readonly string[] = [
  { model: "m", input: { messages: [{ role: "user", content: "Hi" }] } },
  { model: "m", input: { prompt: "Hi", history: [{ user: "a", bot: "b" }] }, parameters: { result_format: "text" } },
  { model: "m", input: { texts: ["a", "b"] }, parameters: { dimension: 64, text_type: "query" } },
  {
    model: "m",
    input: {
      messages: [
        { role: "user", content: [{ text: "What?" }, { image: "https://e.x/a.png" }, { audio: "oss://a" }] },
        {
          role: "assistant",
          content: "",
          reasoning_content: "hm",
          tool_calls: [{ id: "t", function: { name: "look", arguments: "{}" } }],
        },
        { role: "tool", content: "seen", tool_call_id: "t" },
      ],
    },
    parameters: {
      n: 2,
      incremental_output: true,
      enable_thinking: true,
      thinking_budget: 9,
      enable_search: true,
      tools: [tool],
    },
  },
].map((body) => JSON.stringify(body));
export const generationStreams: readonly string[] = [
  dashscope.thinkingStream,
  dashscope.toolStream,
  dashscope.cumulativeStream,
].map((stream) => dashscope.framed(stream).toString());
export const generationAnswers: readonly string[] = [
  dashscope.wholeMessage,
  dashscope.wholeText,
  dashscope.wholeMultimodal,
  JSON.stringify({ output: { embeddings: [{ text_index: 0, embedding: [0.5] }] }, usage: { total_tokens: 1 } }),
  JSON.stringify({ code: "InvalidParameter", message: "no", request_id: "r" }),
];
export const responsesStreams: readonly string[] = [
  ...[responses.openaiStream, responses.lmStudioStream, responses.changingIdsStream].map((stream) =>
    responses.framed(stream).toString("utf8"),
  ),
  ...recorded("responses", true),
];
export const responsesAnswers: readonly string[] = [
  JSON.stringify({
    id: "resp_1",
    object: "response",
    created_at: 1,
    model: "m",
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
    error: null,
    output: [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "c2ln" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi", annotations: [] }] },
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
    ],
    usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, input_tokens_details: { cached_tokens: 1 } },
  }),
  ...recorded("responses", false),
];

/** What vendors answer to what only passes. */
export const passedAnswers: readonly string[] = [
  '{"created":1,"data":[{"b64_json":"AAAA"},{"url":"u"}],"usage":{"input_tokens":60,"input_tokens_details":{"text_tokens":10,"image_tokens":50},"output_tokens":1000,"total_tokens":1060}}',
  '{"data":[{"url":"u"}],"usage":{"generated_images":1,"output_tokens":16000,"total_tokens":16000}}',
  '{"task":"transcribe","duration":8.47,"text":"Hi","segments":[],"usage":{"type":"duration","seconds":9}}',
  '{"text":"Hello","usage":{"type":"tokens","input_tokens":30,"input_token_details":{"audio_tokens":20},"output_tokens":8,"total_tokens":38}}',
  '{"id":"m","model":"omni","results":[{"flagged":false}]}',
];

export const passedStreams: readonly string[] = [
  'data: {"type":"transcript.text.delta","delta":"Hel"}\n\ndata: {"type":"transcript.text.delta","delta":"lo"}\n\ndata: {"type":"transcript.text.done","text":"Hello","usage":{"input_tokens":30,"output_tokens":8,"total_tokens":38}}\n\n',
  'data: {"type":"speech.audio.delta","audio":"AAAA"}\n\ndata: {"type":"speech.audio.done","usage":{"input_tokens":4,"output_tokens":100,"total_tokens":104}}\n\n',
  'data: {"type":"image_generation.partial_image","b64_json":"AAAA","partial_image_index":0}\n\ndata: {"type":"image_generation.completed","b64_json":"BBBB","usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}\n\n',
  'data: {"type":"image_generation.partial_succeeded","url":"u"}\n\ndata: {"type":"image_generation.completed","usage":{"generated_images":1,"output_tokens":16000,"total_tokens":16000}}\n\ndata: [DONE]\n\n',
];
