import type { DialectSample, Json } from "./dialects.ts";
import { encloseItems } from "./enclose-items.ts";
import type { SamplePlace } from "./sample.ts";

interface Parts {
  /** Expressions of TypeScript. */
  key: string;
  address: string;
  /** Where and with what a program without an SDK asks. */
  url: string;
  body: string;
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
  dashscope: (parts) => writeFetch(parts, { type: "string", content: "content" }),
  "dashscope-multimodal": (parts) => writeFetch(parts, { type: "{ text: string }[]", content: "content[0]?.text" }),
};

/** DashScope has no SDK for JavaScript. */
function writeFetch({ key, url, body }: Parts, { type, content }: { type: string; content: string }): string {
  return (
    `const response = await fetch(${url}, {\n` +
    `  method: "POST",\n` +
    `  headers: { authorization: \`Bearer \${${key}}\`, "content-type": "application/json" },\n` +
    `  body: JSON.stringify(${body}),\n` +
    `});\n` +
    `if (!response.ok) throw new Error(await response.text());\n\n` +
    `const answer = (await response.json()) as { output: { choices: { message: { content: ${type} } }[] } };\n` +
    `console.log(answer.output.choices[0]?.message.${content});\n`
  );
}

/** With the dialect's usual SDK: `openai`, `@anthropic-ai/sdk` or `@google/genai`; with `fetch` where there is none. */
export function writeTypescript(
  { sdk, path, basePath, body, extra = {}, arguments: given }: DialectSample,
  place: SamplePlace,
): string {
  return programs[sdk]({
    key: `process.env.${place.keyVariable}`,
    address: text(place.address + basePath),
    url: text(place.address + path),
    body: write(body, "  "),
    call: (method) => `const answer = await ${method}(${write(given, "", castItems(extra))});\n`,
  });
}

/** What the SDK's types do not have passes them in an object of no known fields. */
function castItems(extra: Readonly<Record<string, Json>>): string[] {
  return Object.keys(extra).length === 0 ? [] : [`...(${write(extra, "  ")} as object)`];
}

/** `more` are further items of an object. */
function write(value: Json, indent: string, more: readonly string[] = []): string {
  const inner = `${indent}  `;
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return String(value);
  const items = Array.isArray(value)
    ? value.map((item: Json) => write(item, inner))
    : Object.entries(value).map(([name, item]) => `${nameOf(name)}: ${write(item, inner)}`);
  return encloseItems([...items, ...more], {
    brackets: Array.isArray(value) ? "[]" : "{}",
    indent,
    step: "  ",
    padding: " ",
  });
}

function nameOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}

function text(value: string): string {
  return JSON.stringify(value);
}
