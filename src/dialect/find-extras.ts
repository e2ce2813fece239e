import type { Extras } from "../call/index.ts";
import { asBuffer, peekCount, type JsonField } from "./json-scan.ts";
import type { OpenedBody } from "./open-body.ts";
import { isObject, type JsonObject } from "./read.ts";
import { readTier, tierFields, usualTier } from "./service-tier.ts";

/**
 * What may make a request dearer than its texts say, found by searches. It is for an estimate: what a client spells by escapes is not found,
 * and what the request costs in the end is what counts. `parameters` has the tools where they are not in the body itself.
 */
export function findExtras(opened: OpenedBody, parameters = opened): Extras {
  return { serviceTier: findTier(opened), toolUses: findToolUses(parameters), named: findNamed(opened) };
}

function findTier(opened: OpenedBody): string | undefined {
  for (const name of tierFields) {
    const tier = readTier(opened, name);
    if (tier !== undefined && tier !== usualTier) return tier;
  }
  return undefined;
}

/** How often a tool is called at most, about, where nobody says it. */
const usesUsual = 10;

const searchFees = ["web_search", "source"];
/** Tools that vendors run: OpenAI, Anthropic, xAI and Ark name them by a `type`, which may go on with a date, Google by the tool's only field. */
const vendorTools: readonly (readonly [name: string, fees: readonly string[]])[] = [
  ["web_search", searchFees],
  ["x_search", ["x_search", "source"]],
  ["googleSearch", ["web_search", "grounded_prompt"]],
  ["google_search", ["web_search", "grounded_prompt"]],
  ["googleMaps", ["grounded_prompt"]],
  ["google_maps", ["grounded_prompt"]],
  ["file_search", ["file_search"]],
  ["collections_search", ["file_search"]],
  ["attachment_search", ["attachment_search"]],
  ["code_interpreter", ["code_interpreter"]],
  ["image_generation", ["image_generation"]],
  ["mcp", ["mcp"]],
];
const toolMarks = vendorTools.map(([name]) => Buffer.from(`"${name}`));
/** Fields that switch a search on: OpenAI, xAI, Alibaba, Perplexity. */
const searchFields = ["web_search_options", "search_parameters", "enable_search"];

function findToolUses({ body, scan }: OpenedBody): Extras["toolUses"] {
  let uses: Map<string, number> | undefined;
  const add = (fees: readonly string[], count: number) => {
    uses ??= new Map();
    for (const fee of fees) uses.set(fee, (uses.get(fee) ?? 0) + count);
  };
  const tools = bytesOf(body, scan.fields.get("tools"));
  if (tools && toolMarks.some((mark) => tools.includes(mark)))
    for (const tool of parseTools(tools))
      for (const [name, fees] of vendorTools) if (isOfVendor(tool, name)) add(fees, usesOf(tool) ?? usesUsual);
  if (searchFields.some((name) => isOn(bytesOf(body, scan.fields.get(name))))) add(searchFees, usesUsual);
  if (!uses) return undefined;
  const usesMax = peekCount(body, scan, "max_tool_calls") ?? Infinity;
  return Object.fromEntries(Array.from(uses, ([fee, count]) => [fee, Math.min(count, usesMax)]));
}

/** What is no list of tools is the vendor's to judge. */
function parseTools(json: Buffer): JsonObject[] {
  try {
    const parsed = JSON.parse(json.toString("utf8")) as unknown;
    // Google takes an object in a list's place.
    return (Array.isArray(parsed) ? parsed : [parsed]).filter((tool) => isObject(tool));
  } catch {
    return [];
  }
}

function isOfVendor(tool: JsonObject, name: string): boolean {
  const { type } = tool;
  return Object.hasOwn(tool, name) || (typeof type === "string" && type.startsWith(name));
}

/** Anthropic's tools have a bound of their own. */
function usesOf({ max_uses: uses }: JsonObject): number | undefined {
  return typeof uses === "number" && Number.isSafeInteger(uses) && uses > 0 ? uses : undefined;
}

function isOn(json: Buffer | undefined): boolean {
  return json !== undefined && !["null", "false"].includes(json.toString("latin1", 0, 6));
}

/** Fields with a prompt, in all dialects. */
const promptFields = ["messages", "input", "contents"];
const addressMarks = ['"http', '"gs:', '"oss:'].map((mark) => Buffer.from(mark));
const idMark = Buffer.from('"file_id"');
/** The key before an address, and what is before that: a picture or a file, and not a link in the arguments of a tool. */
const namesPicture = /(?:"image(?:_url)?"\s*:\s*|"image_url"\s*:\s*\{[^{}]*"url"\s*:\s*)$/;
const namesFile = /"(?:file_url|file_?[uU]ri|video|audio|video_url)"\s*:\s*$|"video_url"\s*:\s*\{[^{}]*"url"\s*:\s*$/;
/** Anthropic's source of a picture or a document. */
const namesSource = /("image"\s*,\s*)?"source"\s*:\s*\{\s*(?:"type"\s*:\s*"url"\s*,\s*)?"url"\s*:\s*$/;
const bytesBefore = 120;

function findNamed({ body, scan }: OpenedBody): Extras["named"] {
  let [pictures, files] = [0, 0];
  for (const name of promptFields) {
    const prompt = bytesOf(body, scan.fields.get(name));
    if (!prompt) continue;
    for (const at of placesOf(prompt, idMark)) if (prompt[at - 1] !== backslash) files++;
    for (const mark of addressMarks)
      for (const at of placesOf(prompt, mark)) {
        // Most addresses are in texts.
        const before = prompt[at - 1];
        if (before !== colon && before !== space) continue;
        const text = prompt.toString("latin1", Math.max(0, at - bytesBefore), at);
        const source = namesSource.exec(text);
        if (namesPicture.test(text) || source?.[1] !== undefined) pictures++;
        else if (source || namesFile.test(text)) files++;
      }
  }
  return pictures + files === 0 ? undefined : { pictures, files };
}

const [backslash, colon, space] = [0x5c, 0x3a, 0x20];

function* placesOf(bytes: Buffer, mark: Buffer): Generator<number> {
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) yield at;
}

function bytesOf(body: Uint8Array, field: JsonField | undefined): Buffer | undefined {
  return field && asBuffer(body).subarray(field.start, field.end);
}
