import type { Agent } from "../agent.ts";

/**
 * Google's Gemini CLI (Apache-2.0). No second prompt: with `--resume` it sends each tool's result twice, which a strict vendor
 * of its own dialect refuses.
 */
export const geminiCli: Agent = {
  name: "gemini",
  title: "Gemini CLI",
  from: "npm",
  package: "@google/gemini-cli",
  version: "0.61.0",
  program: "gemini",
  api: "gemini",
  connect: "gemini",
  env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
  files: {
    ".gemini/settings.json": JSON.stringify({
      privacy: { usageStatisticsEnabled: false },
      general: { enableAutoUpdate: false },
    }),
  },
  run: (prompt) => ["--yolo", "--prompt", prompt],
  writes: {
    by: "tool",
    tool: "write_file",
    arguments: (file, text) => ({ file_path: file, content: text }),
  },
};
