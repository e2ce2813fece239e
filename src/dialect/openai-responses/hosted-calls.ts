import type { CountedTool, Usage } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { readCounts } from "../usage-kinds.ts";

/** Calls of tools that the vendor ran itself, by kind, which it bills by the piece. */
export class HostedCalls {
  readonly #counts: Record<string, number> = {};

  /** Takes in an item of the output that is whole. */
  add(item: unknown): void {
    if (!isObject(item)) return;
    const kind = hostedKinds.get(item["type"] as string);
    // Pages that are opened, and texts that are found in them, belong to the search before (OpenAI's page of prices, 2026).
    const act = isObject(item["action"]) ? item["action"]["type"] : undefined;
    if (kind === undefined || (kind === "web_search" && act !== undefined && act !== "search")) return;
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }

  /** The usage of a response with what its output shows of such calls, unless the vendor counts them itself (xAI). */
  addTo(usage: Usage | undefined, { usage: said }: JsonObject): Usage | undefined {
    if (!usage || (isObject(said) && said["server_side_tool_usage_details"])) return usage;
    const { counts } = readCounts(this.#counts);
    return counts ? { ...usage, counts: { ...counts, ...usage.counts } } : usage;
  }
}

/** Tools that clients run themselves (shells, patches, functions) are not among them. */
const hostedKinds: ReadonlyMap<string, CountedTool> = new Map<string, CountedTool>([
  ["web_search_call", "web_search"],
  ["x_search_call", "x_search"],
  ["file_search_call", "file_search"],
  ["code_interpreter_call", "code_interpreter"],
  ["image_generation_call", "image_generation"],
  ["mcp_call", "mcp"],
]);

/** The usage of a whole response, or of one that has ended, whose output is all there. */
export function withHostedCalls(usage: Usage | undefined, response: JsonObject): Usage | undefined {
  const { output } = response;
  if (!usage || !Array.isArray(output)) return usage;
  const calls = new HostedCalls();
  for (const item of output) calls.add(item);
  return calls.addTo(usage, response);
}
