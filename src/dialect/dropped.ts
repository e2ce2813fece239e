import { isObject, type JsonObject } from "./read.ts";

/** The paths of fields that were left out, each once. */
export class Dropped {
  readonly #paths = new Set<string>();

  get list(): string[] {
    return [...this.#paths];
  }

  add(path: string): void {
    if (this.#paths.size < pathsMax) this.#paths.add(path);
  }

  /** All fields of an object that stands at the prefix. A null says no more than no field. */
  addKeys(prefix: string, value: JsonObject | undefined): void {
    for (const [key, field] of Object.entries(value ?? {})) {
      if (partlyKnown.has(key) && isObject(field)) this.addKeys(`${prefix}${key}.`, field);
      else if (field !== undefined && field !== null) this.add(prefix + key);
    }
  }
}

/** They travel in one header. */
const pathsMax = 40;

/** Objects of which the neutral call names some fields: their extensions are what is left, at the same place. */
const partlyKnown = new Set([
  "format",
  "function",
  "json_schema",
  "output_config",
  "response_format",
  "stream_options",
  "thinking",
  "tool_choice",
]);
