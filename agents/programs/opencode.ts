import type { Agent } from "../agent.ts";

/** opencode (MIT). Its program comes with the package of each platform. */
export const opencode: Agent = {
  name: "opencode",
  title: "opencode",
  from: "npm",
  package: "opencode-ai",
  version: "1.18.33",
  program: "opencode",
  finish: "postinstall.mjs",
  api: "chat",
  connect: "opencode",
  env: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: "true",
    OPENCODE_DISABLE_MODELS_FETCH: "true",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "true",
  }),
  files: ({ address, key, model }) => ({
    ".config/opencode/opencode.json": JSON.stringify({
      provider: {
        sahab: {
          npm: "@ai-sdk/openai-compatible",
          name: "Sahab",
          options: { baseURL: `${address}/v1`, apiKey: key },
          models: { [model]: { name: model, limit: { context: 128_000, output: 8_192 } } },
        },
      },
      autoupdate: false,
      share: "disabled",
    }),
  }),
  run: (prompt, { model }) => ["run", "--model", `sahab/${model}`, prompt],
  goOn: (prompt, { model }) => ["run", "--continue", "--model", `sahab/${model}`, prompt],
  writes: {
    by: "tool",
    tool: "write",
    arguments: (file, text) => ({ filePath: file, content: text }),
  },
};
