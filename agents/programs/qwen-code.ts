import type { Agent } from "../agent.ts";

/** Alibaba's Qwen Code (Apache-2.0). */
export const qwenCode: Agent = {
  name: "qwen-code",
  title: "Qwen Code",
  from: "npm",
  package: "@qwen-code/qwen-code",
  version: "0.24.4",
  program: "qwen",
  api: "chat",
  connect: "qwen-code",
  env: { QWEN_TELEMETRY_ENABLED: "false" },
  files: {
    ".qwen/settings.json": JSON.stringify({
      privacy: { usageStatisticsEnabled: false },
      general: { enableAutoUpdate: false },
    }),
  },
  run: (prompt) => ["--yolo", "--prompt", prompt],
  goOn: (prompt) => ["--yolo", "--continue", "--prompt", prompt],
  writes: {
    by: "tool",
    tool: "write_file",
    arguments: (file, text) => ({ file_path: file, content: text }),
  },
};
