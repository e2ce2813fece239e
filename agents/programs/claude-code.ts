import type { Agent } from "../agent.ts";

/** Anthropic's Claude Code (its own terms: it is installed and run, and nothing of it is kept). */
export const claudeCode: Agent = {
  name: "claude-code",
  title: "Claude Code",
  from: "npm",
  package: "@anthropic-ai/claude-code",
  version: "2.1.328",
  program: "claude",
  finish: "install.cjs",
  api: "messages",
  connect: "claude-code",
  env: {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    // It refuses to go without questions as root, but where it is told that it is in a sandbox.
    IS_SANDBOX: "1",
  },
  run: (prompt) => ["--print", "--dangerously-skip-permissions", prompt],
  goOn: (prompt) => ["--print", "--continue", "--dangerously-skip-permissions", prompt],
  writes: {
    by: "tool",
    tool: "Write",
    arguments: (file, text) => ({ file_path: file, content: text }),
  },
};
