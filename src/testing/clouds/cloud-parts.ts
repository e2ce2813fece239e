import { list, must, object, string, type Json } from "../wire/json.ts";
import type { VendorKit, VendorRequest } from "../wire/kit.ts";
import { frameBedrockStream } from "./event-frames.ts";
import { verifyAwsSignature } from "./verify-aws-signature.ts";

// What each cloud documents of its addresses, keys and fields beyond the wire format.

export interface Own {
  /** The model in a request's path; undefined for a path that the cloud does not have. */
  route(request: VendorRequest): { model: string; stream: boolean } | undefined;
  /** Throws Broken for what the cloud refuses, else the body as the format has it. */
  open(request: VendorRequest): Json;
  /** The version of Anthropic's API is a field. */
  hasVersionInBody?: true;
  error?: VendorKit["error"];
  frame?: VendorKit["frame"];
  whole?(answer: Json): Json;
  events?(events: string[]): string[];
}

type Edit = (body: Json, request: VendorRequest) => Json;

export const key = "cloud-key-1234567890";
export const bedrockKey = "ABSK-bedrock-key-1234567890";
export const token = "ya29.token-1234567890";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
export const accessKey = `AKIAIOSFODNN7EXAMPLE:${secretAccessKey}`;
export const vertexBase = "/v1/projects/p1/locations/us-central1";

function at(path: string, header: string, value: string, edit?: Edit, other?: string): Own {
  return {
    route: ({ path: asked, body, headers }) =>
      asked === path || asked === other
        ? {
            model: string(body["model"]),
            stream: body["stream"] === true || headers.get("x-dashscope-sse") === "enable",
          }
        : undefined,
    open(request) {
      must(request.headers.get(header) === value, `${header}: ${String(request.headers.get(header))}`);
      return edit?.(request.body, request) ?? request.body;
    },
  };
}

export function bearer(path: string, edit?: Edit, other?: string): Own {
  return at(path, "authorization", `Bearer ${key}`, edit, other);
}

export function keyed(path: string): Own {
  return at(path, "x-api-key", key);
}

export const openaiChat: Edit = (body) => {
  must(body["max_tokens"] === undefined || body["max_completion_tokens"] === undefined, "max_tokens: not both");
  return body;
};

export const xaiChat: Edit = (body, { headers }) => {
  const conversation = headers.get("x-grok-conv-id") ?? "";
  must(/^[0-9a-f]{32}$/.test(conversation), `x-grok-conv-id: ${conversation}`);
  return body;
};

export const named: Edit = ({ prompt_cache_key: conversation, ...body }) => {
  must(/^[0-9a-f]{32}$/.test(string(conversation)), `prompt_cache_key: ${string(conversation)}`);
  return body;
};

export const alibabaChat: Edit = ({ enable_thinking: isOn, thinking_budget: budget, ...body }) => {
  must(body["reasoning_effort"] === undefined, "reasoning_effort is no parameter of this API");
  must(isOn === undefined || typeof isOn === "boolean", "enable_thinking: expected a boolean");
  must(budget === undefined || typeof budget === "number", "thinking_budget: expected a number");
  return { ...body, ...(isOn !== undefined && { reasoning_effort: isOn ? "high" : "none" }) };
};

const efforts: Record<string, readonly string[]> = {
  ark: ["minimal", "low", "medium", "high"],
  deepseek: ["low", "high", "max"],
};

function switched({ thinking, reasoning_effort: effort, ...body }: Json, words: readonly string[]): Json {
  const { type, ...others } = object(thinking);
  must(Object.keys(others).length === 0, `thinking: ${JSON.stringify(thinking)}`);
  must(type === undefined || type === "enabled" || type === "disabled", `thinking.type: ${JSON.stringify(type)}`);
  must(effort === undefined || words.includes(string(effort)), `reasoning_effort: ${string(effort)}`);
  must(effort === undefined || type !== undefined, "thinking: not switched on");
  return { ...body, ...(type !== undefined && { reasoning_effort: type === "enabled" ? "high" : "none" }) };
}

export const arkChat: Edit = (body) => {
  must(body["max_tokens"] === undefined || body["max_completion_tokens"] === undefined, "max_tokens: not both");
  return switched(body, efforts["ark"] ?? []);
};

export const deepseekChat: Edit = ({ user_id: user, ...body }) => {
  must(/^[\w-]{1,512}$/.test(string(user)), `user_id: ${string(user)}`);
  return switched(body, efforts["deepseek"] ?? []);
};

const googleError: Own["error"] = (code, message) => ({ error: { code, message, status: "UNKNOWN" } });

