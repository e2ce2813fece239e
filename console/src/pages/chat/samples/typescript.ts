import type { DialectSample, Json } from "./dialects.ts";
import { encloseItems } from "./enclose-items.ts";
import type { SamplePlace } from "./sample.ts";

interface Parts {
  /** Expressions of TypeScript. */
  key: string;
  address: string;
  /** The SDK's method that is called, with the arguments. */
  call: (method: string) => string;
}

const programs: Record<DialectSample["sdk"], (parts: Parts) => string> = {
  "openai-chat": ({ key, address, call }) =>
    `import OpenAI from "openai";\n\n` +
    `const client = new OpenAI({ baseURL: ${address}, apiKey: ${key} });\n\n` +
    `${call("client.chat.completions.create")}console.log(answer.choices[0]?.message.content);\n`,
  "openai-responses": ({ key, address, call }) =>
    `import OpenAI from "openai";\n\n` +
    `const client = new OpenAI({ baseURL: ${address}, apiKey: ${key} });\n\n` +
    `${call("client.responses.create")}console.log(answer.output_text);\n`,
  anthropic: ({ key, address, call }) =>
    `import Anthropic from "@anthropic-ai/sdk";\n\n` +
    `const client = new Anthropic({ baseURL: ${address}, apiKey: ${key} });\n\n` +
    call("client.messages.create") +
    `console.log(answer.content.map((part) => (part.type === "text" ? part.text : "")).join(""));\n`,
  google: ({ key, address, call }) =>
    `import { GoogleGenAI } from "@google/genai";\n\n` +
    `const client = new GoogleGenAI({ apiKey: ${key}, httpOptions: { baseUrl: ${address} } });\n\n` +
    `${call("client.models.generateContent")}console.log(answer.text);\n`,
};

/** With the dialect's official SDK, `openai`, `@anthropic-ai/sdk` or `@google/genai`. */
export function writeTypescript({ sdk, basePath, arguments: given }: DialectSample, place: SamplePlace): string {
  return programs[sdk]({
    key: `process.env.${place.keyVariable}`,
    address: text(place.address + basePath),
    call: (method) => `const answer = await ${method}(${write(given, "")});\n`,
  });
}

function write(value: Json, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return String(value);
  const items = Array.isArray(value)
    ? value.map((item: Json) => write(item, inner))
    : Object.entries(value).map(([name, item]) => `${nameOf(name)}: ${write(item, inner)}`);
  return encloseItems(items, { brackets: Array.isArray(value) ? "[]" : "{}", indent, step: "  ", padding: " " });
}

function nameOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}

function text(value: string): string {
  return JSON.stringify(value);
}
