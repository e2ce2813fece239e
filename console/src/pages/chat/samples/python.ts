import type { DialectSample, Json } from "./dialects.ts";
import { encloseItems } from "./enclose-items.ts";
import type { SamplePlace } from "./sample.ts";

/** With the dialect's official SDK, `openai`, `anthropic` or `google-genai`. */
export function writePython({ sdk, arguments: given }: DialectSample, place: SamplePlace): string {
  const key = `os.environ[${text(place.keyVariable)}]`;
  const fields = Object.entries(given as Record<string, Json>);
  const keywords = fields.map(([name, value]) => `    ${name}=${write(value, "    ")},\n`).join("");
  const call = (name: string) => `${name}(\n${keywords})\n`;
  switch (sdk) {
    case "openai-chat":
    case "openai-responses": {
      const client = `client = OpenAI(base_url=${text(`${place.address}/v1`)}, api_key=${key})\n`;
      const head = `import os\nfrom openai import OpenAI\n\n${client}\n`;
      return sdk === "openai-chat"
        ? `${head}answer = ${call("client.chat.completions.create")}print(answer.choices[0].message.content)\n`
        : `${head}answer = ${call("client.responses.create")}print(answer.output_text)\n`;
    }
    case "anthropic":
      return (
        `import os\nfrom anthropic import Anthropic\n\n` +
        `client = Anthropic(base_url=${text(place.address)}, api_key=${key})\n\n` +
        `answer = ${call("client.messages.create")}` +
        `print("".join(part.text for part in answer.content if part.type == "text"))\n`
      );
    case "google":
      return (
        `import os\nfrom google import genai\n\n` +
        `client = genai.Client(api_key=${key}, http_options={"base_url": ${text(place.address)}})\n\n` +
        `answer = ${call("client.models.generate_content")}print(answer.text)\n`
      );
  }
}

function write(value: Json, indent: string): string {
  const inner = `${indent}    `;
  if (typeof value === "string") return text(value);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  const items = Array.isArray(value)
    ? value.map((item: Json) => write(item, inner))
    : Object.entries(value).map(([name, item]) => `${text(name)}: ${write(item as Json, inner)}`);
  return encloseItems(items, { brackets: Array.isArray(value) ? "[]" : "{}", indent, step: "    " });
}

/** Every escape that JSON writes means the same in Python, where no surrogate stands alone. */
function text(value: string): string {
  return JSON.stringify(value.toWellFormed());
}
