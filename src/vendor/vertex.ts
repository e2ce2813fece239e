import { createGoogleCredentials, isServiceAccount } from "./google-cloud/google-credentials.ts";
import type { Vendor, VendorCall } from "./vendor.ts";

/**
 * Google's Vertex AI (https://cloud.google.com/vertex-ai/generative-ai/docs): Gemini in its own format, Claude by Anthropic's
 * Messages, the others (`meta/llama-…-maas`) by an OpenAI-style API. A base address has the project and the place. The key is a service
 * account's JSON in base64, an access token (`ya29.…`) or an API key; without one, the machine's own credentials are used.
 */
export const vertex: Vendor = {
  baseUrl: `https://{region}-aiplatform.googleapis.com${resource("{region}")}`,
  regions: {
    global: `https://aiplatform.googleapis.com${resource("global")}`,
    us: `https://aiplatform.us.rep.googleapis.com${resource("us")}`,
    eu: `https://aiplatform.eu.rep.googleapis.com${resource("eu")}`,
  },
  addressVariables: {
    region: ["GOOGLE_VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION"],
    project: ["GOOGLE_VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT"],
  },
  machineVariables: [["GOOGLE_APPLICATION_CREDENTIALS"]],
  // Unverified: after Vertex AI's page of locations: us-central1, europe-west4, northamerica-northeast1.
  regionForm: { pattern: /^(?:global|us|eu|[a-z]{2,}-[a-z]+\d{1,2})$/, example: "europe-west4" },
  ownHosts: /^(?:[a-z0-9-]+-)?aiplatform(?:\.(?:us|eu)\.rep)?\.googleapis\.com$/,
  catalogParts: { "": "google-vertex" },
  apis: ["gemini", "messages", "chat"],
  modelApis: [
    { models: /(?:^|\/)claude/, apis: ["messages"] },
    { models: /^(?:google\/)?gemini/, apis: ["gemini"] },
    { models: /\//, apis: ["chat"] },
    { models: /./, apis: ["gemini"] },
  ],
  elsewhere(baseUrl, call) {
    if (call.api === "chat") return call.operation === "chat" ? `${baseUrl}/endpoints/openapi/chat/completions` : null;
    const [, publisher = publishers[call.api], model = call.model] = /^([\w-]+)\/(.+)$/.exec(call.model) ?? [];
    const method = methodOf(call);
    // Colons and @ stay as they are: `claude-sonnet-4-5@20250929`.
    return method === null
      ? null
      : `${baseUrl}/publishers/${publisher}/models/${encodeURIComponent(model).replaceAll("%40", "@")}:${method}`;
  },
  // Its publishers' lists have a format of their own.
  modelList: false,
  bodyShapes: [{ api: "messages", without: ["model"], with: { anthropic_version: '"vertex-2023-10-16"' } }],
  authorize: (apiKey): Record<string, string> => {
    if (isServiceAccount(apiKey)) return {};
    return apiKey.startsWith("ya29.") ? { authorization: `Bearer ${apiKey}` } : { "x-goog-api-key": apiKey };
  },
  credentials: ({ apiKey }) =>
    apiKey === undefined || isServiceAccount(apiKey) ? createGoogleCredentials(apiKey) : undefined,
  foreignErrors: ["messages", "chat"],
  silentThinkers: /(?:^|\/)gemini-(?:2\.5-pro|[3-9]|\d\d)/,
};

function resource(region: string): string {
  return `/v1/projects/{project}/locations/${region}`;
}

const publishers: Readonly<Record<string, string>> = { gemini: "google", messages: "anthropic" };

/** Null for what it lacks. Its counting and its vectors have forms of their own, which are not spoken here. */
function methodOf({ api, operation, stream }: VendorCall): string | null {
  if (operation !== "chat") return null;
  if (api === "messages") return stream ? "streamRawPredict" : "rawPredict";
  return stream ? "streamGenerateContent?alt=sse" : "generateContent";
}
