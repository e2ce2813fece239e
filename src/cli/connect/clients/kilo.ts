import { join } from "node:path";
import type { ClientProgram } from "../client-program.ts";
import { firstThere, opencodeFiles } from "./opencode.ts";

export const kilo: ClientProgram = {
  name: "kilo",
  title: "Kilo Code",
  about: "a coding agent for VS Code and the terminal",
  speaks: "chat",
  isAgent: true,
  signs: { commands: ["kilo", "kilocode"], paths: ({ configHome }) => [join(configHome, "kilo")] },
  files: (connection, { configHome, dataHome }) =>
    opencodeFiles(connection, {
      settings: firstThere(["kilo.json", "kilo.jsonc", "config.json"].map((name) => join(configHome, "kilo", name))),
      keys: join(dataHome, "kilo", "auth.json"),
      schema: "https://app.kilo.ai/config.json",
    }),
  start: "kilo",
  notes: [
    "Versions before 7 keep their settings in VS Code: Settings, Providers, OpenAI Compatible, with the same address and key.",
  ],
  seen: { version: "7", source: "@kilocode/cli", date: "2026-11-26" },
};
