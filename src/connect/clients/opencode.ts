import { existsSync } from "node:fs";
import { join } from "node:path";
import { baseOf, type ClientProgram, type Connection, type Rival } from "../client-program.ts";
import type { ModelFacts } from "../model-facts.ts";
import type { Places } from "../places.ts";
import type { SettingsFile } from "../settings-file.ts";
import type { SettingsPath } from "../settings-tree.ts";

/** The settings of opencode and of Kilo Code, which comes from it. */
export function opencodeFiles(
  { address, key, model, models }: Connection,
  { settings, keys, schema }: { settings: string; keys: string; schema: string },
): SettingsFile[] {
  const picked = `sahab/${model.name}`;
  return [
    {
      path: settings,
      format: "json",
      values: [
        { path: ["$schema"], value: schema, isDefault: true },
        {
          path: ["provider", "sahab"],
          value: {
            npm: "@ai-sdk/openai-compatible",
            name: "Sahab",
            options: { baseURL: baseOf("chat", address) },
            models: Object.fromEntries(models.map((one) => [one.name, describeModel(one)])),
          },
        },
        { path: ["model"], value: picked },
        { path: ["small_model"], value: picked },
      ],
    },
    { path: keys, format: "json", values: [{ path: ["sahab"], value: { type: "api", key } }] },
  ];
}

/** An agent may have a model of its own, and providers may be left out by name. */
export function opencodeRivals(settings: string): Rival[] {
  const rival = (at: SettingsPath, advice: string): Rival => ({ path: settings, format: "json", at, advice });
  return [
    ...["build", "plan"].map((agent) =>
      rival(["agent", agent, "model"], "that agent goes on with it; take it out, or pick another with /models"),
    ),
    { ...rival(["enabled_providers"], "it leaves out others than it names; add sahab to it"), but: "sahab" },
  ];
}

/** The most that is asked for where the model's own limit is not known, and its share of a small context. */
const outputMax = 32_000;

/** Without a limit it knows no context, and compacts only when the server refuses a prompt, again and again. */
function describeModel({ name, context, output, tools, images, thinks }: ModelFacts): object {
  return {
    name,
    ...(context !== undefined && {
      limit: { context, output: Math.min(output ?? outputMax, Math.ceil(context / 4)) },
    }),
    ...(tools !== undefined && { tool_call: tools }),
    ...(thinks !== undefined && { reasoning: thinks }),
    ...(images !== undefined && { attachment: images }),
  };
}

/** The first that is there, which counts most, or the place for a new one. */
export function firstThere(paths: readonly string[], otherwise: string): string {
  return paths.find((path) => existsSync(path)) ?? otherwise;
}

function places({ configHome, dataHome, named }: Places) {
  const folder = join(configHome, "opencode");
  return {
    settings: named("OPENCODE_CONFIG", firstThere([join(folder, "opencode.jsonc")], join(folder, "opencode.json"))),
    keys: join(dataHome, "opencode", "auth.json"),
    schema: "https://opencode.ai/config.json",
  };
}

export const opencode: ClientProgram = {
  name: "opencode",
  title: "opencode",
  about: "a coding agent for the terminal, for any vendor",
  speaks: "chat",
  isAgent: true,
  signs: { commands: ["opencode"], paths: ({ configHome }) => [join(configHome, "opencode")] },
  files: (connection, found) => opencodeFiles(connection, places(found)),
  rivals: (found) => opencodeRivals(places(found).settings),
  start: "opencode",
  notes: [
    "Each model whose context the server knows has its `limit`; without one opencode does not know when to compact, and may do so without end. After a change of the models run `sahab connect opencode --write` again.",
  ],
  seen: { version: "1.18.33", source: "opencode-ai", date: "2026-11-26" },
};
