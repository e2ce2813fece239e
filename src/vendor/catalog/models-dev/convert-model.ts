import { findUnprintable } from "../../../base/printable.ts";
import { modalities, type Feature, type Modality, type StoredModel, type Thinking } from "../catalog-model.ts";
import { convertCost } from "./convert-cost.ts";
import { isObject } from "./is-object.ts";

const textCharsMax = 128;
const effortsMax = 16;
/** Parts of vendors that bill in yuan; their prices are the source's conversions. */
const yuanParts = new Set([
  "alibaba-cn",
  "minimax-cn",
  "moonshotai-cn",
  "qiniu-ai",
  "siliconflow-cn",
  "stepfun",
  "tencent-tokenhub",
  "zhipuai",
]);

/** A model in models.dev's form as ours; undefined for what is none. What cannot be read of it is left out. */
export function convertModel(part: string, id: string, raw: unknown): StoredModel | undefined {
  if (!isModelId(id) || !isObject(raw)) return undefined;
  const limit = isObject(raw["limit"]) ? raw["limit"] : {};
  const media = isObject(raw["modalities"]) ? raw["modalities"] : {};
  const experimental = isObject(raw["experimental"]) ? raw["experimental"] : {};
  const interleaved = isObject(raw["interleaved"]) ? raw["interleaved"]["field"] : undefined;
  const features = sortFeatures(raw);
  const price = convertCost(part, id, raw["cost"], experimental["modes"]);
  const { status } = raw;
  const context = count(limit["context"]);
  const input = count(limit["input"]);
  const model: { [K in keyof StoredModel]: StoredModel[K] | undefined } = {
    name: text(raw["name"]) ?? id,
    family: text(raw["family"]),
    context,
    input: input === context ? undefined : input,
    output: count(limit["output"]),
    takes: modalitiesOf(media["input"]),
    gives: modalitiesOf(media["output"]),
    features: features.has,
    lacks: features.lacks,
    thinking: raw["reasoning"] === true ? convertThinking(raw["reasoning_options"]) : undefined,
    interleaved: text(interleaved),
    knowledge: date(raw["knowledge"]),
    released: date(raw["release_date"]),
    status: status === "beta" || status === "deprecated" ? status : undefined,
    api: apiOf(raw["provider"]),
    price,
    converted_from: price && yuanParts.has(part) ? "CNY" : undefined,
  };
  return Object.fromEntries(Object.entries(model).filter(([, value]) => !isNothing(value))) as unknown as StoredModel;
}

/** A name that can be a header's value and a part of an address. */
function isModelId(id: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(id) && !(id in Object.prototype);
}

const flags: readonly (readonly [string, Feature])[] = [
  ["tool_call", "tools"],
  ["structured_output", "structured_output"],
  ["attachment", "attachments"],
  ["temperature", "sampling"],
];

function sortFeatures(raw: Readonly<Record<string, unknown>>): { has: Feature[]; lacks: Feature[] } {
  const those = (wanted: boolean) => flags.filter(([flag]) => raw[flag] === wanted).map(([, feature]) => feature);
  return { has: those(true), lacks: those(false) };
}

function convertThinking(options: unknown): Thinking {
  const thinking: Thinking = {};
  for (const option of Array.isArray(options) ? options.slice(0, effortsMax) : []) {
    if (!isObject(option)) continue;
    const { type, values, min, max } = option;
    if (type === "toggle") thinking.toggle = true;
    if (type === "effort" && Array.isArray(values))
      thinking.efforts = values
        .map(text)
        .filter((effort) => effort !== undefined)
        .slice(0, effortsMax);
    if (type === "budget_tokens") {
      const [least, most] = [count(min) ?? (min === 0 ? 0 : undefined), count(max)];
      thinking.budget = { ...(least !== undefined && { min: least }), ...(most !== undefined && { max: most }) };
    }
  }
  return thinking;
}

/** Which wire format a model of another make speaks at its vendor, by the package that models.dev names. */
function apiOf(provider: unknown): string | undefined {
  if (!isObject(provider)) return undefined;
  if (provider["shape"] === "responses") return "responses";
  const npm = text(provider["npm"]);
  if (npm?.endsWith("/anthropic")) return "messages";
  return npm === "@ai-sdk/openai-compatible" ? "chat" : undefined;
}

/** Text where nothing is told. */
function modalitiesOf(value: unknown): Modality[] {
  const known = modalities.filter((modality) => Array.isArray(value) && value.includes(modality));
  return known.length === 0 ? ["text"] : known;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** Text that a terminal shows as it is. */
function text(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "" || value.length > textCharsMax) return undefined;
  return findUnprintable(value) === undefined ? value : undefined;
}

function date(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{4}(?:-\d\d){0,2}$/.test(value) ? value : undefined;
}

function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
