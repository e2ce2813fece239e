import { type ErrorCode, NoCredit, SahabError, VendorWords } from "../base/errors.ts";
import type { ErrorAnswer, Quirks } from "./dialect.ts";
import { findTopic, isAboutAddress, isAboutCredit } from "./error-topic.ts";
import { isObject, type JsonObject } from "./read.ts";
import { findTrouble, type Trouble } from "./vendor-trouble.ts";

/** A vendor's error answer, whatever the shape of its body. */
export function decodeErrorAnswer(answer: ErrorAnswer, nowMs: number = Date.now()): SahabError {
  // Pages of a proxy in front of the vendor are not parsed, let alone passed on.
  const isPage = answer.contentType?.includes("html") ?? false;
  const problem = isPage ? undefined : readProblem(parseJson(answer.body));
  const retryAfterS = parseRetryAfter(answer.retryAfter, nowMs) ?? problem?.retryAfterS;
  // A key that is refused needs no other word for it.
  const errors = answer.status === 401 ? undefined : answer.quirks?.errors;
  const own = errors && findTrouble(errors, problem, answer.status);
  const { status } = answer;
  return toVendorError({ status, isTold: true, own }, problem, retryAfterS).with({ vendorStatus: status });
}

/** An error object in the place of what was asked for: in a stream, or in an answer of status 200. */
export function decodeErrorObject(value: unknown, quirks?: Pick<Quirks, "errors">): SahabError {
  const problem = readProblem(value);
  const own = quirks?.errors && findTrouble(quirks.errors, problem);
  const guessed = problem ? guessStatus(problem) : { status: 500, isTold: false };
  const status = own === "parameter" && !guessed.isTold ? 400 : guessed.status;
  return toVendorError({ ...guessed, status, own }, problem, problem?.retryAfterS);
}

/** What a vendor says of a failure. Unknown parts are empty. */
interface VendorProblem {
  message: string;
  code: string;
  type: string;
  param: string | undefined;
  /** The message is the vendor's, and no mere repetition of the code. */
  hasMessage: boolean;
  /** All that may be a code of the vendor's own. */
  marks: readonly string[];
  retryAfterS: number | undefined;
}

/**
 * Whether JSON says that it is an error, whatever else it holds. Vendors also send `error` to say that there is none: null,
 * false, 0, and an empty text, list or object.
 */
export function saysError(value: unknown): boolean {
  const outer: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(outer)) return false;
  // vLLM before 0.10 has the object `error`, Anthropic the type; Cloudflare and SiliconFlow a `success` that is false.
  if (outer["object"] === "error" || outer["type"] === "error" || outer["success"] === false) return true;
  return isSaid(outer["error"]) || isSaid(findWrapped(outer));
}

/** Whether JSON in which there is nothing of an answer describes an error instead: it has a message, and no code that means success. */
export function describesError(value: JsonObject): boolean {
  const problem = readProblem(value);
  if (!problem?.hasMessage) return false;
  return !/^(?:0+|200|20000|ok|success)$/i.test(problem.code);
}

/**
 * Reads the shapes in use: `{error: {…}}` (OpenAI, and Anthropic, whose `details` may name the error), `{error: "…"}` (Ollama),
 * `{message, code}` (DashScope, vLLM before 0.10), `{msg, code}` (Zhipu's gateway), `{error_msg, error_code}` (Baidu), `{detail}`
 * (FastAPI, DeepInfra), `{code, reason, message}` (Novita), `{message: {detail}}` (Mistral), Google's, whose code is the status and whose name is in `status`, also as an array of one, and what `findWrapped` knows. Undefined when it says nothing.
 */
function readProblem(value: unknown): VendorProblem | undefined {
  const outer: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(outer)) return undefined;
  const inner = isObject(outer["error"]) && isSaid(outer["error"]) ? outer["error"] : (findWrapped(outer) ?? outer);
  const details = isObject(inner["details"]) ? inner["details"] : {};
  const message = firstText(inner, messageFields) || detailText(inner["detail"]) || detailText(inner["message"]);
  const code = firstText(inner, codeFields) || text(details["error_code"]);
  // Anthropic's frame has the type `error`, which says nothing.
  const type = inner["type"] === "error" ? "" : text(inner["type"]) || googleName(inner["status"]);
  if (!message && !code && !type) return undefined;
  const param = text(inner["param"]) || undefined;
  const retryAfterS = readRetryInfo(inner["details"]);
  const marks = [code, type, text(inner["reason"])].filter((mark) => mark !== "");
  return { message: message || code || type, code, type, param, hasMessage: message !== "", marks, retryAfterS };
}

/** Google's names of errors (google.rpc.Code), such as `RESOURCE_EXHAUSTED`. */
function googleName(status: unknown): string {
  return typeof status === "string" && /^[A-Z][A-Z_]{2,40}$/.test(status) ? status : "";
}

