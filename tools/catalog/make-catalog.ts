import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeclaredPrice } from "../../src/base/declared-price.ts";
import {
  pricesOf,
  type Modality,
  type StoredCatalog,
  type StoredModel,
  type StoredPart,
} from "../../src/vendor/catalog/catalog-model.ts";
import { findId } from "../../src/vendor/catalog/find-id.ts";
import { isObject } from "../../src/vendor/catalog/models-dev/is-object.ts";
import { readModelsDev } from "../../src/vendor/catalog/models-dev/read-models-dev.ts";
import { readPortkey } from "./read-portkey.ts";

/** What the sources are, as their folder's README tells. */
const sources = {
  "models.dev": { name: "models.dev f3fc6922", date: "2026-07-02" },
  portkey: { name: "Portkey-AI/models f654307e", date: "2026-08-21" },
};

/** The catalogue that Sahab ships, of the sources in a folder. */
export function makeCatalog(folder: string): StoredCatalog {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), "utf8"));
  const document = read("models-dev/api.json");
  const parts = readModelsDev(document, isObject(document) ? Object.keys(document) : []);
  if (!parts) throw new Error(`${folder}/models-dev/api.json has no vendor in it`);
  const { alibaba, "alibaba-cn": china } = parts;
  if (!alibaba || !china) throw new Error("models.dev has no Alibaba");
  const added = addAlibaba(readPortkey(read("portkey-models/dashscope.json")), alibaba, china);
  return {
    source: "models.dev",
    sources,
    parts: {
      ...parts,
      ...added,
      byteplus: readBytePlus(
        readPortkey(read("portkey-models/byteplus.json")),
        read("portkey-models/byteplus.general.json"),
      ),
    },
  };
}

/** Models of Alibaba that only Portkey lists, each where it is sold. */
function addAlibaba(
  prices: ReadonlyMap<string, DeclaredPrice>,
  alibaba: StoredPart,
  china: StoredPart,
): Record<string, StoredPart> {
  const world = new Map(Object.entries(alibaba.models));
  const yuan = new Map(Object.entries(china.models));
  for (const [id, price] of prices) {
    if (world.has(id) || yuan.has(id) || yuan.has(id.toLowerCase())) continue;
    const isYuan = isConverted(id, price);
    const models = isYuan ? yuan : world;
    const [like, other] = [models, isYuan ? world : yuan].map((list) => list.get(findId(list, id) ?? ""));
    if ([like, other].some((known) => known && hasRates(known, price))) continue;
    models.set(id, {
      ...(like ?? { takes: takesOf(id), gives: ["text"] }),
      name: id,
      price,
      source: "portkey",
      ...(isYuan && { converted_from: "CNY" }),
    });
  }
  const sorted = (models: Map<string, StoredModel>) =>
    Object.fromEntries([...models].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { alibaba: { ...alibaba, models: sorted(world) }, "alibaba-cn": { ...china, models: sorted(yuan) } };
}

function hasRates(model: StoredModel, { input, output }: DeclaredPrice): boolean {
  return pricesOf(model).some((known) => known.input === input && known.output === output);
}

/** Dollars of three digits and more (0.574) are a round price in yuan, converted; lists in dollars have two. */
function isConverted(id: string, { input }: DeclaredPrice): boolean {
  if (["qwen-vl-ocr-latest", "qwen-vl-plus-2025-07-10"].includes(id)) return true;
  return id !== "qwen3-omni-30b-a3b-captioner" && String(input).replaceAll(/^0\.0*|\./g, "").length >= 3;
}

function takesOf(id: string): Modality[] {
  if (id.includes("omni")) return ["text", "image", "audio", "video"];
  return /vl|qvq/.test(id) ? ["text", "image"] : ["text"];
}

function readBytePlus(prices: ReadonlyMap<string, DeclaredPrice>, general: unknown): StoredPart {
  const about = isObject(general) ? general : {};
  const ids = [...new Set([...prices.keys(), ...Object.keys(about)])].filter(
    (id) => !["default", "name", "description"].includes(id),
  );
  const models = ids.toSorted().map((id): [string, StoredModel] => {
    const price = prices.get(id);
    const entry = about[id];
    const type = isObject(entry) && isObject(entry["type"]) ? entry["type"] : {};
    const can = Array.isArray(type["supported"]) ? type["supported"] : [];
    const isImage = type["primary"] === "image";
    return [
      id,
      {
        name: id,
        takes: can.includes("image") || isImage ? ["text", "image"] : ["text"],
        gives: isImage ? ["image"] : ["text"],
        ...(can.includes("tools") && { features: ["tools" as const] }),
        // Unverified: each thinks unless told not to.
        ...(id.startsWith("seed-") && {
          thinking: { toggle: true as const, efforts: ["minimal", "low", "medium", "high"] },
        }),
        ...(price && { price }),
        source: "portkey",
      },
    ];
  });
  return { name: "BytePlus", models: Object.fromEntries(models) };
}
