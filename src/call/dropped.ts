import type { ChatMessage, ChatRequest, Part, ReasoningPart, Sampling, ToolCallPart } from "./chat.ts";
import { placesOf, rename, type FieldPlaces } from "./field-places.ts";
import { isEmpty, isObject, type JsonObject } from "./json-object.ts";
import { refuseForcedHostedTool, refuseForeign, refuseLacking, type Refusals } from "./refuse.ts";

/** The paths of fields that were left out, as the client names them, each once. */
export class Dropped {
  readonly #paths: Set<string>;
  readonly #names: Readonly<Record<string, string>> | undefined;

  /** Begins with the paths of an earlier list. `names` are the client's own, where it has others than OpenAI's chat. */
  constructor(paths: readonly string[] = [], names?: FieldPlaces["names"]) {
    this.#paths = new Set(paths);
    this.#names = names;
  }

  /** At most `pathsMax` paths; where there are more, a last entry `more` says so. */
  get list(): string[] {
    const paths = [...this.#paths];
    return paths.length > pathsMax ? [...paths.slice(0, pathsMax), "more"] : paths;
  }

  add(path: string): void {
    this.#addOwn(rename(path, this.#names));
  }

  /** The client's own fields of an object whose path is `prefix`, but for those in `carried`. A null says no more than no field. */
  addFields(prefix: string, fields: JsonObject | undefined, carried: ReadonlySet<string> = none): void {
    if (fields && !isEmpty(fields)) this.#addFields(rename(prefix, this.#names), fields, carried);
  }

  #addFields(prefix: string, fields: JsonObject, carried: ReadonlySet<string>): void {
    for (const [name, value] of Object.entries(fields)) {
      if (this.#paths.size > pathsMax) return;
      if (value === undefined || value === null || carried.has(name)) continue;
      if (partlyKnown.has(name) && isObject(value)) this.#addFields(`${prefix}${name}.`, value, none);
      else this.#addOwn(prefix + name);
    }
  }

  /** By the name that the client has for it. */
  #addOwn(path: string): void {
    if (this.#paths.size <= pathsMax) this.#paths.add(path.slice(0, pathCharsMax));
  }
}

/** They travel in one header. */
const pathsMax = 40;
/** Names in a path may be the client's own. */
const pathCharsMax = 100;

const none: ReadonlySet<string> = new Set();

/** Objects of which the neutral call names some fields: their extensions are what is left, at the same place. */
const partlyKnown = new Set([
  "custom",
  "format",
  "function",
  "functionCallingConfig",
  "generationConfig",
  "input",
  "json_schema",
  "output_config",
  "parameters",
  "reasoning",
  "response_format",
  "stream_options",
  "text",
  "thinking",
  "thinkingConfig",
  "toolConfig",
  "tool_choice",
]);

/** What of a chat request an upstream may lack and leaves out. What it refuses is a Refusal, or a part that it can't take. */
export type Lack =
  | keyof Sampling
  | "parallel-calls-off"
  /** `cache` of texts, images and tools. */
  | "cache"
  /** `cache` of tool calls. */
  | "call-cache"
  | "message-name"
  /** That a tool failed. */
  | "tool-error"
  | "image-detail"
  /** Reasoning that is not signed by a vendor of the upstream's dialect. */
  | "unsigned-reasoning"
  | "reasoning-budget"
  /** An effort beside reasoning that is switched off. */
  | "idle-effort"
  | "format-name"
  | "format-description";

/** What an upstream can carry of a request. */
export interface Carrier {
  /** Name of the dialect whose extensions, hosted tools and signatures it carries. */
  dialect?: string;
  /** What errors call it, after "models of". */
  api: string;
  lacks: ReadonlySet<Lack>;
  refuses?: Refusals;
  /** Extensions at the request's top level that it carries whatever the dialect. */
  extensions?: ReadonlySet<string>;
  /** The same of the assistant's messages. */
  turnExtensions?: ReadonlySet<string>;
}

/**
 * What of a chat request the upstream can't carry. Every upstream lists by this rule, so that a path has one name whoever
 * answers; what it gives up because of a value, it adds itself. Throws `unsupported_parameter` for what it refuses.
 */
export function findDropped(request: ChatRequest, carrier: Carrier): Dropped {
  const isOwn = request.dialect === carrier.dialect;
  if (carrier.refuses) refuseLacking(request, carrier.refuses);
  if (!isOwn) {
    refuseForeign(request, carrier.api, carrier.extensions);
    refuseForcedHostedTool(request);
  }
  const dropped = new Dropped([], request.places?.names);
  const walk: Walk = {
    dropped,
    lacks: (lack) => carrier.lacks.has(lack),
    isOwn,
    signedBy: carrier.dialect,
    turnExtensions: carrier.turnExtensions,
    places: placesOf(request),
  };
  if (!isOwn) dropped.addFields("", request.extensions, carrier.extensions);
  addTools(request, walk);
  for (const message of request.messages) addMessage(message, walk);
  addOptions(request, walk);
  return dropped;
}

interface Walk {
  dropped: Dropped;
  lacks(lack: Lack): boolean;
  /** The upstream carries the extensions of the request. */
  isOwn: boolean;
  signedBy: string | undefined;
  turnExtensions: ReadonlySet<string> | undefined;
  places: FieldPlaces;
}

function addTools({ tools, hostedTools }: ChatRequest, { dropped, lacks, isOwn, places }: Walk): void {
  for (const { cache, extensions } of tools) {
    if (cache && lacks("cache")) dropped.add("tools[].cache_control");
    if (!isOwn) dropped.addFields("tools[].", extensions);
  }
  if (!isOwn) for (const { index, place } of hostedTools) dropped.add(place ?? `${places.tools}[${index}]`);
}

function addMessage(message: ChatMessage, walk: Walk): void {
  const { dropped, lacks, isOwn, places } = walk;
  // A result's name is that of its call.
  if (message.name !== undefined && message.role !== "tool" && lacks("message-name")) dropped.add("messages[].name");
  if (message.isError && lacks("tool-error")) dropped.add("messages[].content[].is_error");
  if (!isOwn) {
    const carried = message.role === "assistant" ? walk.turnExtensions : undefined;
    dropped.addFields(message.role === "tool" ? places.toolResult : "messages[].", message.extensions, carried);
  }
  for (const part of message.content) addPart(part, walk);
}

function addPart(part: Part, walk: Walk): void {
  const { dropped, lacks, isOwn } = walk;
  switch (part.type) {
    case "text":
      break;
    case "image":
      // `auto` is what every model does.
      if (part.detail !== undefined && part.detail !== "auto" && lacks("image-detail"))
        dropped.add("messages[].content[].image_url.detail");
      break;
    case "tool-call":
      addToolCall(part, walk);
      return;
    case "reasoning":
      addReasoning(part, walk);
      return;
    case "other":
      if (!isOwn)
        dropped.add(`messages[].content[].${typeof part.value["type"] === "string" ? part.value["type"] : "unknown"}`);
      return;
    case "refusal":
      return;
  }
  if (part.cache && lacks("cache")) dropped.add("messages[].content[].cache_control");
  if (!isOwn) dropped.addFields("messages[].content[].", part.extensions);
}

/** SDKs send a call back as it came in a stream, with its place in the list. */
const saidByOrder: ReadonlySet<string> = new Set(["index"]);

function addToolCall({ cache, extensions }: ToolCallPart, { dropped, lacks, isOwn, places }: Walk): void {
  if (cache && lacks("call-cache")) dropped.add(`${places.toolCall}cache_control`);
  if (!isOwn) dropped.addFields(places.toolCall, extensions, saidByOrder);
}

function addReasoning({ signature }: ReasoningPart, { dropped, lacks, signedBy, places }: Walk): void {
  if (signature && signature.origin === signedBy) return;
  if (lacks("unsigned-reasoning")) dropped.add(places.reasoning);
  else if (signature) dropped.add(`messages[].content[].${signature.isRedacted ? "data" : "signature"}`);
}

function addOptions(request: ChatRequest, { dropped, lacks, places }: Walk): void {
  const { reasoning, responseFormat, sampling } = request;
  if (!request.parallelToolCalls && request.tools.length > 0 && lacks("parallel-calls-off"))
    dropped.add("parallel_tool_calls");
  if (reasoning.budgetTokens !== undefined && lacks("reasoning-budget")) dropped.add("thinking.budget_tokens");
  const isIdle = reasoning.enabled === false && reasoning.effort !== undefined && reasoning.effort !== "none";
  if (isIdle && lacks("idle-effort")) dropped.add("output_config.effort");
  if (responseFormat.type === "json-schema") {
    if (places.formatName !== undefined && lacks("format-name")) dropped.add(places.formatName);
    if (responseFormat.description !== undefined && lacks("format-description"))
      dropped.add("response_format.json_schema.description");
  }
  for (const [key, name] of samplingNames) if (sampling[key] !== undefined && lacks(key)) dropped.add(name);
}

const samplingNames = [
  ["temperature", "temperature"],
  ["topP", "top_p"],
  ["topK", "top_k"],
  ["minP", "min_p"],
  ["seed", "seed"],
  ["frequencyPenalty", "frequency_penalty"],
  ["presencePenalty", "presence_penalty"],
  ["repeatPenalty", "repetition_penalty"],
] as const satisfies [keyof Sampling, string][];
