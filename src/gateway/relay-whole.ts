import { prefixError, SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { asBuffer, scanJsonObject, setField, spliceJson, type JsonScan } from "../dialect/json-scan.ts";
import { answerTextBytes, decodeErrorEvent, usageOf } from "../dialect/openai-chat/index.ts";
import { hideSecrets, readWhole, type HttpAnswer, type Provider } from "../vendor/index.ts";
import type { Exchange } from "./exchange.ts";
import { answerHeaders, jsonType } from "./respond.ts";

/** Reads a vendor's whole answer and finds its usage. Throws `upstream_invalid_response` for what is not a whole JSON object. */
export async function readAnswer(exchange: Exchange, answer: HttpAnswer, provider: Provider): Promise<Uint8Array> {
  let body: Uint8Array;
  try {
    body = await readWhole(answer, limits.responseBodyBytesMax);
  } catch (cause) {
    if (cause instanceof SahabError && cause.code !== "body_too_large") throw cause;
    throw new SahabError(
      "upstream_invalid_response",
      `Provider ${exchange.provider} broke off its answer, or it is longer than ${limits.responseBodyBytesMax} bytes`,
      { cause },
    );
  }
  let scan: JsonScan;
  try {
    scan = scanJsonObject(body, { depthMax: limits.jsonDepthMax });
  } catch (cause) {
    const type = answer.header("content-type") ?? "no content type";
    throw new SahabError(
      "upstream_invalid_response",
      `Provider ${exchange.provider} answered with ${type.slice(0, 100)} that is not a JSON object`,
      { cause },
    );
  }
  const bytes = asBuffer(body);
  // Some servers report a failure with status 200.
  const error = scan.fields.get("error");
  if (error && bytes.toString("latin1", error.start, error.start + 4) !== "null") {
    throw prefixError(decodeErrorEvent(hideSecrets(provider, bytes.toString("utf8"))), `Provider ${exchange.provider}`);
  }
  const usage = scan.fields.get("usage");
  const sent = usage && parseObject(bytes.toString("utf8", usage.start, usage.end));
  exchange.usage = usageOf({ usage: sent });
  if (!exchange.usage) {
    exchange.answerBytes = answerTextBytes(bytes);
    return body;
  }
  const withCost = { ...sent, ...exchange.costFields(exchange.usage) };
  return spliceJson(body, setField(scan, "usage", JSON.stringify(withCost)));
}

/** The scan does not look inside values; a usage that is not JSON counts as none. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Settles, then answers: the record is durable before the first byte leaves. */
export async function answerWhole(exchange: Exchange, body: Uint8Array | string): Promise<Response> {
  await exchange.settle(200, "ok");
  return new Response(body as Uint8Array<ArrayBuffer> | string, { headers: answerHeaders(exchange, jsonType) });
}
