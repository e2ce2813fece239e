import { SahabError } from "../base/errors.ts";
import { asBuffer, type JsonField } from "./json-scan.ts";

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
 * Most lists have none, which a native search shows without parsing them. An object in the list's place counts as a list of one, as
 * Google takes it. `path` is where the client has them, for errors.
 */
export function findHostedTools(body: Uint8Array, field: JsonField | undefined, path = "tools"): readonly HostedTool[] {
  const isLone = field !== undefined && body[field.start] === openBrace;
  if (!field?.elements && !isLone) return none;
  const tools = asBuffer(body).subarray(field.start, field.end);
  if (!marks.some((mark) => tools.includes(mark))) return none;
  const found = new Map<number, string>();
  for (const { index, key, text } of ownFields(tools, path, isLone)) {
    const kind = namesType.test(key) ? kindOf(text()) : kindOf(key, "exact");
    if (kind !== undefined) found.set(index, kind);
  }
  return Array.from(found, ([index, kind]) => ({ index, kind }));
}

/** Go's decoder takes `Type` for `type` (key-guard.ts). */
const namesType = /^type$/i;

interface OwnField {
  /** Of the object in the list. */
  index: number;
  key: string;
  /** The value where it is a string, else nothing. */
  text(): string;
}

/** The fields of the objects in a list, repeated ones too: which of them counts, programs decide. Brackets and quotes of the list match. */
function* ownFields(list: Buffer, path: string, isLone: boolean): Generator<OwnField> {
  let [depth, index, at] = [isLone ? 1 : 0, 0, 0];
  let key: string | undefined;
  while (at < list.length) {
    const byte = list[at++];
    if (byte === quote) {
      const start = at - 1;
      while (list[at] !== quote) at += list[at] === backslash ? 2 : 1;
      at++;
      if (depth !== 2) continue;
      const end = at;
      const text = () => parseText(list.toString("utf8", start, end), path);
      if (key === undefined) key = text();
      else yield { index, key, text };
    } else if (byte === comma && depth <= 2) {
      if (depth === 1) index++;
      key = undefined;
    } else if (byte === openBrace || byte === openBracket) {
      if (depth === 2 && key !== undefined) yield { index, key, text: () => "" };
      depth++;
      if (depth <= 2) key = undefined;
    } else if (byte === closeBrace || byte === closeBracket) depth--;
  }
}

/** The scan of a body leaves what is within strings to whoever parses them. */
function parseText(json: string, path: string): string {
  try {
    return JSON.parse(json) as string;
  } catch (cause) {
    throw new SahabError(
      "invalid_json",
      `Cannot read the body as JSON: a string in ${path} has a malformed escape, or a control character`,
      { param: path, cause },
    );
  }
}

const [quote, backslash, comma, openBrace, closeBrace, openBracket, closeBracket] = [
  0x22, 0x5c, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d,
];

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
export const hostedToolKinds = ["mcp", "file_search", "collections_search", "knowledge_search", "retrieval"];

/** Google names a tool by its only field, such as `{fileSearch: …}`, in either spelling. */
const spellings = hostedToolKinds.flatMap((kind) => {
  const joined = kind.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const others = kind === "mcp" ? ["mcpServers", "mcp_servers"] : [];
  return [...new Set([kind, joined, ...others])].map((spelling) => ({ kind, spelling }));
});

/** How each begins in JSON; and an escape, which can spell any of them. */
const marks = [...spellings.map(({ spelling }) => `"${spelling}`), "\\u00"].map((mark) => Buffer.from(mark));

/** Whether `pass_fields` may list it. */
export function isHostedTool(field: string): boolean {
  return hostedToolKinds.some((kind) => field === `tools.${kind}`);
}

/** A type may go on, as `mcp_toolset` or `file_search:…` do. */
function kindOf(text: string, ends?: "exact"): string | undefined {
  return spellings.find(
    ({ spelling }) =>
      text === spelling || (ends === undefined && (text.startsWith(`${spelling}_`) || text.startsWith(`${spelling}:`))),
  )?.kind;
}
