import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";

export const qwenCode: ClientProgram = {
  name: "qwen-code",
  title: "Qwen Code",
  about: "Alibaba's coding agent for the terminal",
  speaks: "chat",
  isAgent: true,
  signs: { commands: ["qwen"], paths: ({ named, home }) => [named("QWEN_HOME", join(home, ".qwen"))] },
  files: ({ address, key, model, models }, { named, home }) => [
    {
      path: join(named("QWEN_HOME", join(home, ".qwen")), "settings.json"),
      format: "json",
      values: [
        { path: ["env", "SAHAB_API_KEY"], value: key },
        ...models.map(({ name, context }) => ({
          path: ["modelProviders", "openai", { where: "id", is: name }],
          value: {
            id: name,
            name: `${name} (Sahab)`,
            baseUrl: baseOf("chat", address),
            envKey: "SAHAB_API_KEY",
            ...(context !== undefined && { generationConfig: { contextWindowSize: context } }),
          },
        })),
        { path: ["security", "auth", "selectedType"], value: "openai" },
        { path: ["model", "name"], value: model.name },
      ],
    },
  ],
  start: "qwen",
  notes: ["`SAHAB_API_KEY` in the shell or in a `.env` comes before the key in the settings."],
  seen: { version: "0.24.4", source: "@qwen-code/qwen-code", date: "2026-11-26" },
};
