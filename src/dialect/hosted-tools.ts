import { SahabError } from "../base/errors.ts";
import { asBuffer, skipString, type JsonField } from "./json-scan.ts";

/** A tool that the vendor runs and that reaches beyond the model. */
export interface HostedTool {
  /** Its place, such as `tools[0]`. */
  path: string;
  /** Such as `mcp`. */
  kind: string;
}

/**
 * The tools of a request that the vendor would run on other servers, or on what its account keeps for all projects. Those that
 * only look something up or compute (`web_search`, `code_execution`) are the model's own business and are not among them. Tools may hold
 * tools (OpenAI's namespaces), and turns may bring some (OpenAI's `additional_tools` and `tool_search_output`, system messages of
 * Kimi K3). Most lists have none of these, which a native search shows without parsing them. An object in a list's place counts as a list
 * of one, as Google takes it. `places` holds the client's tools, and its turns, by their paths.
 */
export function findHostedTools(
  body: Uint8Array,
  places: Readonly<Record<string, JsonField | undefined>>,
): readonly HostedTool[] {
  let all: HostedTool[] | undefined;
  for (const path in places) {
    const found = findIn(body, places[path], { path, isTool: path.endsWith("tools") });
    if (found.length > 0) (all ??= []).push(...found);
  }
  return all ?? none;
}

function findIn(
  body: Uint8Array,
  field: JsonField | undefined,
  root: Pick<Level, "path" | "isTool">,
): readonly HostedTool[] {
  if (!field || (!field.elements && body[field.start] !== openBrace)) return none;
  const list = asBuffer(body).subarray(field.start, field.end);
  if (!(root.isTool ? hasAny(list, marks) : turnsNameKind(list))) return none;
  const found = new Map<string, string>();
  for (const { path, key, text } of toolFields(list, root)) {
    const kind = namesType.test(key) ? kindOf(text()) : kindOf(key, "exact");
    if (kind !== undefined) found.set(path, kind);
  }
  return Array.from(found, ([path, kind]) => ({ path, kind }));
}

/** Go's decoder takes `Type` for `type` (key-guard.ts). */
const namesType = /^type$/i;
const namesTools = /^tool[s\u017f]$/i;
const namesContent = /^content$/i;

/** A list or an object in which tools can stand. */
interface Level {
  path: string;
  /** It is a tool, or a list of tools; else a turn, a part of one, or a list of these. */
  isTool: boolean;
  isList: boolean;
  /** How many elements of a list are before the present one. */
  index: number;
  /** The key whose value is next. */
  key: string | undefined;
}

interface ToolField {
  /** Of the tool. */
  path: string;
  key: string;
  /** The value where it is a string, else nothing. */
  text(): string;
}

/** The fields of the tools in a list, repeated ones too: which of them counts, programs decide. Brackets and quotes of the list match. */
function* toolFields(list: Buffer, root: Pick<Level, "path" | "isTool">): Generator<ToolField> {
  const levels: Level[] = [];
  // How deep the walk is in a value without tools.
  let [at, outside] = [0, 0];
  while (at < list.length) {
    const byte = list[at++];
    const level = levels.at(-1);
    if (byte === quote) {
      const start = at - 1;
      const end = (at = skipString(list, start));
      if (outside > 0 || !level || level.isList) continue;
      const text = () => parseText(list.toString("utf8", start, end), root.path);
      if (level.key === undefined) level.key = text();
      else if (level.isTool) yield { path: level.path, key: level.key, text };
    } else if (byte === comma && outside === 0 && level) {
      level.index++;
      level.key = undefined;
    } else if (byte === openBrace || byte === openBracket) {
      const inner = outside > 0 ? undefined : enter(level, byte === openBracket, root);
      if (inner) levels.push(inner);
      else if (outside++ === 0 && level?.isTool && level.key !== undefined)
        yield { path: level.path, key: level.key, text: () => "" };
    } else if (byte === closeBrace || byte === closeBracket) {
      if (outside > 0) outside--;
      else levels.pop();
    }
  }
}

/** The list or object that begins at a level; undefined where it holds no tools. */
function enter(level: Level | undefined, isList: boolean, root: Pick<Level, "path" | "isTool">): Level | undefined {
  const start = (path: string, isTool: boolean) => ({
    path: isList ? path : `${path}[0]`,
    isTool,
    isList,
    index: 0,
    key: undefined,
  });
  if (!level) return start(root.path, root.isTool);
  const { path, isTool, key = "" } = level;
  if (level.isList) return { path: `${path}[${level.index}]`, isTool, isList, index: 0, key: undefined };
  if (namesTools.test(key)) return start(`${path}.tools`, true);
  return !isTool && namesContent.test(key) ? start(`${path}.content`, false) : undefined;
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

const [quote, comma, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d];

/** Dropping one would change the answer without a word. `passes` holds those that are allowed, such as `tools.mcp`. */
export function refuseHostedTools(tools: readonly HostedTool[], passes: ReadonlySet<string>): void {
  for (const { path, kind } of tools) {
    if (passes.has(`tools.${kind}`)) continue;
    throw new SahabError(
      "unsupported_parameter",
      `${path}: the vendor would run "${kind}" on other servers, or on what its account keeps for all projects; an administrator can allow it by pass_fields: [tools.${kind}] of the provider`,
      { param: path },
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
/** Google's spellings are not among them: its turns bring no tools. */
const turnMarks = [...hostedToolKinds.map((kind) => `"${kind}`), "\\u00"].map((mark) => Buffer.from(mark));
/** Most kinds end with this text, so one search finds them all. Four searches take 70 µs for 450 KB; six took 144 µs. */
const searchEnd = Buffer.from("_search");
const searchMarks = turnMarks.filter((mark) => mark.includes(searchEnd));
const otherMarks = turnMarks.filter((mark) => !mark.includes(searchEnd));

function turnsNameKind(turns: Buffer): boolean {
  return hasAny(turns, otherMarks) || (turns.includes(searchEnd) && hasAny(turns, searchMarks));
}

function hasAny(list: Buffer, marks: readonly Buffer[]): boolean {
  return marks.some((mark) => list.includes(mark));
}

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
