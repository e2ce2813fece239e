/** What a header says of a request: its user, or a tag of this name. */
export type HeaderMeaning = "user" | `tag:${string}`;

/**
 * The headers by which programs tell whose a request is. Of several with the same meaning the first of this table counts.
 * Facts of November 2026; a line that is `Unverified` was seen in other gateways' code only.
 */
export const headerSources: readonly (readonly [name: string, meaning: HeaderMeaning])[] = [
  // Sahab's own.
  ["x-sahab-session", "tag:session"],
  ["x-sahab-user", "user"],
  // Claude Code (code.claude.com/docs/en/llm-gateway-protocol); a sub-agent has an id within its session.
  ["x-claude-code-session-id", "tag:session"],
  ["x-claude-code-agent-id", "tag:subagent"],
  // Codex 0.169, as recorded; versions before 0.150 wrote an underscore, and named the conversation.
  ["session-id", "tag:session"],
  ["session_id", "tag:session"],
  ["conversation_id", "tag:session"],
  ["thread-id", "tag:thread"],
  ["originator", "tag:app"],
  // opencode (packages/opencode/src/session/llm); its own vendor gets the second.
  ["x-session-affinity", "tag:session"],
  ["x-opencode-session", "tag:session"],
  // Also OpenRouter's (openrouter.ai/docs, session_id).
  ["x-session-id", "tag:session"],
  // Cline (sdk/packages/llms/src/providers/request-headers.ts) and Roo Code (src/api/index.ts).
  ["x-task-id", "tag:session"],
  ["x-roo-task-id", "tag:session"],
  // Open WebUI, with ENABLE_FORWARD_USER_INFO_HEADERS.
  ["x-openwebui-chat-id", "tag:session"],
  ["x-openwebui-user-id", "user"],
  // Unverified: Qwen Code, goose.
  ["x-qwen-code-session-id", "tag:session"],
  ["agent-session-id", "tag:session"],
  ["goose-session-id", "tag:session"],
  // Unverified: Kilo Code.
  ["x-kilocode-taskid", "tag:session"],
  // Unverified: Gemini CLI with usage statistics; the id of its installation.
  ["x-gemini-api-privileged-user-id", "user"],
  // OpenRouter's names for the program that calls (openrouter.ai/docs/app-attribution).
  ["x-openrouter-title", "tag:app"],
  ["x-title", "tag:app"],
  ["http-referer", "tag:app"],
];

/** Tags of the caller's own choice, such as `team=search,env=prod`. */
export const tagsHeader = "x-sahab-tags";

/**
 * Coding agents and other programs, by the first word of their User-Agent in lower case, up to its version. SDKs have none: they say
 * nothing of the program around them.
 */
export const agentsByWord: ReadonlyMap<string, string> = new Map([
  // Recorded.
  ["codex_exec", "codex"],
  ["codex_cli_rs", "codex"],
  ["codex_vscode", "codex"],
  ["geminicli", "gemini-cli"],
  ["geminicli-tui", "gemini-cli"],
  // From their documentation or source.
  ["claude-cli", "claude-code"],
  ["claude-code", "claude-code"],
  ["qwencode", "qwen-code"],
  ["opencode", "opencode"],
  ["cline", "cline"],
  ["roocode", "roo-code"],
  ["githubcopilotchat", "copilot"],
  // Unverified.
  ["codex-tui", "codex"],
  ["codex_sdk_ts", "codex"],
  ["kilo-code", "kilo-code"],
  ["aider", "aider"],
  ["goose", "goose"],
  ["continue", "continue"],
  ["zed", "zed"],
  ["cursor", "cursor"],
  ["crush", "crush"],
  ["llm", "llm"],
  ["librechat", "librechat"],
  ["open-webui", "open-webui"],
]);

/** What people call those that work by themselves, by their tag. */
export const agentTitles: ReadonlyMap<string, string> = new Map([
  ["codex", "Codex"],
  ["claude-code", "Claude Code"],
  ["gemini-cli", "Gemini CLI"],
  ["qwen-code", "Qwen Code"],
  ["opencode", "opencode"],
  ["cline", "Cline"],
  ["roo-code", "Roo Code"],
  ["kilo-code", "Kilo Code"],
  ["goose", "goose"],
]);
