import type { Command } from "commander";
import type { Client } from "./client.ts";
import { formatTable, print, printJson } from "./print.ts";

interface Model {
  name: string;
  kind: "local" | "remote";
  targets: { provider: string; model: string; priority: number }[];
  file: string | null;
  price: { currency: string; input: string; cached_input: string; cache_write: string; output: string };
}

export function addModels(program: Command, client: () => Client): void {
  program
    .command("models")
    .description("list the models that clients may call, where they run and what they cost")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: boolean }) => {
      const { models } = await client().json<{ models: Model[] }>("/admin/v1/models");
      if (options.json) printJson(models);
      else if (models.length === 0)
        print("No models. Add one with: sahab pull FILE-OR-URL, or sahab apply -f cloud.yaml");
      else {
        const rows = models.map((model) => {
          const { price } = model;
          const place = model.file ?? model.targets.map((target) => `${target.provider}/${target.model}`).join(", ");
          const written = price.cache_write === price.input ? "" : `${price.cache_write} cache write, `;
          const cost =
            Number(price.input) + Number(price.output) === 0
              ? "free"
              : `${price.input} in, ${price.cached_input} cached, ${written}${price.output} out ${price.currency}`;
          return [model.name, model.kind, place, cost];
        });
        print(formatTable(["NAME", "KIND", "FROM", "PRICE PER MILLION TOKENS"], rows));
      }
    });
}