/** Google says when to come back among the details of an error (google.rpc.RetryInfo): `"retryDelay": "34.4s"`. */
function readRetryInfo(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details.slice(0, 20)) {
    const delay = isObject(detail) ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(text(detail["retryDelay"])) : null;
    if (delay) return Math.min(retryAfterSMax, Number(delay[1]));
  }
  return undefined;
}

const messageFields = ["message", "error", "detail", "msg", "status_msg", "error_msg", "Message"];
const codeFields = ["code", "status_code", "error_code", "Code"];

function firstText(value: JsonObject, fields: readonly string[]): string {
  for (const field of fields) {
    const found = text(value[field]);
    if (found !== "") return found;
  }
  return "";
}

/**
 * An error that a vendor wraps in its own way: MiniMax's `base_resp`, whose status 0 is success, Volcano's `ResponseMetadata`,
 * Tencent's `Response`, Cloudflare's list of `errors`, ModelScope's object of that name. Undefined where there is none.
 */
function findWrapped(outer: JsonObject): JsonObject | undefined {
  const { base_resp: base, ResponseMetadata: volcano, Response: tencent, errors } = outer;
  if (isObject(base)) return Number(base["status_code"] ?? 0) === 0 ? undefined : base;
  const wrapped: unknown =
    (isObject(volcano) && volcano["Error"]) ||
    (isObject(tencent) && tencent["Error"]) ||
    (Array.isArray(errors) ? errors[0] : errors);
  return isObject(wrapped) ? wrapped : undefined;
}

/** Whether a value is more than nothing. */
function isSaid(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return value.trim() !== "";
  if (typeof value !== "object" || value === null) return Boolean(value);
  const parts: unknown[] = Object.values(value);
  return parts.length > 0 && (depth === depthMax || parts.some((part) => isSaid(part, depth + 1)));
}

const depthMax = 3;

