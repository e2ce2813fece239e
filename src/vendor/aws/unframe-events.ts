import type { EventStreamCodec } from "@smithy/eventstream-codec";
import { GatheredBytes, ownCopy } from "../../base/gathered-bytes.ts";
import type { HttpAnswer, Piece } from "../../transport/index.ts";

/** Most bytes of an event; AWS's own bound is 16 MB, of a model's answer they have a few hundred. */
const messageBytesMax = 16 * 1024 * 1024;
/** Two lengths and their checksum, and the checksum of the message. */
const messageBytesMin = 16;

/**
 * An answer in AWS's binary framing (`application/vnd.amazon.eventstream`), whose events hold those of Anthropic's stream, as the
 * stream of server-sent events that Anthropic itself would send. Other answers are as they were. Rules: "InvokeModelWithResponseStream" in Bedrock's API reference.
 */
export function unframeEvents(answer: HttpAnswer): HttpAnswer {
  if (!answer.header("content-type")?.includes("vnd.amazon.eventstream")) return answer;
  const gathered = new GatheredBytes();
  const take = (codec: Codec): string => {
    if (gathered.length < messageBytesMin || gathered.length < lengthOf(gathered.soFar)) return "";
    let text = "";
    let held = gathered.take();
    while (held.length >= messageBytesMin && held.length >= lengthOf(held)) {
      const length = lengthOf(held);
      // The codec checks both checksums.
      const { headers, body } = codec.decode(held.subarray(0, length));
      held = held.subarray(length);
      text += toEvent(headers, Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    }
    gathered.append(ownCopy(held));
    return text;
  };
  return {
    status: answer.status,
    header: (name) =>
      name === "content-type" ? "text/event-stream" : name === "content-length" ? null : answer.header(name),
    async read(): Promise<Piece> {
      const codec = await loadCodec();
      for (;;) {
        const { done, value } = await answer.read();
        if (value) gathered.append(value);
        const text = take(codec);
        if (done && gathered.length > 0) throw new Error("its event stream was cut in the middle of a message");
        if (done || text !== "") return { done, value: text === "" ? undefined : Buffer.from(text) };
      }
    },
    cancel: () => answer.cancel(),
  };
}

/** Bytes of the message that begins here. */
function lengthOf(held: Buffer): number {
  const length = held.readUInt32BE(0);
  if (length >= messageBytesMin && length <= messageBytesMax) return length;
  throw new Error(
    `its event stream has a message of ${length} bytes; ${messageBytesMin} to ${messageBytesMax} are allowed`,
  );
}

type Codec = Pick<EventStreamCodec, "decode">;
type MessageHeaders = ReturnType<Codec["decode"]>["headers"];

let loading: Promise<Codec> | undefined;

/** Loaded with the first such stream. */
function loadCodec(): Promise<Codec> {
  return (loading ??= import("@smithy/eventstream-codec").then(
    ({ EventStreamCodec }) =>
      new EventStreamCodec(
        (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString()),
        (text) => Buffer.from(text),
      ),
  ));
}

/** One message as a server-sent event. What it holds is judged by who reads it. */
function toEvent(headers: MessageHeaders, body: Buffer): string {
  const wordOf = (name: string) => String(headers[name]?.value ?? "");
  if (wordOf(":message-type") === "event") {
    const bytes = readBytes(body);
    // Kinds of events that hold no part of the answer are skipped, as everywhere.
    if (bytes === undefined) return "";
    const type = /^\s*\{\s*"type"\s*:\s*"(\w+)"/.exec(bytes)?.[1];
    return `event: ${type ?? "message"}\ndata: ${bytes.replace(/[\r\n]+/g, " ")}\n\n`;
  }
  const name = wordOf(":exception-type") || wordOf(":error-code");
  const error = {
    type: errorTypes.get(name) ?? "api_error",
    message: readMessage(body) || wordOf(":error-message") || name,
  };
  return `event: error\ndata: ${JSON.stringify({ type: "error", error })}\n\n`;
}

/** Anthropic's types of what AWS names (its API reference, "ResponseStream"). */
const errorTypes: ReadonlyMap<string, string> = new Map([
  ["throttlingException", "rate_limit_error"],
  ["validationException", "invalid_request_error"],
  ["serviceUnavailableException", "overloaded_error"],
  ["modelTimeoutException", "timeout_error"],
]);

function readBytes(body: Buffer): string | undefined {
  const bytes = readField(body, "bytes");
  return bytes === undefined ? undefined : Buffer.from(bytes, "base64").toString();
}

function readMessage(body: Buffer): string {
  return readField(body, "message") ?? readField(body, "Message") ?? "";
}

function readField(body: Buffer, name: string): string | undefined {
  try {
    const value = (JSON.parse(body.toString()) as Record<string, unknown> | null)?.[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
