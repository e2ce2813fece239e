import type { Command } from "commander";
import type { DeclaredPrice } from "../base/declared-price.ts";
import { priceInForce } from "../base/price-in-force.ts";
import { asCalled } from "../base/called-as.ts";
import type { Client } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { formatTable, print, printJson } from "./print.ts";

/** As the admin API lists them. */
export interface Model {
  name: string;
  kind: "local" | "remote";
  targets: { provider: string; model: string; priority: number }[];
  file: string | null;
  prices: DeclaredPrice[];
  charge: { factor: string } | DeclaredPrice[] | null;
}

/** As the catalogue has it. */
interface KnownModel {
  vendor: string;
  id: string;
  context: number | null;
  output: number | null;
  takes: string[];
  gives: string[];
  features: string[];
  thinking: object | null;
  status: string | null;
  prices: DeclaredPrice[];
  available: string[];
}

interface Options {
  all?: boolean;
  vendor?: string;
  json?: boolean;
}

export function addModels(program: Command, client: () => Client): void {
  program
    .command("models")
    .description("list the models that clients may call, where they run and what they cost")
    .option("-a, --all", "list the models that vendors have, whether they can be called here or not")
    .option("--vendor <vendor>", "with --all: those of one vendor, as cloud.yaml or sahab catalog names it")
    .option("--json", "print them as JSON")
    .action(async (options: Options) => {
      if (options.vendor !== undefined && !options.all) throw new CommandError("--vendor goes with --all");
      if (options.all) await listKnown(client(), options);
      else await listCallable(client(), options);
    });
}

async function listCallable(client: Client, options: Options): Promise<void> {
  const { models } = await client.json<{ models: Model[] }>("/admin/v1/models");
  if (options.json) printJson(models);
  else if (models.length === 0)
    print(asCalled("No models. Add one with: sahab pull hf.co/OWNER/REPO, or sahab apply -f cloud.yaml"));
  else {
    const { aliases } = await client.json<{ aliases: { name: string; model: string }[] }>("/admin/v1/aliases");
    const isAlias = new Set(aliases.map(({ name }) => name));
    const ownRows = models
      .filter(({ name }) => !isAlias.has(name))
      .map((model) => {
        const place = model.file ?? model.targets.map((target) => `${target.provider}/${target.model}`).join(", ");
        return [model.name, model.kind, place, describePrices(model.prices), describeCharge(model.charge)];
      });
    // Aliases are added here since the server's list leaves out those with a *: each matches any number of names.
    const rows = [...ownRows, ...aliases.map(({ name, model }) => [name, "alias", model, "", ""])];
    const isCharged = models.some(({ charge }) => charge !== null);
    const headings = ["NAME", "KIND", "FROM", "PRICE PER MILLION TOKENS", ...(isCharged ? ["CHARGED"] : [])];
    print(formatTable(headings, isCharged ? rows : rows.map((row) => row.slice(0, -1))));
  }
}

async function listKnown(client: Client, { vendor, json }: Options): Promise<void> {
  const query = vendor === undefined ? "" : `?${new URLSearchParams({ vendor }).toString()}`;
  const { models } = await client.json<{ models: KnownModel[] }>(`/admin/v1/catalog/models${query}`);
  if (json) {
    printJson(models);
    return;
  }
  const rows = models.map((model) => [
    model.vendor,
    model.id,
    describeCount(model.context),
    describeCount(model.output),
    describeFeatures(model),
    describePrices(model.prices),
    model.available.join(", "),
  ]);
  print(
    formatTable(
      ["VENDOR", "MODEL", "CONTEXT", "OUTPUT", "FEATURES", "PRICE PER MILLION TOKENS", "PROVIDERS HERE"],
      rows,
    ),
  );
}

/** `1048576` → `1048.6K`, `1000000` → `1M`. */
function describeCount(tokens: number | null): string {
  if (tokens === null) return "";
  const [value, unit] = tokens >= 1_000_000 ? [tokens / 1_000_000, "M"] : [tokens / 1_000, "K"];
  return `${Number(value.toFixed(value < 10 ? 2 : 0))}${unit}`;
}

function describeFeatures({ features, thinking, takes, gives, status }: KnownModel): string {
  const media = [
    ...takes.filter((it) => it !== "text"),
    ...gives.filter((it) => it !== "text").map((it) => `makes ${it}`),
  ];
  const able = [
    ...(status === null ? [] : [status]),
    ...(features.includes("tools") ? ["tools"] : []),
    ...(thinking ? ["thinking"] : []),
  ];
  return [...able, ...media].join(" ");
}

/** Whether nothing is counted against a budget when it is called. */
export function isFree({ prices, charge }: Pick<Model, "prices" | "charge">): boolean {
  return describePrices(charge === null || "factor" in charge ? prices : charge) === "free";
}

function describeCharge(charge: Model["charge"]): string {
  if (charge === null) return "what it costs";
  return "factor" in charge ? `× ${charge.factor}` : describePrices(charge);
}

/** The price that holds now, and whether there is more to it. */
function describePrices(prices: DeclaredPrice[]): string {
  const price = priceInForce(prices, Date.now());
  if (!price) return "unknown";
  const {
    input,
    cached_input: cached,
    cache_write: written,
    output,
    currency,
    fees = {},
    tiers,
    off_peak: offPeak,
  } = price;
  const pieces = Object.entries(fees).map(([piece, fee]) => `${fee} each ${piece.replaceAll("_", " ")}`);
  const isTokens = Number(input) + Number(output) > 0;
  if (!isTokens && pieces.length === 0) return "free";
  const ofCache = [
    ...(cached === undefined ? [] : [`${cached} cached, `]),
    ...(written === undefined ? [] : [`${written} cache write, `]),
  ];
  const tokens = `${input} in, ${ofCache.join("")}${output} out`;
  const more = [...(tiers ? ["more for long prompts"] : []), ...(offPeak ? [`× ${offPeak.factor} off peak`] : [])];
  return `${[...(isTokens ? [tokens] : pieces)].join(", ")} ${currency}${more.length > 0 ? ` (${more.join(", ")})` : ""}`;
}
