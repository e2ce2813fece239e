import type { Asked } from "./asked.ts";
import { list, object, string, type Json } from "./json.ts";
import { Proofs, type Kit } from "./kit.ts";
import { kits } from "./kits.ts";

/** A request that a client program really sent, and what it asks. */
export interface ClientRequest {
  /** The kit of its dialect. */
  client: Kit;
  asked: Asked;
  /** How the model is to choose its words. */
  sampling: [field: string, value: unknown][];
  /** Proofs of earlier answers. */
  proofs: string[];
  /** It says nothing of how much the model shall think. */
  hasNoEffort: boolean;
  /** The same request for a model of ours. */
  to(model: string, key: string): { path: string; headers: Record<string, string>; body: Json };
}

/** `text`: the request as JSON, with `path`, `headers` and `body`. */
export function readRequest(text: string): ClientRequest {
  const { path, headers, body } = JSON.parse(text) as { path: string; headers: Record<string, string>; body: Json };
  const kit = kits.find(({ name }) => name === dialectOf(path));
  if (!kit) throw new Error(`no dialect has ${path}`);
  const proofs = [...text.matchAll(/"(?:thoughtSignature|encrypted_content|signature)": ?"([^"]+)"/g)].map(
    ([, proof = ""]) => proof,
  );
  const known = new Proofs();
  for (const proof of proofs) known.learn(proof, "");
  const url = new URL(path, "http://client");
  const forAll = forEverybody(body);
  const asked = kit.vendor.read(
    {
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(headers),
      body: forAll,
      text: JSON.stringify(forAll),
    },
    { answers: [], proofs: known },
  );
  return {
    client: kit,
    asked,
    sampling: ["temperature", "top_p", "topP", "topK"].flatMap((field): [string, unknown][] => {
      const value = body[field] ?? object(body["generationConfig"])[field];
      return value === undefined ? [] : [[field, value]];
    }),
    proofs,
    hasNoEffort: body["reasoning"] !== undefined && object(body["reasoning"])["effort"] === undefined,
    to: (model, key) => ({
      path: path.replace(/\/models\/[^:]+:/, `/models/${model}:`),
      headers: {
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.test(name))),
        "content-type": "application/json",
        [headers["x-goog-api-key"] === undefined ? "authorization" : "x-goog-api-key"]:
          headers["x-goog-api-key"] === undefined ? `Bearer ${key}` : key,
      },
      body: "model" in body ? { ...body, model } : body,
    }),
  };
}

/** Where the value of this name stands in a vendor's request, however it is written there; undefined where nowhere. */
export function findField(body: Json, name: string): unknown {
  for (const holder of [body, object(body["generationConfig"]), object(body["parameters"])])
    for (const [key, value] of Object.entries(holder)) if (plain(key) === plain(name)) return value;
  return undefined;
}

/** `top_p` and `topP` are one name. */
export const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();

const ofConnection = /^(?:connection|accept-encoding|content-length|host|authorization|x-api-key|x-goog-api-key)$/;

function dialectOf(path: string): string | undefined {
  if (path.includes("/responses")) return "openai-responses";
  if (path.includes("/models/")) return "gemini";
  if (path.includes("/messages")) return "anthropic-messages";
  return path.includes("/aigc/") ? "dashscope" : path.includes("/chat/completions") ? "openai-chat" : undefined;
}

/** Without what only Responses has: tools within a namespace are named after both, and hosted tools are left out. */
function forEverybody(body: Json): Json {
  if (!Array.isArray(body["tools"]) || body["input"] === undefined) return body;
  const { client_metadata: _, ...rest } = body;
  return {
    ...rest,
    tools: list(body["tools"]).flatMap((tool) => {
      if (tool["type"] === "function") return [tool];
      if (tool["type"] !== "namespace") return [];
      const prefix = string(tool["name"]).replace(/__$/, "");
      return list(tool["tools"]).map((inner) => ({ ...inner, name: `${prefix}__${string(inner["name"])}` }));
    }),
  };
}
