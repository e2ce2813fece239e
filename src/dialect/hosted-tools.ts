import { SahabError } from "../base/errors.ts";
import { asBuffer, type JsonField } from "./json-scan.ts";
import { isObject } from "./read.ts";
import { parseJson } from "./vendor-error.ts";

/**
 * Refuses tools that the vendor runs itself: they call other servers, read what the account keeps, or have a price of their
 * own. Dropping one would change the answer without a word. `passes` holds those that are allowed, such as `tools.web_search`.
 * Most lists have none, which a native search shows without parsing them.
 */
export function refuseHostedTools(body: Uint8Array, field: JsonField | undefined, passes: ReadonlySet<string>): void {
  if (!field?.elements) return;
  const tools = asBuffer(body).subarray(field.start, field.end);
  if (!marks.some((mark) => tools.includes(mark))) return;
  const list = parseJson(tools.toString());
  if (!Array.isArray(list)) return;
  for (const [index, tool] of list.entries()) {
    const type = isObject(tool) ? tool["type"] : undefined;
    const kind = typeof type === "string" ? kindOf(type) : undefined;
    if (kind === undefined || passes.has(`tools.${kind}`)) continue;
    const param = `tools[${index}]`;
    throw new SahabError(
      "unsupported_parameter",
      `${param}: the vendor would run "${kind}" itself, on other servers, on what its account keeps, or at a price of its own; an administrator can allow it by pass_fields: [tools.${kind}] of the provider`,
      { param },
    );
  }
}

/** Types of tools in use, without the date that some end in: LiteLLM, Anthropic, xAI, Groq, Zhipu, Moonshot, Ark, OpenRouter. */
const kinds = [
  "mcp",
  "file_search",
  "web_search",
  "web_fetch",
  "x_search",
  "browser_search",
  "collections_search",
  "knowledge_search",
  "code_interpreter",
  "code_execution",
  "retrieval",
  "builtin_function",
  "openrouter",
];

/** How each begins in JSON; and an escape, which can spell any of them. */
const marks = [...kinds.map((kind) => `"${kind}`), "\\u00"].map((mark) => Buffer.from(mark));

/** Whether `pass_fields` may list it. */
export function isHostedTool(field: string): boolean {
  return kinds.some((kind) => field === `tools.${kind}`);
}

function kindOf(type: string): string | undefined {
  return kinds.find((kind) => type === kind || type.startsWith(`${kind}_`) || type.startsWith(`${kind}:`));
}
