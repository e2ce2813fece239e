import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";

export const continueDev: ClientProgram = {
  name: "continue",
  title: "Continue",
  about: "a coding agent for editors and, as cn, for the terminal",
  speaks: "chat",
  isAgent: true,
  signs: { commands: ["cn"], paths: ({ named, home }) => [named("CONTINUE_GLOBAL_DIR", join(home, ".continue"))] },
  files: ({ address, key, models }, { named, home }) => [
    {
      path: join(named("CONTINUE_GLOBAL_DIR", join(home, ".continue")), "config.yaml"),
      format: "yaml",
      values: [
        { path: ["name"], value: "Local Config", isDefault: true },
        { path: ["version"], value: "1.0.0", isDefault: true },
        { path: ["schema"], value: "v1", isDefault: true },
        ...models.map(({ name, context, output, tools, images }, at) => ({
          // It takes the first of the list until another one is picked.
          isFirst: at === 0,
          path: ["models", { where: "name", is: `${name} (Sahab)` }],
          value: {
            name: `${name} (Sahab)`,
            provider: "openai",
            model: name,
            apiBase: baseOf("chat", address),
            apiKey: key,
            roles: ["chat", "edit", "apply"],
            capabilities: [...(tools === false ? [] : ["tool_use"]), ...(images ? ["image_input"] : [])],
            ...((context ?? output) !== undefined && {
              defaultCompletionOptions: {
                ...(context !== undefined && { contextLength: context }),
                ...(output !== undefined && { maxTokens: Math.min(output, 32_000) }),
              },
            }),
          },
        })),
      ],
    },
  ],
  start: "cn",
  notes: [
    "It uses the first model of the list, unless you have picked one in the program before: then pick the one of Sahab there (`/model` in `cn`).",
  ],
  seen: { version: "1.5.47", source: "@continuedev/cli", date: "2026-11-26" },
};
