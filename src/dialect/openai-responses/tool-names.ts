import { isObject, type JsonObject } from "../read.ts";
import { shortenName, toolNameCharsMax } from "../tool-names.ts";

/** What the client calls a tool that is a function of another name, or of another kind, for everybody else. */
export interface ToolAlias {
  name: string;
  namespace: string | undefined;
  /** A tool that takes a free text. */
  isCustom: boolean;
}

/**
 * The tools of a request by names that every vendor takes. A tool within a namespace is named after both, and a custom tool, which
 * takes a free text, becomes a function with that text as its only argument. Answers get the client's own names and kinds
 * back. The list is the client's `tools`, parsed and not checked.
 */
export class ToolNames {
  readonly #aliases = new Map<string, ToolAlias>();
  /** Namespace and name → flat name. */
  readonly #flat = new Map<string, string>();

  constructor(tools: unknown) {
    const list = Array.isArray(tools) ? tools.filter(isObject) : [];
    const plain = new Set(list.filter(({ type }) => type !== "namespace").map(({ name }) => name));
    for (const tool of list) {
      if (tool["type"] !== "namespace") this.#add(tool, undefined, plain);
      else if (typeof tool["name"] === "string" && Array.isArray(tool["tools"]))
        for (const inner of tool["tools"]) if (isObject(inner)) this.#add(inner, tool["name"], plain);
    }
  }

  /** The name for everybody else, also of a tool that is no longer in the list. */
  flat(name: string, namespace: string | undefined): string {
    if (namespace === undefined) return name;
    return this.#flat.get(`${namespace}\0${name}`) ?? joinNames(namespace, name);
  }

  /** Undefined for a function that the client calls by the same name. */
  alias(flat: string): ToolAlias | undefined {
    return this.#aliases.get(flat);
  }

  #add({ type, name }: JsonObject, namespace: string | undefined, plain: ReadonlySet<unknown>): void {
    const isCustom = type === "custom";
    if (typeof name !== "string" || (!isCustom && (namespace === undefined || type !== "function"))) return;
    let flat = name;
    if (namespace !== undefined) {
      flat = joinNames(namespace, name);
      if (plain.has(flat) || this.#aliases.has(flat)) flat = shortenName(flat, `${namespace}\0${name}`);
      this.#flat.set(`${namespace}\0${name}`, flat);
    }
    this.#aliases.set(flat, { name, namespace, isCustom });
  }
}

/** Namespace and name with two underscores between them, as MCP clients join them. */
export function joinNames(namespace: string, name: string): string {
  const joined = `${namespace}${namespace.endsWith("__") ? "" : "__"}${name}`.replaceAll(/[^\w-]/g, "_");
  return joined.length <= toolNameCharsMax ? joined : shortenName(joined, `${namespace}\0${name}`);
}
