import type { Agent } from "../agent.ts";

/** Continue's program for the terminal (Apache-2.0). */
export const continueCli: Agent = {
  name: "continue",
  title: "Continue",
  from: "npm",
  package: "@continuedev/cli",
  version: "1.5.47",
  program: "cn",
  api: "chat",
  connect: "continue",
  env: () => ({ CONTINUE_TELEMETRY_ENABLED: "0", CONTINUE_CLI_ENABLE_TELEMETRY: "0" }),
  files: ({ address, key, model }) => ({
    ".continue/config.yaml": `name: Sahab
version: 1.0.0
schema: v1
models:
  - name: ${model}
    provider: openai
    model: ${model}
    apiBase: ${address}/v1
    apiKey: ${key}
    roles: [chat, edit, apply]
    capabilities: [tool_use]
`,
  }),
  run: (prompt, { home }) => ["--auto", "--config", `${home}/.continue/config.yaml`, "--print", prompt],
  goOn: (prompt, { home }) => ["--auto", "--resume", "--config", `${home}/.continue/config.yaml`, "--print", prompt],
  writes: {
    by: "tool",
    tool: "Write",
    arguments: (file, text) => ({ filepath: file, content: text }),
  },
};
