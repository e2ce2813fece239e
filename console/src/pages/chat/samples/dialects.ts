import { defined, openaiChatBody, type ChatCall } from "../chat-request.ts";
import { imagesOf, textOf, type Message } from "../message.ts";

/** One call in a dialect: what goes over the wire, and how the dialect's SDK takes it. */
export interface DialectSample {
  /** Path and headers of the request; `key` says how the key is sent. */
  path: string;
  key: "bearer" | "x-api-key" | "x-goog-api-key";
  headers: Record<string, string>;
  body: Json;
  sdk: "openai-chat" | "openai-responses" | "anthropic" | "google";
  /** What of the path stands in the address that the SDK is given. */
  basePath: "" | "/v1";
  /** What the SDK is called with; mostly the body. */
  arguments: Arguments;
}

type Arguments = { readonly [name: string]: Json };
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Of Anthropic's API, which wants one; used where none was chosen. */
const maxTokensUsual = 4_096;

export function openaiChatSample(call: ChatCall): DialectSample {
  const body = openaiChatBody(call) as Arguments;
  return {
    path: "/v1/chat/completions",
    key: "bearer",
    headers: {},
    body,
    sdk: "openai-chat",
    basePath: "/v1",
    arguments: body,
  };
}

export function responsesSample({ model, system, parameters, history }: ChatCall): DialectSample {
  const { temperature, top_p, max_tokens, reasoning_effort, json } = parameters;
  const input = history.map((message) => {
    const images = imagesOf(message);
    const kind = message.role === "user" ? "input_text" : "output_text";
    if (images.length === 0) return { role: message.role, content: textOf(message) };
    const pictures = images.map((image_url) => ({ type: "input_image", image_url }));
    return { role: message.role, content: [...pictures, ...textParts(message, (text) => ({ type: kind, text }))] };
  });
  const body = {
    model,
    ...defined({ instructions: system.trim() === "" ? undefined : system }),
    input,
    ...defined({ temperature, top_p, max_output_tokens: max_tokens }),
    ...(reasoning_effort && { reasoning: { effort: reasoning_effort } }),
    ...(json === true && { text: { format: { type: "json_object" } } }),
    // What is not kept need not be deleted.
    store: false,
  } as Arguments;
  return {
    path: "/v1/responses",
    key: "bearer",
    headers: {},
    body,
    sdk: "openai-responses",
    basePath: "/v1",
    arguments: body,
  };
}

export function anthropicSample({ model, system, parameters, history }: ChatCall): DialectSample {
  const { temperature, top_p, max_tokens = maxTokensUsual } = parameters;
  const messages = history.map((message) => {
    const images = imagesOf(message).map((url) => {
      const { mime, data } = splitDataUrl(url);
      return { type: "image", source: { type: "base64", media_type: mime, data } };
    });
    if (images.length === 0) return { role: message.role, content: textOf(message) };
    return { role: message.role, content: [...images, ...textParts(message, (text) => ({ type: "text", text }))] };
  });
  const body = {
    model,
    max_tokens,
    ...defined({ system: system.trim() === "" ? undefined : system }),
    messages,
    ...defined({ temperature, top_p }),
  } as Arguments;
  const headers = { "anthropic-version": "2023-06-01" };
  return { path: "/v1/messages", key: "x-api-key", headers, body, sdk: "anthropic", basePath: "", arguments: body };
}

export function geminiSample({ model, system, parameters, history }: ChatCall): DialectSample {
  const { temperature, top_p, max_tokens, json } = parameters;
  const contents = history.map((message) => {
    const images = imagesOf(message).map((url) => {
      const { mime, data } = splitDataUrl(url);
      return { inlineData: { mimeType: mime, data } };
    });
    const role = message.role === "user" ? "user" : "model";
    return { role, parts: [...images, ...textParts(message, (text) => ({ text }))] };
  });
  const generationConfig = {
    ...defined({ temperature, topP: top_p, maxOutputTokens: max_tokens }),
    ...(json === true && { responseMimeType: "application/json" }),
  };
  const systemInstruction = system.trim() === "" ? undefined : { parts: [{ text: system }] };
  const hasConfig = Object.keys(generationConfig).length > 0;
  const body = { contents, ...defined({ systemInstruction }), ...(hasConfig && { generationConfig }) } as Json;
  const config = { ...defined({ systemInstruction }), ...generationConfig };
  return {
    path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    key: "x-goog-api-key",
    headers: {},
    body,
    sdk: "google",
    basePath: "",
    arguments: { model, contents, ...(Object.keys(config).length > 0 && { config }) },
  };
}

function textParts<Part>(message: Pick<Message, "content">, part: (text: string) => Part): Part[] {
  const text = textOf(message);
  return text === "" ? [] : [part(text)];
}

function splitDataUrl(url: string): { mime: string; data: string } {
  const [, mime = "image/png", data = ""] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return { mime, data };
}
