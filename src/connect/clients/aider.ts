import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";

export const aider: ClientProgram = {
  name: "aider",
  title: "aider",
  about: "pair programming in the terminal, with edits in the text of answers",
  speaks: "chat",
  isAgent: false,
  signs: { commands: ["aider"], paths: ({ home }) => [join(home, ".aider.conf.yml"), join(home, ".aider")] },
  files: ({ address, key, model }, { home }) => {
    const name = `openai/${model.name}`;
    return [
      {
        path: join(home, ".aider.conf.yml"),
        format: "yaml",
        values: [
          { path: ["openai-api-base"], value: baseOf("chat", address) },
          { path: ["openai-api-key"], value: key },
          { path: ["model"], value: name },
          // For commit messages and summaries it would take another model of the name's own vendor.
          { path: ["weak-model"], value: name },
          { path: ["editor-model"], value: name },
          // It would ask about a model of unknown size at each start.
          ...(model.context === undefined ? [{ path: ["show-model-warnings"], value: false }] : []),
        ],
      },
      ...(model.context === undefined
        ? []
        : [
            {
              path: join(home, ".aider.model.metadata.json"),
              format: "json" as const,
              values: [
                {
                  path: [name],
                  value: {
                    max_input_tokens: model.context,
                    ...(model.output !== undefined && { max_tokens: model.output, max_output_tokens: model.output }),
                    litellm_provider: "openai",
                    mode: "chat",
                  },
                },
              ],
            },
          ]),
    ];
  },
  start: "aider",
  notes: [
    "An `.aider.conf.yml` in the project comes before the one in the home folder.",
    "`openai/` before the model's name says that the server speaks OpenAI's dialect; it is not sent.",
  ],
  seen: { version: "0.86.2", source: "aider-chat", date: "2026-11-26" },
};
