import { expect, test } from "bun:test";
import { agentSessionOf } from "./agent-sessions.ts";

const of = (headers: Record<string, string>) => agentSessionOf({ get: (name) => headers[name] ?? null });

test.each<[string, string, Record<string, string>]>([
  ["Claude Code", "claude-cli/2.1.3 (external, cli)", { "x-claude-code-session-id": "s" }],
  ["Codex", "codex_exec/0.169.0 (Debian 12.0.0; x86_64)", { "session-id": "s", "thread-id": "s" }],
  ["Codex", "codex_cli_rs/0.60.0", { session_id: "s" }],
  ["opencode", "opencode/1.18.9 ai-sdk/provider-utils/4", { "x-session-affinity": "s", "x-session-id": "s" }],
  ["opencode", "opencode/1.18.9", { "x-opencode-session": "s" }],
  ["Cline", "Cline/3.40.0", { "x-task-id": "s" }],
  ["Roo Code", "RooCode/3.36.0", { "x-roo-task-id": "s" }],
  ["Kilo Code", "Kilo-Code/5.2", { "x-kilocode-taskid": "s" }],
  ["Qwen Code", "QwenCode/0.5.0 (linux; x64)", { "x-qwen-code-session-id": "s" }],
  ["goose", "goose/1.20", { "agent-session-id": "s" }],
])("%s names its session (%s)", (program, userAgent, headers) => {
  expect(of({ "user-agent": userAgent, ...headers })).toMatchObject({ program, session: "s" });
  expect(of({ "user-agent": userAgent })).toBeUndefined();
  expect(of({ "user-agent": `my-${userAgent}`, ...headers })).toBeUndefined();
  expect(of(headers)).toBeUndefined();
});

test("a sub-agent is one of its session, and what is no id names none", () => {
  const claude = { "user-agent": "claude-cli/2", "x-claude-code-session-id": "s" };
  const [main, one] = [of(claude), of({ ...claude, "x-claude-code-agent-id": "1" })];
  expect(one?.session).toBe("s");
  expect(one?.id).not.toBe(main?.id);
  for (const session of ["", "x".repeat(201)])
    expect(of({ ...claude, "x-claude-code-session-id": session })).toBeUndefined();
});
