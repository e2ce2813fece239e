import { askSimilar } from "../base/find-similar.ts";
import { showText } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { mayBeOfEnvironment } from "../vendor/index.ts";
import { name as nameSchema } from "./schema/names.ts";

/**
 * Targets of a document, parsed or not, whose provider is not among its providers: one line each. A model or a provider that has another
 * fault is checked no further, so without this a misspelt name in it would be told only once that fault is mended.
 */
export function findStrayTargets(document: unknown): string[] {
  const { providers } = isRecord(document) ? document : {};
  // What is no list may hold the names that are meant.
  if (providers !== undefined && !Array.isArray(providers)) return [];
  const names = listOf(document, "providers").flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  // A wrong name is told at its own place, and may be a key that was pasted there.
  const rightNames = names.filter((name) => nameSchema.safeParse(name).success);
  return listOf(document, "models").flatMap((model, index) =>
    listOf(model, "targets").flatMap(({ provider }, at) =>
      typeof provider !== "string" || names.includes(provider) || mayBeOfEnvironment(provider)
        ? []
        : [`models[${index}].targets[${at}].provider: ${describeStray(provider, rightNames)}`],
    ),
  );
}

export function describeStray(provider: string, names: readonly string[]): string {
  const listed = showList(names) || "none are declared";
  return `${showText(provider)} is not among the providers (${listed})${askSimilar(provider, names)}`;
}

function listOf(value: unknown, field: string): Record<string, unknown>[] {
  const list: unknown = isRecord(value) ? value[field] : undefined;
  return Array.isArray(list) ? list.map((one: unknown) => (isRecord(one) ? one : {})) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
