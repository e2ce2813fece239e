import { baseOf, type ClientProgram } from "../client-program.ts";

// SDKs read these variables by themselves; code names the model.

const date = "2026-11-26";

export const openaiSdk: ClientProgram = {
  name: "openai-sdk",
  title: "OpenAI SDK",
  about: "programs with OpenAI's SDK for JavaScript or Python",
  speaks: "chat",
  isAgent: false,
  signs: {},
  environment: ({ address, key }) => ({ OPENAI_BASE_URL: baseOf("chat", address), OPENAI_API_KEY: key }),
  steps: ({ model }) => [
    "client.chat.completions.create({",
    `  model: ${JSON.stringify(model.name)},`,
    '  messages: [{ role: "user", content: "Hello" }],',
    "})",
  ],
  start: "your program",
  isNoCommand: true,
  notes: ["Responses, embeddings, files and batches are at the same address."],
  seen: { version: "openai 7.57.0 (npm)", source: "openai", date },
};

export const anthropicSdk: ClientProgram = {
  name: "anthropic-sdk",
  title: "Anthropic SDK",
  about: "programs with Anthropic's SDK for JavaScript or Python",
  speaks: "messages",
  isAgent: false,
  signs: {},
  environment: ({ address, key }) => ({ ANTHROPIC_BASE_URL: baseOf("messages", address), ANTHROPIC_API_KEY: key }),
  steps: ({ model }) => [
    "client.messages.create({",
    `  model: ${JSON.stringify(model.name)},`,
    "  max_tokens: 1000,",
    '  messages: [{ role: "user", content: "Hello" }],',
    "})",
  ],
  start: "your program",
  isNoCommand: true,
  notes: ["The address has no `/v1` at its end; the SDK adds it."],
  seen: { version: "@anthropic-ai/sdk 1.14.0", source: "@anthropic-ai/sdk", date },
};

export const googleSdk: ClientProgram = {
  name: "google-sdk",
  title: "Google Gen AI SDK",
  about: "programs with Google's SDK for JavaScript or Python",
  speaks: "gemini",
  isAgent: false,
  signs: {},
  environment: ({ address, key }) => ({ GOOGLE_GEMINI_BASE_URL: baseOf("gemini", address), GEMINI_API_KEY: key }),
  steps: ({ model }) => [`client.models.generateContent({ model: ${JSON.stringify(model.name)}, contents: "Hello" })`],
  start: "your program",
  isNoCommand: true,
  notes: ["`GOOGLE_API_KEY` comes before `GEMINI_API_KEY`; unset it."],
  seen: { version: "@google/genai 2.32.0", source: "@google/genai", date },
};
