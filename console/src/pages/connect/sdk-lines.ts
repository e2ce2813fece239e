/** What programs need to call a model. */
export interface SdkCall {
  /** Of this server, without a path. */
  origin: string;
  model: string;
  /** The key itself, or a word in its place. */
  key: string;
  question: string;
}

/** Ways to call models from code of one's own, by name; each is what to install, and lines to paste. */
export const sdks = [
  { id: "curl", title: "curl", install: "", lines: curlLines },
  { id: "openai-python", title: "OpenAI · Python", install: "pip install openai", lines: openaiPythonLines },
  { id: "openai-ts", title: "OpenAI · TypeScript", install: "npm install openai", lines: openaiTypeScriptLines },
  {
    id: "anthropic-python",
    title: "Anthropic · Python",
    install: "pip install anthropic",
    lines: anthropicPythonLines,
  },
  {
    id: "anthropic-ts",
    title: "Anthropic · TypeScript",
    install: "npm install @anthropic-ai/sdk",
    lines: anthropicTypeScriptLines,
  },
  { id: "google-ts", title: "Google Gen AI · TypeScript", install: "npm install @google/genai", lines: googleLines },
] as const;

function curlLines({ origin, model, key, question }: SdkCall): string {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: question }] });
  return [
    `curl ${origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" \\`,
    // A quote ends the shell's text, stands alone, and begins it again.
    `  -d '${body.replaceAll("'", `'\\''`)}'`,
  ].join("\n");
}

function openaiPythonLines({ origin, model, key, question }: SdkCall): string {
  return [
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url="${origin}/v1", api_key="${key}")`,
    "answer = client.chat.completions.create(",
    `    model=${JSON.stringify(model)},`,
    `    messages=[{"role": "user", "content": ${JSON.stringify(question)}}],`,
    ")",
    "print(answer.choices[0].message.content)",
  ].join("\n");
}

function openaiTypeScriptLines({ origin, model, key, question }: SdkCall): string {
  return [
    'import OpenAI from "openai";',
    "",
    `const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${key}" });`,
    "const answer = await client.chat.completions.create({",
    `  model: ${JSON.stringify(model)},`,
    `  messages: [{ role: "user", content: ${JSON.stringify(question)} }],`,
    "});",
    "console.log(answer.choices[0].message.content);",
  ].join("\n");
}

function anthropicPythonLines({ origin, model, key, question }: SdkCall): string {
  return [
    "from anthropic import Anthropic",
    "",
    // The SDK adds the version to the address.
    `client = Anthropic(base_url="${origin}", api_key="${key}")`,
    "answer = client.messages.create(",
    `    model=${JSON.stringify(model)},`,
    "    max_tokens=1000,",
    `    messages=[{"role": "user", "content": ${JSON.stringify(question)}}],`,
    ")",
    "print(answer.content[0].text)",
  ].join("\n");
}

function anthropicTypeScriptLines({ origin, model, key, question }: SdkCall): string {
  return [
    'import Anthropic from "@anthropic-ai/sdk";',
    "",
    `const client = new Anthropic({ baseURL: "${origin}", apiKey: "${key}" });`,
    "const answer = await client.messages.create({",
    `  model: ${JSON.stringify(model)},`,
    "  max_tokens: 1000,",
    `  messages: [{ role: "user", content: ${JSON.stringify(question)} }],`,
    "});",
    "console.log(answer.content);",
  ].join("\n");
}

function googleLines({ origin, model, key, question }: SdkCall): string {
  return [
    'import { GoogleGenAI } from "@google/genai";',
    "",
    `const ai = new GoogleGenAI({ apiKey: "${key}", httpOptions: { baseUrl: "${origin}" } });`,
    "const answer = await ai.models.generateContent({",
    `  model: ${JSON.stringify(model)},`,
    `  contents: ${JSON.stringify(question)},`,
    "});",
    "console.log(answer.text);",
  ].join("\n");
}
