import { join } from "node:path";
import { baseOf, usualContext, type ClientProgram } from "../client-program.ts";
import type { Places } from "../places.ts";

const folder = ({ platform, home, configHome }: Places) =>
  platform === "win32" ? join(home, "AppData", "Local", "crush") : join(configHome, "crush");

/** What is taken where the server does not know it. */
const outputUsual = 8_192;

export const crush: ClientProgram = {
  name: "crush",
  title: "Crush",
  about: "Charm's coding agent for the terminal",
  speaks: "chat",
  isAgent: true,
  guessesContext: true,
  signs: { commands: ["crush"], paths: (places) => [folder(places)] },
  files: ({ address, key, model, models }, places) => [
    {
      path: join(folder(places), "crush.json"),
      format: "json",
      values: [
        { path: ["$schema"], value: "https://charm.land/crush.json", isDefault: true },
        {
          path: ["providers", "sahab"],
          value: {
            name: "Sahab",
            // Unverified: the README that was looked at has `openai` here; newer versions are said to keep that for OpenAI itself.
            type: "openai-compat",
            base_url: baseOf("chat", address),
            api_key: key,
            models: models.map(({ name, context, output, thinks, images }) => ({
              id: name,
              name,
              context_window: context ?? usualContext,
              default_max_tokens: Math.min(output ?? outputUsual, Math.ceil((context ?? usualContext) / 4)),
              can_reason: thinks ?? false,
              supports_attachments: images ?? false,
            })),
          },
        },
        { path: ["models", "large"], value: { provider: "sahab", model: model.name } },
        { path: ["models", "small"], value: { provider: "sahab", model: model.name } },
      ],
    },
  ],
  rivals: ({ dataHome }) => [
    {
      // Unverified: this file, in which it keeps what was picked last, is read after the settings.
      path: join(dataHome, "crush", "crush.json"),
      format: "json",
      at: ["models", "large", "provider"],
      but: "sahab",
      advice: "it is what was picked last; pick the model of Sahab in the program",
    },
  ],
  start: "crush",
  notes: [],
  seen: { version: "README", source: "charmbracelet/crush", date: "2026-11-26" },
};
