import { describe, expect, test } from "bun:test";
import type { FunctionCall, FunctionDeclaration, FunctionResponse, GenerationConfig, Part, Tool } from "@google/genai";
import { SahabError } from "../../base/errors.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { JsonObject } from "../read.ts";
import { gemini } from "./index.ts";

// What becomes of each field for a vendor of OpenAI's dialect. The tables have every field of the official SDK's types, and do
// not compile when the SDK gains one.

/** Something of the body says it, or it is left out and listed, or it is refused with this parameter. */
type Fate = { as: JsonObject } | { dropped: string } | { refused: string };
type Cases<T> = Record<keyof T, { given: unknown; fate: Fate }>;

const hello = [{ role: "user", parts: [{ text: "Hi" }] }];

function translate(body: JsonObject): { body: JsonObject; dropped: readonly string[] } {
  const path = "/v1beta/models/m:generateContent";
  const incoming = {
    operation: "chat" as const,
    path,
    headers: new Headers(),
    body: Buffer.from(JSON.stringify(body)),
  };
  const encoded = openaiChat.encodeRequest(gemini.open(incoming).decode(), { model: "m", quirks: {} });
  return { body: JSON.parse(JSON.stringify(encoded.body)) as JsonObject, dropped: encoded.dropped };
}

function holds(
  title: string,
  cases: Record<string, { given: unknown; fate: Fate }>,
  wrap: (field: JsonObject) => JsonObject,
) {
  const rows = Object.entries(cases).map(([name, one]) => ({ name, ...one }));
  test.each(rows)(`${title}: $name`, ({ name, given, fate }) => {
    const act = () => translate(wrap({ [name]: given }));
    if ("refused" in fate) {
      const failure = (() => {
        try {
          return act();
        } catch (error) {
          return error;
        }
      })();
      expect(failure).toBeInstanceOf(SahabError);
      expect([(failure as SahabError).code, (failure as SahabError).param]).toEqual([
        "unsupported_parameter",
        fate.refused,
      ]);
      return;
    }
    const { body, dropped } = act();
    expect(dropped).toEqual("dropped" in fate ? [fate.dropped] : []);
    if ("as" in fate) expect(body).toMatchObject(fate.as);
    else expect(JSON.stringify(body)).not.toContain(name);
  });
}

const as = (fate: JsonObject): Fate => ({ as: fate });

describe("generationConfig", () => {
  const dropped = (name: string, given: unknown) => ({ given, fate: { dropped: `generationConfig.${name}` } });
  const format = { type: "json_schema", json_schema: { schema: { type: "object" } } };
  const cases: Cases<GenerationConfig> = {
    modelSelectionConfig: dropped("modelSelectionConfig", {}),
    responseJsonSchema: { given: { type: "object" }, fate: as({ response_format: format }) },
    audioTranscriptionConfig: dropped("audioTranscriptionConfig", {}),
    audioTimestamp: dropped("audioTimestamp", true),
    candidateCount: { given: 2, fate: as({ n: 2 }) },
    enableAffectiveDialog: dropped("enableAffectiveDialog", true),
    frequencyPenalty: { given: 0.5, fate: as({ frequency_penalty: 0.5 }) },
    // Says something beside `responseLogprobs` only.
    logprobs: { given: 2, fate: as({}) },
    maxOutputTokens: { given: 7, fate: as({ max_tokens: 7 }) },
    mediaResolution: dropped("mediaResolution", "MEDIA_RESOLUTION_LOW"),
    presencePenalty: { given: 0.5, fate: as({ presence_penalty: 0.5 }) },
    responseFormat: dropped("responseFormat", []),
    responseLogprobs: { given: true, fate: as({ logprobs: true }) },
    responseMimeType: { given: "application/json", fate: as({ response_format: { type: "json_object" } }) },
    responseModalities: { given: ["TEXT", "IMAGE"], fate: { refused: "generationConfig.responseModalities" } },
    responseSchema: { given: { type: "OBJECT" }, fate: as({ response_format: format }) },
    routingConfig: dropped("routingConfig", {}),
    seed: { given: 7, fate: as({ seed: 7 }) },
    speechConfig: dropped("speechConfig", {}),
    stopSequences: { given: ["END"], fate: as({ stop: ["END"] }) },
    temperature: { given: 0.5, fate: as({ temperature: 0.5 }) },
    thinkingConfig: { given: { thinkingLevel: "LOW" }, fate: as({ reasoning_effort: "low" }) },
    topK: dropped("topK", 3),
    topP: { given: 0.5, fate: as({ top_p: 0.5 }) },
    enableEnhancedCivicAnswers: dropped("enableEnhancedCivicAnswers", true),
    translationConfig: dropped("translationConfig", {}),
  };
  holds("field", cases, (field) => ({ contents: hello, generationConfig: field }));
});

