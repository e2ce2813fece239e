import { textOf, type Fields } from "./fields.ts";
import { isPrivate, nameOf, vendorAt } from "./hosts.ts";
import { ownForms } from "./own-forms.ts";
import { hasOwnApi, placeOf, wordOfBareName, type Place } from "./places.ts";
import { readKey } from "./read-key.ts";
import { readHeaders, readTimeouts } from "./read-options.ts";
import type { Finding, FoundTarget, ProviderFields } from "./target.ts";
import { variableOf } from "./variables.ts";

/** Finds where the calls of a deployment go, by its litellm_params; undefined, and told, where that is nowhere. */
export function findTarget(params: Fields, finding: Finding): FoundTarget | undefined {
  const { notes, at } = finding;
  const whole = textOf(params["model"]);
  if (whole === undefined) {
    notes.add({ fate: "left out", setting: "model_list", becomes: "", advice: "it names no litellm_params.model" }, at);
    return undefined;
  }
  const given = textOf(params["custom_llm_provider"]);
  const [first, rest] = splitOnce(whole);
  const isKnown = placeOf(first) !== undefined || hasOwnApi(first);
  const word = given ?? (rest !== undefined && (isKnown || !wordOfBareName(whole)) ? first : wordOfBareName(whole));
  const model = word === first && rest !== undefined ? rest : whole;
  const base = readAddress(params, word, finding);
  const place = word === undefined ? undefined : placeOf(word);
  if (place === undefined && (base === undefined || word === undefined || hasOwnApi(word))) {
    notes.add({ fate: "left out", setting: "litellm_params.model", becomes: "", advice: describeUnknown(word) }, at);
    return undefined;
  }
  if (place === undefined)
    notes.add(
      {
        fate: "changed",
        setting: `litellm_params.model: ${word ?? ""}/…`,
        becomes: "vendor: compatible",
        advice: `Sahab has no vendor of this name; its address is taken for one in OpenAI's form, so try it with sahab provider test`,
      },
      at,
    );
  return complete(params, { place: place ?? { vendor: "compatible" }, word: word ?? "", model, base }, finding);
}

interface Parts {
  place: Place;
  word: string;
  model: string;
  base: string | undefined;
}

function complete(params: Fields, parts: Parts, finding: Finding): FoundTarget | undefined {
  const { place, word, base } = parts;
  const { notes, at, variables } = finding;
  const ofHost = word === "openai" || place.vendor === "compatible" ? vendorAt(base) : undefined;
  let { vendor } = place;
  if (ofHost !== undefined) vendor = ofHost.vendor;
  else if (word === "openai" && base !== undefined) vendor = "compatible";
  const isOwn = place.isOwn === true || (vendor === "compatible" && isPrivate(base));
  const named = nameOf(vendor, word, base, place);
  const provider: ProviderFields = { vendor };
  const region = ofHost === undefined ? place.region : ofHost.region;
  if (region !== undefined && (base === undefined || ofHost !== undefined)) provider.region = region;
  const address = ofHost === undefined ? (base ?? place.address) : undefined;
  if (address !== undefined) provider.base_url = address;
  if (vendor === "compatible" && provider.base_url === undefined) {
    notes.add(
      {
        fate: "left out",
        setting: "litellm_params.api_base",
        becomes: "",
        advice: `${word} needs one; LiteLLM may have it from its environment: give base_url`,
      },
      at,
    );
    return undefined;
  }
  const target: FoundTarget = { provider, named, model: parts.model, isOwn };
  ownForms[vendor]?.(target, params, finding);
  target.model = dropResponses(target);
  const key = readKey(params, { word, named, place, vendor, isOwn }, finding);
  if (key !== undefined) provider.api_key = key;
  const headers = readHeaders(params, named, variables);
  if (headers !== undefined) provider.headers = headers;
  const timeouts = readTimeouts(params, finding.timeoutS);
  if (timeouts !== undefined) provider.timeouts = timeouts;
  return target;
}

/** `responses/` before a model's name pins OpenAI's Responses. */
function dropResponses(target: FoundTarget): string {
  if (!target.model.startsWith("responses/")) return target.model;
  target.api = "responses";
  return target.model.slice("responses/".length);
}

function describeUnknown(word: string | undefined): string {
  if (word === undefined)
    return "the name has no vendor before a slash that Sahab knows; give the model a target by hand";
  if (hasOwnApi(word))
    return `${word} has an API of its own that Sahab does not speak; where it has one in OpenAI's form, use vendor: compatible with its base_url`;
  return `Sahab has no vendor ${word} and the file no address of it; use vendor: compatible with base_url where it has an API in OpenAI's form`;
}

/** The base address, without what must not be in it; what was cut off is told. */
function readAddress(params: Fields, word: string | undefined, { notes, variables, at }: Finding): string | undefined {
  const text = textOf(params["api_base"]) ?? textOf(params["base_url"]);
  if (text === undefined) return undefined;
  const variable = variableOf(text);
  if (variable !== undefined) return variables.need(variable);
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    notes.add(
      {
        fate: "changed",
        setting: "litellm_params.api_base",
        becomes: "base_url",
        advice: "its user, password or query is left out, since addresses are shown: use api_key or headers",
      },
      at,
    );
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "" && word !== "azure" && placeOf(word ?? "")?.vendor === "compatible")
    notes.add(
      {
        fate: "changed",
        setting: "litellm_params.api_base",
        becomes: "base_url",
        advice: "an address without a path means /v1 in Sahab",
      },
      at,
    );
  return url.origin + path;
}

function splitOnce(text: string): [first: string, rest: string | undefined] {
  const at = text.indexOf("/");
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
