import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";
import type { Places } from "../places.ts";

const folder = ({ named, home }: Places) =>
  named("CLINE_DATA_DIR", join(named("CLINE_DIR", join(home, ".cline")), "data"));

/** Its name for servers that speak OpenAI's dialect. */
const provider = "openai-compatible";

export const cline: ClientProgram = {
  name: "cline",
  title: "Cline",
  about: "a coding agent for VS Code and the terminal",
  speaks: "chat",
  isAgent: true,
  signs: { commands: ["cline"], paths: (places) => [folder(places)] },
  files: ({ address, key, model, at }, places) => [
    {
      path: places.named("CLINE_PROVIDER_SETTINGS_PATH", join(folder(places), "settings", "providers.json")),
      format: "json",
      values: [
        { path: ["version"], value: 1, isDefault: true },
        { path: ["modes"], value: {}, isDefault: true },
        { path: ["lastUsedProvider"], value: provider },
        {
          path: ["providers", provider],
          value: {
            settings: {
              provider,
              apiKey: key,
              model: model.name,
              baseUrl: baseOf("chat", address),
              ...(model.context !== undefined && { contextWindow: model.context }),
              ...(model.output !== undefined && { maxTokens: model.output }),
            },
            updatedAt: at,
            tokenSource: "manual",
          },
        },
      ],
    },
  ],
  rivals: (places) => [
    {
      path: places.named("CLINE_PROVIDER_SETTINGS_PATH", join(folder(places), "settings", "providers.json")),
      format: "json",
      at: ["modes"],
      // Unverified: whether a mode's own choice comes before the provider that was used last.
      advice: "a mode may have a provider of its own; pick OpenAI Compatible in the program",
    },
  ],
  start: "cline",
  notes: [
    "These are the settings of Cline in the terminal. In VS Code: Settings, API Provider: OpenAI Compatible, with the same address, key and model.",
  ],
  seen: { version: "3.0.65", source: "cline", date: "2026-11-26" },
};
