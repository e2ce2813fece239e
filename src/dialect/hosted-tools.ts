import { SahabError } from "../base/errors.ts";
import { asBuffer, type JsonField } from "./json-scan.ts";
import { isObject } from "./read.ts";
import { parseJson } from "./vendor-error.ts";

/** A tool that the vendor runs and that reaches beyond the model. */
export interface HostedTool {
  /** Its place in `tools`. */
  index: number;
  /** Such as `mcp`. */
  kind: string;
}

/**
 * The tools of a request that the vendor would run on other servers, or on what its account keeps for all projects. Those that
 * only look something up or compute (`web_search`, `code_execution`) are the model's own business and are not among them.
 * Most lists have none, which a native search shows without parsing them.
 */
export function findHostedTools(body: Uint8Array, field: JsonField | undefined): readonly HostedTool[] {
  if (!field?.elements) return none;
  const tools = asBuffer(body).subarray(field.start, field.end);
  if (!marks.some((mark) => tools.includes(mark))) return none;
  const list = parseJson(tools.toString());
  if (!Array.isArray(list)) return none;
  return list.flatMap((tool: unknown, index) => {
    const type = isObject(tool) ? tool["type"] : undefined;
    const kind = typeof type === "string" ? kindOf(type) : undefined;
    return kind === undefined ? [] : [{ index, kind }];
  });
}

/** Dropping one would change the answer without a word. `passes` holds those that are allowed, such as `tools.mcp`. */
export function refuseHostedTools(tools: readonly HostedTool[], passes: ReadonlySet<string>): void {
  for (const { index, kind } of tools) {
    if (passes.has(`tools.${kind}`)) continue;
    const param = `tools[${index}]`;
    throw new SahabError(
      "unsupported_parameter",
      `${param}: the vendor would run "${kind}" on other servers, or on what its account keeps for all projects; an administrator can allow it by pass_fields: [tools.${kind}] of the provider`,
      { param },
    );
  }
}

const none: readonly HostedTool[] = [];

/** Types of tools in use, without the date that some end in: OpenAI, Anthropic, xAI, Zhipu, Ark. */
const kinds = ["mcp", "file_search", "collections_search", "knowledge_search", "retrieval"];

/** How each begins in JSON; and an escape, which can spell any of them. */
const marks = [...kinds.map((kind) => `"${kind}`), "\\u00"].map((mark) => Buffer.from(mark));

/** Whether `pass_fields` may list it. */
export function isHostedTool(field: string): boolean {
  return kinds.some((kind) => field === `tools.${kind}`);
}

function kindOf(type: string): string | undefined {
  return kinds.find((kind) => type === kind || type.startsWith(`${kind}_`) || type.startsWith(`${kind}:`));
}
