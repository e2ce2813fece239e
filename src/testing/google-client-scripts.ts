import { messages, messagesThinking, messagesTokenCount, messagesToolUse } from "./fake-anthropic.ts";
import { geminiError, geminiEvent, geminiChunk, geminiParts, geminiText } from "./fake-gemini.ts";
import {
  chat,
  chatChunk,
  chatEvents,
  doneEvent,
  errorAnswer,
  streamOf,
  usageEvent,
  wholeChat,
  type Script,
} from "./fake-vendor.ts";

// What the vendors of each dialect answer to the tests with Google's clients.

export type Api = "chat" | "messages" | "gemini";

export const signature = "c2lnbmF0dXJl";
const either =
  (whole: Script, stream: Script): Script =>
  (call) =>
    call.body["stream"] === true ? stream(call) : whole(call);

/** A tool's call, then, when its answer has come, a text. */
const weatherArguments = '{"city":"Riyadh","id":1234567890123456789}';
const chatTool: Script = either(
  (call) =>
    (JSON.stringify(call.body["messages"]).includes('"role":"tool"')
      ? wholeChat("It is 31 degrees.")
      : wholeChat("", {
          choices: [
            {
              index: 0,
              message: {
                role: "assistant",
                content: null,
                reasoning_content: "Hm.",
                tool_calls: [
                  { id: "call_w", type: "function", function: { name: "weather", arguments: weatherArguments } },
                ],
              },
              finish_reason: "tool_calls",
            },
          ],
        }))(call),
  (call) =>
    (JSON.stringify(call.body["messages"]).includes('"role":"tool"')
      ? chat(["It is ", "31 degrees."])
      : streamOf([
          chatChunk({ role: "assistant", content: null, reasoning_content: "Hm." }),
          chatChunk({
            tool_calls: [{ index: 0, id: "call_w", type: "function", function: { name: "weather", arguments: "" } }],
          }),
          chatChunk({ tool_calls: [{ index: 0, function: { arguments: weatherArguments.slice(0, 20) } }] }),
          chatChunk({
            tool_calls: [{ index: 1, id: "call_t", type: "function", function: { name: "clock", arguments: "{" } }],
          }),
          chatChunk({ tool_calls: [{ index: 0, function: { arguments: weatherArguments.slice(20) } }] }),
          chatChunk({ tool_calls: [{ index: 1, function: { arguments: "}" } }] }),
          chatChunk({}, {}, "tool_calls"),
          usageEvent(),
          doneEvent,
        ]))(call),
);

const embeddings: Script = ({ body: { input } }) =>
  Response.json({
    object: "list",
    model: "e",
    data: Array.isArray(input)
      ? input.map((_, index) => ({ object: "embedding", index, embedding: [index, 0.5] }))
      : [{ object: "embedding", index: 0, embedding: [0.25, -1] }],
    usage: { prompt_tokens: 7, total_tokens: 7 },
  });

export const scripts: Record<Api, Record<string, Script>> = {
  chat: {
    text: chat(["Hello ", "there ", "云"]),
    tools: chatTool,
    embeds: embeddings,
    "bad-request": () => errorAnswer(400, { message: "too hot", param: "temperature", type: "invalid_request_error" }),
    unauthorised: () => errorAnswer(401, { message: "the words of node gpu-7" }),
    "rate-limited": () => errorAnswer(429, { message: "slow down" }, { "retry-after": "1" }),
    failing: () => errorAnswer(500, { message: "the words of node gpu-7" }),
    overloaded: () => errorAnswer(529, { message: "busy" }),
    cut: streamOf(chatEvents(["half ", "an "]).slice(0, 3)),
  },
  messages: {
    text: messages(["Hello ", "there ", "云"]),
    thinks: messagesThinking("Hm, hm.", "Yes."),
    calls: messagesToolUse([{ id: "toolu_1", name: "weather", input: { city: "Riyadh" } }]),
    counts: messagesTokenCount(42),
  },
  gemini: {
    text: geminiText(["Hello ", "there ", "云"]),
    thinks: geminiParts([
      { text: "Hm, hm.", thought: true },
      { text: "Yes.", thoughtSignature: signature },
    ]),
    calls: geminiParts([
      { functionCall: { name: "weather", args: { city: "Riyadh" } }, thoughtSignature: signature },
      { functionCall: { name: "weather", args: { city: "Jeddah" } } },
    ]),
    counts: () => Response.json({ totalTokens: 31, promptTokensDetails: [{ modality: "TEXT", tokenCount: 31 }] }),
    embeds: (call) =>
      Response.json({
        embeddings: (call.body["requests"] as unknown[]).map((_, index) => ({ values: [index, 0.12345678901234566] })),
      }),
    blocked: () =>
      Response.json({
        promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
        usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
        modelVersion: "gemini-fake",
      }),
    "bad-request": () => geminiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    unauthorised: () => geminiError(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "rate-limited": () =>
      geminiError(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan.", [
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.6s" },
      ]),
    failing: () => geminiError(500, "INTERNAL", "An internal error has occurred."),
    overloaded: () => geminiError(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    cut: streamOf([geminiEvent(geminiChunk([{ text: "half an " }]))]),
    breaks: streamOf([
      geminiEvent(geminiChunk([{ text: "half an " }])),
      geminiEvent({ error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } }),
    ]),
    malformed: streamOf([
      geminiEvent(geminiChunk([{ text: "half an " }])),
      geminiEvent(geminiChunk([], "MALFORMED_FUNCTION_CALL")),
    ]),
    list: () => Response.json([geminiChunk([{ text: "Hello " }]), geminiChunk([{ text: "list" }], "STOP")]),
  },
};
