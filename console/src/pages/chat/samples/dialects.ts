import { defined, openaiChatBody, type ChatCall } from "../chat-request.ts";
import { imagesOf, textOf, type Message } from "../message.ts";

/** One call in a dialect: what goes over the wire, and how the dialect's SDK takes it. */
export interface DialectSample {
  /** Path and headers of the request; `key` says how the key is sent. */
  path: string;
  key: "bearer" | "x-api-key" | "x-goog-api-key";
  headers: Record<string, string>;
  body: Json;
  sdk: "openai-chat" | "openai-responses" | "anthropic" | "google" | "dashscope" | "dashscope-multimodal";
  /** What of the path stands in the address that the SDK is given. */
  basePath: "" | "/v1" | "/api/v1" | "/api/v3";
  /** What the SDK is called with; mostly the body. */
  arguments: Arguments;
  /** Further fields of the body, which the SDK has no parameters for. */
  extra?: Arguments;
}

type Arguments = { readonly [name: string]: Json };
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Of Anthropic's API, which wants one; used where none was chosen. */
const maxTokensUsual = 4_096;

export function openaiChatSample(call: ChatCall): DialectSample {
  return chatSampleAt("/v1", call);
}

/** DeepSeek's documents, too, use OpenAI's SDK. */
export function deepseekSample(call: ChatCall): DialectSample {
  return chatSampleAt("", call);
}

/** OpenAI's SDK is one of those that Ark's documents use, and the one for both languages. */
export function arkSample(call: ChatCall): DialectSample {
  return chatSampleAt("/api/v3", call);
}

function chatSampleAt(basePath: "" | "/v1" | "/api/v3", call: ChatCall): DialectSample {
  const body = openaiChatBody(call) as Arguments;
  const path = `${basePath}/chat/completions`;
  return { path, key: "bearer", headers: {}, body, sdk: "openai-chat", basePath, arguments: body };
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
  const given = {
    model,
    max_tokens,
    ...defined({ system: system.trim() === "" ? undefined : system }),
    messages,
  } as Arguments;
  // Since newer models of Anthropic take neither, newer SDKs have no parameters for them.
  const extra = defined({ temperature, top_p }) as Arguments;
  return {
    path: "/v1/messages",
    key: "x-api-key",
    headers: { "anthropic-version": "2023-06-01" },
    body: { ...given, ...extra },
    sdk: "anthropic",
    basePath: "",
    arguments: given,
    extra,
  };
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

/** DashScope's own API has two paths: texts alone, and with media, where every content is a list of parts. */
export function dashscopeSample({ model, system, parameters, history }: ChatCall): DialectSample {
  const { temperature, top_p, max_tokens, json } = parameters;
  const hasImages = history.some((message) => imagesOf(message).length > 0);
  const textContent = (text: string) => (hasImages ? [{ text }] : text);
  const messages = [
    ...(system.trim() === "" ? [] : [{ role: "system", content: textContent(system) }]),
    ...history.map((message) => {
      const images = imagesOf(message).map((image) => ({ image }));
      if (images.length === 0) return { role: message.role, content: textContent(textOf(message)) };
      return { role: message.role, content: [...images, ...textParts(message, (text) => ({ text }))] };
    }),
  ];
  const options = {
    result_format: "message",
    ...defined({ temperature, top_p, max_tokens }),
    ...(json === true && { response_format: { type: "json_object" } }),
  };
  return {
    path: `/api/v1/services/aigc/${hasImages ? "multimodal" : "text"}-generation/generation`,
    key: "bearer",
    headers: {},
    body: { model, input: { messages }, parameters: options },
    sdk: hasImages ? "dashscope-multimodal" : "dashscope",
    basePath: "/api/v1",
    arguments: { model, messages, ...options },
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
