import type { DialectSample, Json } from "./dialects.ts";
import { encloseItems } from "./enclose-items.ts";
import type { SamplePlace } from "./sample.ts";

interface Parts {
  /** Expressions of Python. */
  key: string;
  address: string;
  /** The SDK's method that is called, with the arguments. */
  call: (method: string) => string;
}

const programs: Record<DialectSample["sdk"], (parts: Parts) => string> = {
  "openai-chat": ({ key, address, call }) =>
    `import os\nfrom openai import OpenAI\n\n` +
    `client = OpenAI(base_url=${address}, api_key=${key})\n\n` +
    `answer = ${call("client.chat.completions.create")}print(answer.choices[0].message.content)\n`,
  "openai-responses": ({ key, address, call }) =>
    `import os\nfrom openai import OpenAI\n\n` +
    `client = OpenAI(base_url=${address}, api_key=${key})\n\n` +
    `answer = ${call("client.responses.create")}print(answer.output_text)\n`,
  anthropic: ({ key, address, call }) =>
    `import os\nfrom anthropic import Anthropic\n\n` +
    `client = Anthropic(base_url=${address}, api_key=${key})\n\n` +
    `answer = ${call("client.messages.create")}` +
    `print("".join(part.text for part in answer.content if part.type == "text"))\n`,
  google: ({ key, address, call }) =>
    `import os\nfrom google import genai\n\n` +
    `client = genai.Client(api_key=${key}, http_options={"base_url": ${address}})\n\n` +
    `answer = ${call("client.models.generate_content")}print(answer.text)\n`,
  dashscope: (parts) => writeDashscope(parts, { method: "Generation", content: "content" }),
  "dashscope-multimodal": (parts) =>
    writeDashscope(parts, { method: "MultiModalConversation", content: 'content[0]["text"]' }),
};

/** DashScope's SDK raises nothing where a call fails. */
function writeDashscope(
  { key, address, call }: Parts,
  { method, content }: { method: string; content: string },
): string {
  return (
    `import os\nimport dashscope\n\n` +
    `dashscope.base_http_api_url = ${address}\ndashscope.api_key = ${key}\n\n` +
    `answer = ${call(`dashscope.${method}.call`)}` +
    `if answer.status_code != 200:\n    raise RuntimeError(answer.message)\n` +
    `print(answer.output.choices[0].message.${content})\n`
  );
}

/** With the dialect's usual SDK: `openai`, `anthropic`, `google-genai` or `dashscope`. */
export function writePython({ sdk, basePath, extra = {}, ...sample }: DialectSample, place: SamplePlace): string {
  const given = { ...sample.arguments, ...(Object.keys(extra).length > 0 && { extra_body: extra }) };
  const keywords = Object.entries(given).map(([name, value]) => `    ${name}=${write(value, "    ")},\n`);
  return programs[sdk]({
    key: `os.environ[${text(place.keyVariable)}]`,
    address: text(place.address + basePath),
    call: (method) => `${method}(\n${keywords.join("")})\n`,
  });
}

function write(value: Json, indent: string): string {
  const inner = `${indent}    `;
  if (typeof value === "string") return text(value);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  const items = Array.isArray(value)
    ? value.map((item: Json) => write(item, inner))
    : Object.entries(value).map(([name, item]) => `${text(name)}: ${write(item, inner)}`);
  return encloseItems(items, { brackets: Array.isArray(value) ? "[]" : "{}", indent, step: "    " });
}

/** Every escape that JSON writes means the same in Python, where no surrogate stands alone. */
function text(value: string): string {
  return JSON.stringify(value.toWellFormed());
}