describe("parts", () => {
  const dropped = (name: string, given: unknown) => ({ given, fate: { dropped: `contents[].parts[].${name}` } });
  const said = (content: unknown): Fate => as({ messages: [{}, { role: "assistant", content }, {}] });
  const part = "contents[].parts[].";
  const cases: Cases<Part> = {
    mediaResolution: dropped("mediaResolution", { level: "LOW" }),
    toolCall: dropped("toolCall", { id: "1" }),
    toolResponse: dropped("toolResponse", { id: "1" }),
    audioTranscription: { given: { text: "a" }, fate: { refused: `${part}audioTranscription` } },
    codeExecutionResult: dropped("codeExecutionResult", { output: "1" }),
    executableCode: dropped("executableCode", { code: "1" }),
    fileData: { given: { fileUri: "gs://a/b", mimeType: "video/mp4" }, fate: { refused: `${part}video` } },
    functionCall: {
      given: { id: "c", name: "f", args: { a: 1 } },
      fate: as({ messages: [{}, { tool_calls: [{ id: "c", function: { name: "f", arguments: '{"a":1}' } }] }, {}] }),
    },
    // A model gives no answers of functions.
    functionResponse: dropped("functionResponse", { name: "f" }),
    inlineData: { given: { mimeType: "audio/wav", data: "AA==" }, fate: { refused: `${part}audio` } },
    text: { given: "Hello", fate: said("Hello") },
    thought: dropped("thought", true),
    thoughtSignature: dropped("thoughtSignature", "cA=="),
    videoMetadata: { given: { fps: 1 }, fate: { refused: `${part}videoMetadata` } },
    partMetadata: dropped("partMetadata", { a: 1 }),
    mediaProcessing: dropped("mediaProcessing", {}),
    speechMetadata: dropped("speechMetadata", {}),
  };
  holds("of a model's turn", cases, (field) => ({ contents: [...hello, { role: "model", parts: [field] }, ...hello] }));

  const call = (name: string, given: unknown) => ({
    given,
    fate: { dropped: `contents[].parts[].functionCall.${name}` },
  });
  const calls: Cases<FunctionCall> = {
    args: { given: { a: 1 }, fate: as({ messages: [{}, { tool_calls: [{ function: { arguments: '{"a":1}' } }] }] }) },
    id: { given: "c", fate: as({ messages: [{}, { tool_calls: [{ id: "c" }] }] }) },
    name: { given: "g", fate: as({ messages: [{}, { tool_calls: [{ function: { name: "g" } }] }] }) },
    partialArgs: call("partialArgs", []),
    willContinue: call("willContinue", true),
  };
  holds("a call", calls, (field) => ({
    contents: [...hello, { role: "model", parts: [{ functionCall: { name: "f", ...field } }] }],
  }));

  const answer = (name: string, given: unknown) => ({
    given,
    fate: { dropped: `contents[].parts[].functionResponse.${name}` },
  });
  const answers: Cases<FunctionResponse> = {
    id: { given: "c", fate: as({ messages: [{}, { role: "tool", tool_call_id: "c" }] }) },
    name: { given: "g", fate: as({ messages: [{}, { role: "tool", tool_call_id: "call_g" }] }) },
    parts: {
      given: [{ inlineData: { mimeType: "image/png", data: "AA==" } }],
      fate: as({ messages: [{}, { role: "tool" }, { content: [{ type: "image_url" }] }] }),
    },
    response: { given: { output: "31" }, fate: as({ messages: [{}, { role: "tool", content: "31" }] }) },
    scheduling: answer("scheduling", "SILENT"),
    willContinue: answer("willContinue", true),
  };
  holds("an answer of a function", answers, (field) => ({
    contents: [...hello, { role: "user", parts: [{ functionResponse: { name: "f", ...field } }] }],
  }));
});

describe("tools", () => {
  const dropped = (name: string, given: unknown) => ({ given, fate: { dropped: `tools[0].${name}` } });
  const hosted = (name: string) => dropped(name, { a: 1 });
  const tools: Cases<Tool> = {
    retrieval: hosted("retrieval"),
    googleMaps: hosted("googleMaps"),
    mcpServers: hosted("mcpServers"),
    codeExecution: hosted("codeExecution"),
    computerUse: hosted("computerUse"),
    enterpriseWebSearch: hosted("enterpriseWebSearch"),
    exaAiSearch: hosted("exaAiSearch"),
    functionDeclarations: { given: [{ name: "f" }], fate: as({ tools: [{ function: { name: "f" } }] }) },
    googleSearch: hosted("googleSearch"),
    googleSearchRetrieval: hosted("googleSearchRetrieval"),
    parallelAiSearch: hosted("parallelAiSearch"),
    urlContext: hosted("urlContext"),
    fileSearch: hosted("fileSearch"),
  };
  holds("tool", tools, (field) => ({ contents: hello, tools: [field] }));

  const extra = (name: string, given: unknown) => ({
    given,
    fate: { dropped: `tools[].functionDeclarations[].${name}` },
  });
  const schema = as({ tools: [{ function: { parameters: { type: "object" } } }] });
  const functions: Cases<FunctionDeclaration> = {
    description: { given: "d", fate: as({ tools: [{ function: { description: "d" } }] }) },
    name: { given: "g", fate: as({ tools: [{ function: { name: "g" } }] }) },
    parameters: { given: { type: "OBJECT" }, fate: schema },
    parametersJsonSchema: { given: { type: "object" }, fate: schema },
    response: extra("response", { type: "OBJECT" }),
    responseJsonSchema: extra("responseJsonSchema", { type: "object" }),
    behavior: extra("behavior", "BLOCKING"),
  };
  holds("function", functions, (field) => ({
    contents: hello,
    tools: [{ functionDeclarations: [{ name: "f", ...field }] }],
  }));
});
