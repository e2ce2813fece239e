import type { DialectSample, Json } from "./dialects.ts";
import { encloseItems } from "./enclose-items.ts";
import type { SamplePlace } from "./sample.ts";

/** With the dialect's official SDK, `openai`, `@anthropic-ai/sdk` or `@google/genai`. */
export function writeTypescript({ sdk, arguments: given }: DialectSample, place: SamplePlace): string {
  const key = `process.env.${place.keyVariable}`;
  const call = (name: string) => `const answer = await ${name}(${write(given, "")});\n`;
  switch (sdk) {
    case "openai-chat":
    case "openai-responses": {
      const client = `const client = new OpenAI({ baseURL: ${text(`${place.address}/v1`)}, apiKey: ${key} });\n\n`;
      const head = `import OpenAI from "openai";\n\n${client}`;
      return sdk === "openai-chat"
        ? `${head}${call("client.chat.completions.create")}console.log(answer.choices[0]?.message.content);\n`
        : `${head}${call("client.responses.create")}console.log(answer.output_text);\n`;
    }
    case "anthropic":
      return (
        `import Anthropic from "@anthropic-ai/sdk";\n\n` +
        `const client = new Anthropic({ baseURL: ${text(place.address)}, apiKey: ${key} });\n\n` +
        call("client.messages.create") +
        `console.log(answer.content.map((part) => (part.type === "text" ? part.text : "")).join(""));\n`
      );
    case "google":
      return (
        `import { GoogleGenAI } from "@google/genai";\n\n` +
        `const client = new GoogleGenAI({ apiKey: ${key}, httpOptions: { baseUrl: ${text(place.address)} } });\n\n` +
        `${call("client.models.generateContent")}console.log(answer.text);\n`
      );
  }
}

function write(value: Json, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return String(value);
  const items = Array.isArray(value)
    ? value.map((item: Json) => write(item, inner))
    : Object.entries(value).map(([name, item]) => `${nameOf(name)}: ${write(item as Json, inner)}`);
  return encloseItems(items, { brackets: Array.isArray(value) ? "[]" : "{}", indent, step: "  ", padding: " " });
}

function nameOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}

function text(value: string): string {
  return JSON.stringify(value);
}
