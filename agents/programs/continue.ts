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
  env: { CONTINUE_TELEMETRY_ENABLED: "0", CONTINUE_CLI_ENABLE_TELEMETRY: "0" },
  run: (prompt, { home }) => ["--auto", "--config", `${home}/.continue/config.yaml`, "--print", prompt],
  goOn: (prompt, { home }) => ["--auto", "--resume", "--config", `${home}/.continue/config.yaml`, "--print", prompt],
  writes: {
    by: "tool",
    tool: "Write",
    arguments: (file, text) => ({ filepath: file, content: text }),
  },
};
