import { findUnprintable, showText } from "../base/printable.ts";
import { baseAddressOf, describeMissingAddress, vendors } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";
import { describeMinusZero } from "./decimal.ts";
import { findAccountFaults } from "./find-account-faults.ts";
import { findAliasFaults, findUnknownModels } from "./find-name-faults.ts";
import { decimalsOf } from "./price-schema.ts";
import { findUnusableAddress } from "./provider-address.ts";
import { isPlaceholder } from "./provider-secret.ts";

/**
 * What would fail later, at a request, at a report or at the next start: one line each, with its place. It is refused when
 * a configuration is applied. One that is stored already may hold it, since earlier versions took it, and starts.
 */
export function findFaults(config: CloudConfig): string[] {
  return [
    ...config.providers.flatMap((provider, index) =>
      findProviderFaults(provider).map((fault) => `providers[${index}].${fault}`),
    ),
    ...config.models.flatMap((model, index) => [
      ...[
        ...decimalsOf(model.price, `models[${index}].price`),
        ...decimalsOf(model.charge, `models[${index}].charge`),
        ...(model.targets ?? []).flatMap(({ price }, at) => decimalsOf(price, `models[${index}].targets[${at}].price`)),
      ].flatMap(([place, value]) => describeMinusZero(value, place)),
      ...describeUnprintable(model.local?.file, `models[${index}].local.file`),
      ...(model.local?.lora ?? []).flatMap(({ file }, at) =>
        describeUnprintable(file, `models[${index}].local.lora[${at}].file`),
      ),
      ...findLengthFaults(model).map((fault) => `models[${index}].${fault}`),
    ]),
    ...findAccountFaults(config),
    ...findAliasFaults(config),
    ...findUnknownModels(config),
    ...findExcess(config),
  ];
}

function findLengthFaults({ context, output, local }: CloudConfig["models"][number]): string[] {
  const whole = context ?? local?.context;
  return [
    ...(context !== undefined && local && context !== local.context
      ? [`context: expected ${local.context}, as local.context says, or nothing; found ${context}`]
      : []),
    ...(output !== undefined && whole !== undefined && output > whole
      ? [`output: expected at most ${whole}, the context that prompt and answer share; found ${output}`]
      : []),
  ];
}

/** Names of providers that mean something else in reports and lists of models, in small letters. */
const reservedProviders: ReadonlyMap<string, string> = new Map([
  ["local", "usage of the models on this machine is reported under it"],
  ["sahab", "models on this machine are listed as owned by it"],
]);

/** Why a provider must not have this name; undefined if it may. */
export function whyReserved(providerName: string): string | undefined {
  return reservedProviders.get(providerName.toLowerCase());
}

/** HTTP's own headers for a connection, a body and its framing: values of a configuration would break calls. */
const framingHeaders = new Set([
  "content-encoding",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);
const headersMax = 64;
/** Many servers refuse a head of more than 8 to 16 KiB. */
const headerCharsMax = 16_384;

function findProviderFaults(provider: ProviderConfig): string[] {
  const { name, vendor, base_url, api_key, api_keys, headers, region } = provider;
  const reserved = whyReserved(name);
  const address = base_url === undefined ? undefined : findUnusableAddress(base_url);
  const { regions } = vendors[vendor];
  return [
    ...(reserved === undefined ? [] : [`name: "${name}" is reserved: ${reserved}; choose another name`]),
    ...(address === undefined ? [] : [`base_url: ${address}`]),
    ...(api_key != null && isPlaceholder(api_key) ? [`api_key: ${placeholder}`] : []),
    ...(api_key != null && api_keys != null ? ["api_keys: expected api_key or api_keys, found both"] : []),
    ...(api_keys ?? []).flatMap((key, index, all) => [
      ...(isPlaceholder(key) ? [`api_keys[${index}]: ${placeholder}`] : []),
      ...(all.indexOf(key) === index ? [] : [`api_keys[${index}]: the same key stands before it`]),
    ]),
    ...describeUnprintable(region, "region"),
    ...(vendors[vendor].addressVariables && baseAddressOf(vendors[vendor], provider) === undefined
      ? [`base_url: ${describeMissingAddress(vendors[vendor])}`]
      : []),
    ...(region !== undefined && regions && base_url === undefined && !Object.hasOwn(regions, region)
      ? [`region: ${vendor} has no region ${showText(region)} here; it has: ${Object.keys(regions).join(", ")}`]
      : []),
    ...findHeaderFaults(Object.entries(headers ?? {})),
  ];
}

const placeholder =
  "this is a placeholder and no key; write ${NAME} for the environment variable NAME where the configuration is applied";

function findHeaderFaults(headers: [string, string][]): string[] {
  const chars = headers.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const seen = new Set<string>();
  return [
    ...(headers.length > headersMax ? [`headers: expected at most ${headersMax}, found ${headers.length}`] : []),
    ...(chars > headerCharsMax
      ? [`headers: expected at most ${headerCharsMax} characters in all, found ${chars}`]
      : []),
    ...headers.flatMap(([key, value]) => {
      const lower = key.toLowerCase();
      const isTwice = seen.size === seen.add(lower).size;
      return [
        ...(isTwice ? [`headers.${key}: this header is there twice; capitals make no difference`] : []),
        ...(framingHeaders.has(lower) ? [`headers.${key}: this header is Sahab's own to set`] : []),
        ...(isPlaceholder(value) ? [`headers.${key}: ${placeholder}`] : []),
      ];
    }),
  ];
}

/** Each local model is a process with the model in its memory. */
const localModelsMax = 64;
const targetsMax = 50_000;

function findExcess({ models }: CloudConfig): string[] {
  const local = models.filter((model) => model.local).length;
  const targets = models.reduce((sum, model) => sum + (model.targets?.length ?? 0), 0);
  return [
    ...(local > localModelsMax ? [`models: expected at most ${localModelsMax} with a local file, found ${local}`] : []),
    ...(targets > targetsMax ? [`models: expected at most ${targetsMax} targets in all, found ${targets}`] : []),
  ];
}

function describeUnprintable(text: string | undefined, place: string): string[] {
  const found = text === undefined ? undefined : findUnprintable(text);
  return found === undefined
    ? []
    : [`${place}: expected text without control and invisible characters; there is ${found}`];
}
