import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";
import type { Places } from "../places.ts";

const folder = ({ named, home }: Places) => join(named("GEMINI_CLI_HOME", home), ".gemini");

export const gemini: ClientProgram = {
  name: "gemini",
  title: "Gemini CLI",
  about: "Google's coding agent for the terminal",
  speaks: "gemini",
  isAgent: true,
  signs: { commands: ["gemini"], paths: (places) => [folder(places)] },
  files: ({ address, key, model }, places) => [
    {
      path: join(folder(places), "settings.json"),
      format: "json",
      values: [
        { path: ["security", "auth", "selectedType"], value: "gemini-api-key" },
        { path: ["model", "name"], value: model.name },
        // Its helpers (classifier, summaries, loop detection) ask for Gemini's small models; this rule matches them all.
        {
          path: ["modelConfigs", "customOverrides", { where: "modelConfig.model", is: model.name }],
          value: { match: { overrideScope: "core" }, modelConfig: { model: model.name } },
        },
      ],
    },
    {
      path: join(folder(places), ".env"),
      format: "env",
      values: [
        { path: ["GOOGLE_GEMINI_BASE_URL"], value: baseOf("gemini", address) },
        { path: ["GEMINI_API_KEY"], value: key },
      ],
    },
  ],
  rivals: (places) => [
    {
      path: join(folder(places), ".env"),
      format: "env",
      at: ["GEMINI_MODEL"],
      advice: "it names another model; take the line out",
    },
  ],
  start: "gemini",
  aliases: { asker: "Its sub-agents", names: ["gemini-*"] },
  notes: [
    "It reads one `.env` only: a `.env` or `.gemini/.env` in the project or above it hides the one in the home folder. There, put the lines into that one.",
  ],
  seen: { version: "0.61.0", source: "@google/gemini-cli", date: "2026-11-26" },
};
