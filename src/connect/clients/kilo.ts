import { join } from "node:path";
import type { ClientProgram } from "../client-program.ts";
import type { Places } from "../places.ts";
import { firstThere, opencodeFiles, opencodeRivals } from "./opencode.ts";

const settings = ({ configHome }: Places) =>
  firstThere(
    ["kilo.jsonc", "kilo.json", "opencode.jsonc", "opencode.json", "config.json"].map((name) =>
      join(configHome, "kilo", name),
    ),
    join(configHome, "kilo", "kilo.jsonc"),
  );

export const kilo: ClientProgram = {
  name: "kilo",
  title: "Kilo Code",
  about: "a coding agent for VS Code and the terminal",
  speaks: "chat",
  isAgent: true,
  signs: { commands: ["kilo", "kilocode"], paths: ({ configHome }) => [join(configHome, "kilo")] },
  files: (connection, places) =>
    opencodeFiles(connection, {
      settings: settings(places),
      keys: join(places.dataHome, "kilo", "auth.json"),
      schema: "https://kilo.ai/config.json",
    }),
  rivals: (places) => opencodeRivals(settings(places)),
  start: "kilo",
  notes: [
    "Versions before 7 keep their settings in VS Code: Settings, Providers, OpenAI Compatible, with the same address and key.",
  ],
  seen: { version: "7", source: "Kilo-Org/kilocode, packages/opencode", date: "2026-11-26" },
};
