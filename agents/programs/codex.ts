import type { Agent } from "../agent.ts";

/** Its own sandbox can't start within another one; the folder that it works in is thrown away. */
const options = [
  "--skip-git-repo-check",
  "--dangerously-bypass-approvals-and-sandbox",
  "--config",
  'model_reasoning_effort="high"',
];

/** OpenAI's Codex (Apache-2.0). Its program comes with the package of each platform. */
export const codex: Agent = {
  name: "codex",
  title: "Codex",
  from: "npm",
  package: "@openai/codex",
  version: "0.169.0",
  program: "codex",
  api: "responses",
  connect: "codex",
  run: (prompt) => ["exec", ...options, prompt],
  goOn: (prompt) => ["exec", ...options, "resume", "--last", prompt],
  writes: {
    by: "tool",
    tool: "exec_command",
    arguments: (file, text) => ({ cmd: `printf %s '${text}' > ${file}` }),
  },
};
