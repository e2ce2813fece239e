import { join } from "node:path";
import { baseOf, type ClientProgram } from "../client-program.ts";
import type { Places } from "../places.ts";

const folder = ({ named, appData }: Places) => named("LLM_USER_PATH", join(appData, "io.datasette.llm"));

export const llm: ClientProgram = {
  name: "llm",
  title: "LLM",
  about: "Simon Willison's command for prompts in the shell",
  speaks: "chat",
  isAgent: false,
  signs: { commands: ["llm"], paths: (places) => [folder(places)] },
  files: ({ address, key, model, models }, places) => [
    {
      path: join(folder(places), "extra-openai-models.yaml"),
      format: "yaml",
      values: models.map(({ name, tools, images, thinks }) => ({
        path: [{ where: "model_id", is: `sahab/${name}` }],
        value: {
          model_id: `sahab/${name}`,
          model_name: name,
          api_base: baseOf("chat", address),
          api_key_name: "sahab",
          can_stream: true,
          ...(tools !== false && { supports_tools: true }),
          ...(images && { vision: true }),
          // It refuses `-o reasoning_effort` without.
          ...(thinks && { reasoning: true }),
        },
      })),
    },
    { path: join(folder(places), "keys.json"), format: "json", values: [{ path: ["sahab"], value: key }] },
    {
      path: join(folder(places), "default_model.txt"),
      format: "text",
      values: [{ path: [], value: `sahab/${model.name}` }],
    },
  ],
  start: 'llm "Hello"',
  notes: [],
  seen: { version: "0.36", source: "llm", date: "2026-11-26" },
};
