import { join } from "node:path";
import { baseOf, type ClientProgram, type Connection } from "../client-program.ts";

/** Each kind of model that it asks for by itself is pinned, so that no alias is needed. */
function variables({ address, key, model }: Connection): Record<string, string> {
  const { name, context, output } = model;
  return {
    ANTHROPIC_BASE_URL: baseOf("messages", address),
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: name,
    ANTHROPIC_DEFAULT_FABLE_MODEL: name,
    ANTHROPIC_DEFAULT_OPUS_MODEL: name,
    ANTHROPIC_DEFAULT_SONNET_MODEL: name,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: name,
    // The name that versions before 2 have for the Haiku one.
    ANTHROPIC_SMALL_FAST_MODEL: name,
    CLAUDE_CODE_SUBAGENT_MODEL: name,
    // Its list of models then has those of the server whose ids it takes.
    CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
    // It guesses the context of a model that it does not know: 200,000 or 1,000,000 tokens, by its version.
    ...(context !== undefined && { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(context) }),
    // It asks for 32,000 tokens of answer, which many models refuse.
    ...(output !== undefined && output < 32_000 && { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(output) }),
  };
}

export const claudeCode: ClientProgram = {
  name: "claude-code",
  title: "Claude Code",
  about: "Anthropic's coding agent for the terminal and editors",
  speaks: "messages",
  isAgent: true,
  signs: { commands: ["claude"], paths: ({ named, home }) => [named("CLAUDE_CONFIG_DIR", join(home, ".claude"))] },
  files: (connection, { named, home }) => [
    {
      path: join(named("CLAUDE_CONFIG_DIR", join(home, ".claude")), "settings.json"),
      format: "json",
      values: Object.entries(variables(connection)).map(([name, value]) => ({ path: ["env", name], value })),
    },
  ],
  rivals: ({ named, home }) =>
    ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"].map((name) => ({
      path: join(named("CLAUDE_CONFIG_DIR", join(home, ".claude")), "settings.json"),
      format: "json",
      at: ["env", name],
      but: "0",
      advice: "it goes to that cloud and not to Sahab; take it out",
    })),
  start: "claude",
  notes: [
    "`ANTHROPIC_API_KEY` in the shell comes before the key here; unset it.",
    "Its own list of models (`/model`) shows ids that begin with `claude` or `anthropic` only. To pick others there, give them an alias in cloud.yaml, such as `claude-fast: deepseek-flash`.",
  ],
  seen: { version: "2.1.332", source: "@anthropic-ai/claude-code", date: "2026-11-26" },
};
