import { SahabError } from "../base/errors.ts";
import type { ChatRequest } from "./chat.ts";
import { fieldName, type NamedPlaces } from "./field-places.ts";
import { isEmpty, isObject } from "./json-object.ts";

/** What an upstream may be unable to do, and without which it would be another answer. */
export type Refusal =
  /** More than one answer. */
  | "choices"
  | "logprobs"
  /** JSON without a schema. */
  | "json-object"
  /** Texts that end the answer. */
  | "stop"
  /** That the model must call one of several tools, and may choose which. */
  | "any-tool";

/** What each upstream says of what it refuses: the reason, as errors tell it. */
export type Refusals = Partial<Record<Refusal, string>>;

/** The error for a field that an upstream can't carry, by its path in OpenAI's chat; told in the client's own name. */
export function notCarried(request: { places?: NamedPlaces | undefined }, path: string, problem: string): SahabError {
  const param = fieldName(request, path);
  return new SahabError("unsupported_parameter", `${param}: ${problem}`, { param });
}

/** The same for a part of a kind that only the client's dialect has. `to` begins the message: where it cannot be sent. */
export function kindNotCarried(
  request: { places?: NamedPlaces | undefined },
  path: string,
  to: string,
  type: unknown,
): SahabError {
  const kind = typeof type === "string" ? JSON.stringify(type.slice(0, 60)) : "unknown";
  return notCarried(request, path, `${to}: parts of type ${kind} do not exist there`);
}

/** Throws `unsupported_parameter` for the first thing that is asked for and refused. */
export function refuseLacking(request: ChatRequest, refusals: Refusals): void {
  for (const [refusal, { path, isAsked }] of rules) {
    const problem = refusals[refusal];
    if (problem !== undefined && isAsked(request)) throw notCarried(request, path, problem);
  }
}

const rules = Object.entries({
  choices: { path: "n", isAsked: ({ choiceCount }) => choiceCount > 1 },
  logprobs: { path: "logprobs", isAsked: ({ topLogprobs }) => topLogprobs !== undefined },
  "json-object": { path: "response_format", isAsked: ({ responseFormat: { type } }) => type === "json-object" },
  stop: { path: "stop", isAsked: ({ stop }) => stop.length > 0 },
  "any-tool": {
    path: "tool_choice",
    isAsked: ({ toolChoice, tools }) => toolChoice.type === "required" && tools.length > 1,
  },
} satisfies Record<Refusal, Rule>) as [Refusal, Rule][];

interface Rule {
  /** In OpenAI's chat. */
  path: string;
  isAsked(request: ChatRequest): boolean;
}

/** Refuses a request that forces a tool which only the client's own vendor has: without it, the answer would be another one. */
export function refuseForcedHostedTool(request: ChatRequest): void {
  const { tools, hostedTools, toolChoice } = request;
  const isForced =
    toolChoice.type === "tool"
      ? !tools.some(({ name }) => name === toolChoice.name)
      : toolChoice.type === "required" && tools.length === 0 && hostedTools.length > 0;
  if (isForced) throw notCarried(request, "tool_choice", "the model's vendor does not have the tool that is forced");
}

/**
 * Refuses fields of other vendors, without which it would be another answer: media, and what binds its form. `api` is what errors
 * call the upstream, after "models of"; `carried` are not refused.
 */
export function refuseForeign({ extensions }: ChatRequest, api: string, carried: ReadonlySet<string> = none): void {
  if (isEmpty(extensions)) return;
  const { parameters } = extensions;
  // Where DashScope's clients have their options.
  const places: [string, Record<string, unknown>][] = [["", extensions]];
  if (isObject(parameters)) places.push(["parameters.", parameters]);
  for (const [place, fields] of places) {
    const found = bindingFields.find((name) => isAsked(name, fields[name]) && !(place === "" && carried.has(name)));
    // The client's own name as it is.
    if (found !== undefined) throw notCarried({}, place + found, `models of ${api} do not have it`);
  }
}

function isAsked(name: string, value: unknown): boolean {
  if (name === "modalities") return Array.isArray(value) && value.some((modality) => modality !== "text");
  return value !== undefined && value !== null;
}

/** What an answer consists of, and the fields of vLLM and llama.cpp that bind its form. */
const bindingFields = [
  "modalities",
  "guided_json",
  "guided_regex",
  "guided_choice",
  "guided_grammar",
  "structured_outputs",
  "grammar",
  "json_schema",
];

const none: ReadonlySet<string> = new Set();
