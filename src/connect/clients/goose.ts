import { join } from "node:path";
import { baseOf, usualContext, type ClientProgram } from "../client-program.ts";
import type { Places } from "../places.ts";

const folder = ({ platform, configHome, appData }: Places) =>
  platform === "win32" ? join(appData, "Block", "goose", "config") : join(configHome, "goose");

export const goose: ClientProgram = {
  name: "goose",
  title: "goose",
  about: "an agent for the terminal and the desktop",
  speaks: "chat",
  isAgent: true,
  guessesContext: true,
  signs: { commands: ["goose"], paths: (places) => [folder(places)] },
  files: ({ address, key, model, models }, places) => [
    {
      path: join(folder(places), "custom_providers", "custom_sahab.json"),
      format: "json",
      values: Object.entries({
        name: "custom_sahab",
        engine: "openai",
        display_name: "Sahab",
        description: "An AI gateway",
        // A key of goose's own would have to be in the system's keyring, which a program cannot fill for it.
        requires_auth: false,
        base_url: `${baseOf("chat", address)}/chat/completions`,
        headers: { Authorization: `Bearer ${key}` },
        models: models.map(({ name, context = usualContext }) => ({ name, context_limit: context })),
        supports_streaming: true,
      }).map(([name, value]) => ({ path: [name], value })),
    },
    {
      path: join(folder(places), "config.yaml"),
      format: "yaml",
      values: [
        { path: ["active_provider"], value: "custom_sahab" },
        { path: ["providers", "custom_sahab"], value: { enabled: true, model: model.name, configured: true } },
        // Versions before `active_provider` read these, and later ones where it is not there.
        { path: ["GOOSE_PROVIDER"], value: "custom_sahab" },
        { path: ["GOOSE_MODEL"], value: model.name },
      ],
    },
  ],
  start: "goose session",
  notes: ["`GOOSE_PROVIDER` and `GOOSE_MODEL` in the shell come before the settings; unset them."],
  seen: { version: "main", source: "aaif-goose/goose, config and declarative_providers.rs", date: "2026-11-26" },
};
