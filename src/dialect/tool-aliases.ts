import { isObject, type JsonObject } from "./read.ts";
import { shortenName, toolNameCharsMax } from "./tool-names.ts";

/** What the client calls a tool that is a function of another name, or of another kind, for everybody else. */
export interface ToolAlias {
  name: string;
  namespace: string | undefined;
  /** A tool that takes a free text. */
  isCustom: boolean;
}

/**
 * The tools of a request by names that every vendor takes. A tool within a namespace is named after both, and a custom tool, which
 * takes a free text, becomes a function with that text as its only argument, under another name where a function has its own. Answers
 * get the client's own names and kinds back. Two tools of one kind with one name keep it, for the vendor to judge. The list is the
 * client's `tools` in the form of Responses, parsed and not checked.
 */
export class ToolNames {
  readonly #aliases = new Map<string, ToolAlias>();
  /** Kind, namespace and name → flat name. */
  readonly #flat = new Map<string, string>();
  /** Of functions that have their own. */
  readonly #plain: ReadonlySet<unknown>;

  constructor(tools: unknown) {
    const list = Array.isArray(tools) ? tools.filter(isObject) : [];
    const own = list.filter(({ type }) => type !== "namespace");
    this.#plain = new Set(own.filter(({ type }) => type !== "custom").map(({ name }) => name));
    for (const tool of own) this.#add(tool, undefined);
    for (const { type, name, tools: inner } of list)
      if (type === "namespace" && typeof name === "string" && Array.isArray(inner))
        for (const tool of inner) if (isObject(tool)) this.#add(tool, name);
  }

  /** The name for everybody else, also of a tool that is no longer in the list, or has become one of the other kind. */
  flat(name: string, namespace: string | undefined, isCustom: boolean): string {
    const isPlain = namespace === undefined && this.#plain.has(name);
    const ofKind = isPlain && !isCustom ? name : this.#flat.get(keyOf(name, namespace, isCustom));
    if (ofKind !== undefined) return ofKind;
    const ofOther = isPlain ? name : this.#flat.get(keyOf(name, namespace, !isCustom));
    return ofOther ?? (namespace === undefined ? name : joinNames(namespace, name));
  }

  /** Undefined for a function that the client calls by the same name. */
  alias(flat: string): ToolAlias | undefined {
    return this.#aliases.get(flat);
  }

  #add({ type, name }: JsonObject, namespace: string | undefined): void {
    const isCustom = type === "custom";
    if (typeof name !== "string" || (!isCustom && (namespace === undefined || type !== "function"))) return;
    const key = keyOf(name, namespace, isCustom);
    if (this.#flat.has(key)) return;
    const flat = this.#free(namespace === undefined ? name : joinNames(namespace, name), key);
    this.#flat.set(key, flat);
    this.#aliases.set(flat, { name, namespace, isCustom });
  }

  /** The name itself, or the first of those after it that no tool has. */
  #free(name: string, key: string): string {
    let free = name;
    for (let tries = 0; this.#plain.has(free) || this.#aliases.has(free); tries++)
      free = shortenName(name, `${key}${tries || ""}`);
    return free;
  }
}

function keyOf(name: string, namespace: string | undefined, isCustom: boolean): string {
  return `${namespace === undefined ? "" : `${namespace}\0`}${name}${isCustom ? "\0custom" : ""}`;
}

/** Namespace and name with two underscores between them, as MCP clients join them. */
export function joinNames(namespace: string, name: string): string {
  const joined = `${namespace}${namespace.endsWith("__") ? "" : "__"}${name}`.replaceAll(/[^\w-]/g, "_");
  return joined.length <= toolNameCharsMax ? joined : shortenName(joined, `${namespace}\0${name}`);
}