/** FastAPI's list of `{loc, msg}`; an object that has one, or a text. */
function detailText(value: unknown): string {
  if (isObject(value)) return firstText(value, messageFields) || detailText(Object.values(value).find(Array.isArray));
  if (!Array.isArray(value)) return "";
  return value
    .filter(isObject)
    .slice(0, 10)
    .map((item) => `${Array.isArray(item["loc"]) ? item["loc"].join(".") : ""}: ${text(item["msg"])}`)
    .join("; ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/**
 * A vendor's failure as an error of ours. The vendor's words reach the caller only where they are about the caller's request
 * (4xx but 401, 402 and 403, whose text may hold part of the vendor's key or account), and are bounded. What it says counts
 * before the status, since vendors differ in the status that they give to one and the same trouble.
 */
function toVendorError(
  { status, isTold: isStatusTold, own }: VendorStatus & { own: Trouble | undefined },
  problem: VendorProblem | undefined,
  retryAfterS: number | undefined,
): SahabError {
  const vendorCode = problem && nameOf(problem);
  const isOperators = status === 401 || status === 402 || status === 403;
  const general = status === 451 ? "content" : problem && findTopic(problem);
  // A parameter is the least that can be said: some vendors have one code for all that is wrong with a request.
  const isOwn = own !== undefined && own !== "parameter";
  const topic = isOwn ? own : (general ?? own);
  const words = problem && new VendorWords(problem.message);
  const shape = problem ? "" : " and a body that is not a JSON error";
  const inWords = isStatusTold ? ` (status ${status}${shape})` : "";
  const forLog = [
    ...(isStatusTold ? [`status ${status}${shape}`] : []),
    ...(vendorCode === undefined ? [] : [vendorCode]),
  ];
  const inLog = forLog.length === 0 ? "" : ` (${forLog.join(", ")})`;
  if (
    topic === "account" ||
    topic === "money" ||
    (isOperators && !isOwn && topic !== "content" && topic !== "context")
  ) {
    const isAboutMoney = topic === "money" || status === 402 || (problem && isAboutCredit(problem));
    return new SahabError(
      "upstream_authentication",
      `the vendor refused the credentials or the account that Sahab uses for it${inWords}`,
      { vendorCode, cause: isAboutMoney ? new NoCredit() : undefined },
    );
  }
  if ((topic === "content" || topic === "context") && (isOperators || !problem)) {
    const what = topic === "content" ? "the vendor refused the content of the request" : "the request is too long";
    return new SahabError(rejectionCodes[topic], `${what}${inWords}`, { vendorCode, cause: words });
  }
  if (topic === "overloaded")
    return new SahabError("upstream_error", `the vendor is overloaded${inWords}`, { retryAfterS, vendorCode });
  if (topic === "rate" || (status === 429 && !isOwn))
    return new SahabError("upstream_rate_limited", `the vendor's rate limit is reached${inWords}`, {
      retryAfterS,
      vendorCode,
    });
  if (topic === "model" || (status === 404 && (!problem || isAboutAddress(problem)))) {
    const message = `the vendor has no such model or no such path${inWords}`;
    return new SahabError("upstream_model_not_found", message, { vendorCode, cause: words });
  }
  const isRejection = status >= 400 && status < 500 && !vendorsOwnTrouble.has(status);
  if (problem && (isRejection || topic !== undefined)) {
    const isTold = isRejection || isSafeToTell(problem.message);
    const message = isTold ? problem.message.slice(0, messageCharsMax) : `the vendor refused the request${inWords}`;
    return new SahabError(rejectionCodes[topic ?? "other"], message, {
      status: isRejection ? status : undefined,
      param: problem.param?.slice(0, 256),
      vendorCode,
      logMessage: `the vendor rejected the request${inLog}`,
      cause: words,
    });
  }
  // Another Sahab behind this one found that the call leads back to it.
  if (status === 508) return new SahabError("loop_detected", `the provider reports a loop${inWords}`, { vendorCode });
  const said = problem && isSafeToTell(problem.message) ? `: ${problem.message}` : "";
  return new SahabError("upstream_error", `the vendor failed${inWords}${said}`, {
    retryAfterS,
    vendorCode,
    cause: words,
    logMessage: `the vendor failed${inLog}`,
  });
}

const rejectionCodes = {
  context: "context_length_exceeded",
  content: "content_filter",
  parameter: "upstream_rejected",
  other: "upstream_rejected",
} as const satisfies Record<string, ErrorCode>;

/**
 * Of the statuses that blame the caller those with which servers mean themselves: time-outs and conflicts of their own, Hugging
 * Face's failed inference (424), Groq's lack of capacity (498), a proxy's closed connection (499).
 */
const vendorsOwnTrouble: ReadonlySet<number> = new Set([408, 409, 423, 424, 425, 498, 499]);

/**
 * What a vendor says about its own trouble in a sentence helps the caller; its machines' names, addresses, paths, keys and
 * traces are not the caller's.
 */
function isSafeToTell(message: string): boolean {
  return /^[^\p{Cc}]{1,300}$/u.test(message) && !unsafeParts.some((part) => part.test(message));
}

const unsafeParts = [
  /:\/\/|\\|(?:^|[\s"'(])\/\w/, // addresses and paths
  /[\w.-]+@[\w.-]+|\b\w[\w-]*(?:\.[\w-]+){2,}\b|:\d{2,5}\b/, // mail, names of hosts, addresses, ports
  /\b[a-z]+[-_]\d+\b|\b(?:gpu|cuda|node|pod|host|rank)\b/i, // machines
  /\b[\w-]{24,}|\bsk-|bearer|\bkey\b/i, // keys
  /traceback|exception|\bat line\b|0x[0-9a-f]{4}/i, // traces
];

const messageCharsMax = 2000;

/** A vendor's own name of an error, or its number, where that is no status; anything else might quote the request. */
function nameOf({ code, marks }: VendorProblem): string | undefined {
  return marks.find((word) => /^[A-Za-z][\w.-]{1,63}$/.test(word)) ?? (/^\d{4,6}$/.test(code) ? code : undefined);
}

/** Errors inside a stream have no status; some vendors put it into `code`, others name it by `code` or `type`. */
function guessStatus({ code, type }: VendorProblem): VendorStatus {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number < 600) return { status: number, isTold: true };
  return { status: statusOfWord(code) ?? statusByType.get(type) ?? statusOfWord(type) ?? 500, isTold: false };
}

interface VendorStatus {
  status: number;
  /** The vendor has said it; one that was guessed is not repeated as its word. */
  isTold: boolean;
}

/** Anthropic's types of errors and the status that each has; OpenAI's of the same name mean the same. Rules: its API reference, "Errors". */
export const statusByType: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);

function statusOfWord(word: string): number | undefined {
  return words.find(([pattern]) => pattern.test(word))?.[1];
}

const words: readonly [RegExp, number][] = [
  [/auth|api_?key|permission|arrearage|billing|insufficient_(?:quota|balance)|access_?denied/i, 401],
  // xAI's code is a sentence: "Some resource has been exhausted".
  [/rate_?limit|too_?many|throttl|quota|resource[ _-]?(?:has been )?exhausted/i, 429],
  [/invalid_?request|invalid_?parameter|bad_?request|context_length|content_filter|data_?inspection/i, 400],
];

const retryAfterSMax = 120;

/** Seconds, or a date (RFC 9110, 10.2.3); undefined for anything else. Bounded: who is told an hour would not come back. */
function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (!value) return undefined;
  const text = value.trim();
  // Date.parse makes a date of nearly anything, such as a list of numbers.
  const isDate = /^[A-Z][a-z]{2}|^\d{4}-/.test(text);
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : isDate ? (Date.parse(text) - nowMs) / 1000 : Number.NaN;
  return Number.isFinite(seconds) ? Math.min(retryAfterSMax, Math.max(0, seconds)) : undefined;
}

/** JSON, or undefined for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