function content(base: string, header: string, value: string): Own {
  return {
    route({ path, query }) {
      const [, model = "", method] =
        new RegExp(`^${base}/models/([^/]+):(generateContent|streamGenerateContent)$`).exec(path) ?? [];
      const stream = method === "streamGenerateContent";
      return method === undefined || (stream && query.get("alt") !== "sse") ? undefined : { model, stream };
    },
    open({ headers, body }) {
      must(headers.get(header) === value, `${header}: ${String(headers.get(header))}`);
      return body;
    },
  };
}

export const google = content("/v1beta", "x-goog-api-key", key);
/** Without `error`: Google's own shape is the format's. */
export const vertexGemini = content(`${vertexBase}/publishers/google`, "authorization", `Bearer ${token}`);
export const vertexChat: Own = {
  ...at(`${vertexBase}/endpoints/openapi/chat/completions`, "authorization", `Bearer ${token}`),
  error: (status, message) => [googleError(status, message)] as unknown as Json,
};

export const vertexClaude: Own = {
  route({ path }) {
    const [, model, method] =
      new RegExp(`^${vertexBase}/publishers/anthropic/models/([^/]+):(rawPredict|streamRawPredict)$`).exec(path) ?? [];
    return model === undefined ? undefined : { model, stream: method === "streamRawPredict" };
  },
  open(request) {
    const { anthropic_version: version, ...body } = request.body;
    must(version === "vertex-2023-10-16", `anthropic_version: ${string(version)}`);
    must(body["model"] === undefined, "model: Extra inputs are not permitted");
    must(request.headers.get("authorization") === `Bearer ${token}`, "authorization");
    return { ...body, model: this.route(request)?.model };
  },
  hasVersionInBody: true,
  error: googleError,
};

export const bedrockClaude: Own = {
  route({ path }) {
    const [, model, method] = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/.exec(path) ?? [];
    return model === undefined
      ? undefined
      : { model: decodeURIComponent(model), stream: method === "invoke-with-response-stream" };
  },
  open(request) {
    const signed = verifyAwsSignature(request, secretAccessKey, "bedrock");
    must(signed.region === "eu-west-1", `signed for ${signed.region}`);
    const { anthropic_version: version, ...body } = request.body;
    must(version === "bedrock-2023-05-31", `anthropic_version: ${string(version)}`);
    for (const field of ["model", "stream"])
      must(body[field] === undefined, `${field}: Extra inputs are not permitted`);
    return { ...body, ...this.route(request) };
  },
  hasVersionInBody: true,
  error: (_status, message) => ({ message }),
  frame: (text) => ({ bytes: frameBedrockStream(text), contentType: "application/vnd.amazon.eventstream" }),
};

export const bedrockChat = at("/openai/v1/chat/completions", "authorization", `Bearer ${bedrockKey}`);

const filtered = { hate: { filtered: false, severity: "safe" }, violence: { filtered: false, severity: "safe" } };

/** Before the first chunk what was found in the prompt; among the others, and after the stop, what was found in the answer, without a delta. */
const azureAnswers: Pick<Own, "whole" | "events"> = {
  whole: (answer) => ({
    ...answer,
    ...(answer["choices"] !== undefined && {
      choices: list(answer["choices"]).map((choice) => ({ ...choice, content_filter_results: filtered })),
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: filtered }],
    }),
  }),
  events(events) {
    if (!events[0]?.includes("chat.completion.chunk")) return events;
    const chunk = (fields: Json) =>
      `data: ${JSON.stringify({ id: "", object: "", created: 0, model: "", ...fields })}\n\n`;
    const found = chunk({
      choices: [
        {
          index: 0,
          finish_reason: null,
          content_filter_results: filtered,
          content_filter_offsets: { check_offset: 44, start_offset: 44, end_offset: 90 },
        },
      ],
    });
    const stop = events.findIndex((event) => /"finish_reason":"/.test(event)) + 1;
    return [
      chunk({
        choices: [],
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: filtered }],
      }),
      ...events.slice(0, 2),
      found,
      ...events.slice(2, stop),
      ...(stop > 0 ? [found] : []),
      ...events.slice(Math.max(2, stop)),
    ];
  },
};

export function azure(path: string): Own {
  return { ...at(path, "api-key", key, openaiChat), ...azureAnswers };
}

export const azureOlder: Own = {
  ...at("", "api-key", key, openaiChat),
  ...azureAnswers,
  route({ path, query, body }) {
    const [, model] = /^\/openai\/deployments\/([^/]+)\/chat\/completions$/.exec(path) ?? [];
    return model === undefined || query.get("api-version") !== "2025-04-01-preview"
      ? undefined
      : { model, stream: body["stream"] === true };
  },
};
