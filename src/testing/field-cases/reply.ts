/** What a client has got, read the plain way: shares no code with Sahab's own readers. */
export interface Reply {
  status: number;
  headers: Headers;
  /** The request's id, by which its record is found. */
  id: string;
  bytes: Uint8Array;
  text: string;
  /** From sending to the last byte. */
  durationMs: number;
  /** Whether the body is an event stream. */
  isStream: boolean;
  /** The text of the answer, as far as it came. */
  content: string;
  finish: string;
  /** Whether the answer says itself that it is whole: a stream's last event, or a body with a choice. */
  isWhole: boolean;
  error: ReplyError | undefined;
  /** The body, or the data of a stream's events, without `[DONE]`. */
  payloads: Json[];
  /** Events that are no JSON objects. Clients die of them. */
  malformed: string[];
}

export interface ReplyError {
  message: string;
  code: string;
  param: string;
}

export type Json = Record<string, unknown>;

export async function readReply(response: Response, startedMs: number): Promise<Reply> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return parseReply(response.status, response.headers, bytes, performance.now() - startedMs);
}

export function parseReply(status: number, headers: Headers, bytes: Uint8Array, durationMs: number): Reply {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const isStream = /^text\/event-stream/i.test(headers.get("content-type") ?? "");
  const { payloads, malformed, isEnded } = isStream ? readEvents(text) : readBody(text);
  const error = payloads.map(errorOf).find((found) => found !== undefined);
  return {
    status,
    headers,
    id: headers.get("x-request-id") ?? "",
    bytes,
    text,
    durationMs,
    isStream,
    content: payloads.map(contentOf).join(""),
    finish: payloads.map(finishOf).findLast((word) => word !== "") ?? "",
    isWhole: status >= 200 && status < 300 && error === undefined && (isStream ? isEnded : payloads.some(isAnswer)),
    error,
    payloads,
    malformed,
  };
}

function readBody(text: string) {
  const json = parseObject(text);
  return { payloads: json ? [json] : [], malformed: [], isEnded: false };
}

/** `isEnded`: the last thing in the stream is the dialect's proper end. */
function readEvents(text: string) {
  const payloads: Json[] = [];
  const malformed: string[] = [];
  let last = "";
  for (const block of text.split(/\r\n\r\n|\n\n|\r\r/)) {
    const lines = block.split(/\r\n|\n|\r/).filter((line) => line !== "" && !line.startsWith(":"));
    const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice("data:".length).trim());
    const odd = lines.filter((line) => !/^(?:data|event|id|retry):/.test(line));
    if (odd.length > 0) malformed.push(...odd);
    if (data.length === 0) continue;
    last = data.join("\n");
    const json = last === "[DONE]" ? undefined : parseObject(last);
    if (json) payloads.push(json);
    else if (last !== "[DONE]") malformed.push(last);
  }
  return { payloads, malformed, isEnded: last === "[DONE]" || payloads.at(-1)?.["type"] === "message_stop" };
}

function errorOf(payload: Json): ReplyError | undefined {
  const { error } = payload;
  if (typeof error !== "object" || error === null) return undefined;
  const { message, code, type, param } = error as Json;
  return { message: words(message), code: words(code) || words(type), param: words(param) };
}

/** The first choice of a chat answer, or the text of a message. */
function contentOf(payload: Json): string {
  const [choice] = list(payload["choices"]);
  if (choice) return words(object(choice["delta"] ?? choice["message"])["content"]);
  if (payload["type"] === "content_block_delta") return words(object(payload["delta"])["text"]);
  if (payload["type"] === "message")
    return list(payload["content"])
      .map((block) => words(block["text"]))
      .join("");
  return "";
}

function finishOf(payload: Json): string {
  const [choice] = list(payload["choices"]);
  if (choice) return words(choice["finish_reason"]);
  return words(payload["stop_reason"]) || words(object(payload["delta"])["stop_reason"]);
}

function isAnswer(payload: Json): boolean {
  return list(payload["choices"]).length > 0 || payload["type"] === "message" || list(payload["data"]).length > 0;
}

function parseObject(text: string): Json | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

export const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
export const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
export const words = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
