import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";

export const codex: ClientProgram = {
  name: "codex",
  title: "Codex",
  about: "OpenAI's coding agent for the terminal",
  speaks: "responses",
  isAgent: true,
  signs: { commands: ["codex"], paths: ({ named, home }) => [named("CODEX_HOME", join(home, ".codex"))] },
  files: ({ address, key, model }, { named, home }) => [
    {
      path: join(named("CODEX_HOME", join(home, ".codex")), "config.toml"),
      format: "toml",
      values: [
        { path: ["model"], value: model.name },
        { path: ["model_provider"], value: "sahab" },
        // Codex knows the context of OpenAI's own models only, and compacts by it.
        ...(model.context === undefined ? [] : [{ path: ["model_context_window"], value: model.context }]),
        {
          path: ["model_providers", "sahab"],
          value: {
            name: "Sahab",
            base_url: baseOf("responses", address),
            wire_api: "responses",
            // `env_key` would need a variable in every shell and in the editors that start Codex.
            experimental_bearer_token: key,
          },
        },
      ],
    },
  ],
  rivals: ({ named, home }) => [
    {
      path: join(named("CODEX_HOME", join(home, ".codex")), "config.toml"),
      format: "toml",
      at: ["profile"],
      advice: "a profile may name a model and provider of its own; take the line out",
    },
  ],
  start: "codex",
  notes: [
    "`wire_api` can only be `responses` now.",
    "A login with ChatGPT is kept, and used again when `model_provider` is removed.",
    "Hosted tools (`web_search`) are left out for models whose vendor has none, and named in `x-sahab-dropped`.",
  ],
  seen: { version: "0.171.0", source: "openai/codex, model-provider-info", date: "2026-11-26" },
};
