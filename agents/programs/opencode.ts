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
  env: {
    OPENCODE_DISABLE_AUTOUPDATE: "true",
    OPENCODE_DISABLE_MODELS_FETCH: "true",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "true",
  },
  run: (prompt) => ["run", "--variant", "high", prompt],
  goOn: (prompt) => ["run", "--variant", "high", "--continue", prompt],
  writes: {
    by: "tool",
    tool: "write",
    arguments: (file, text) => ({ filePath: file, content: text }),
  },
};
