import type { ErrorCode, SahabError } from "../../base/errors.ts";
import { messageFor } from "../../base/errors.ts";
import type { RequestHeaders } from "../dialect.ts";
import { writeEvent } from "./encode-events.ts";
import { ResponseHead } from "./encode-response.ts";
import { ToolNames } from "../tool-aliases.ts";

interface FailedRequest {
  requestId: string;
  model: string;
  headers: RequestHeaders;
}

/**
 * A failure as the stream that Codex asked for. It makes a conversation shorter, or waits and asks again, only at a response that failed
 * in a stream, and gives up at the same error as a status (codex-rs/codex-api, `sse/responses.rs` and `api_bridge.rs`). Undefined for
 * other clients and other errors.
 */
export function encodeFailedStream(
  error: SahabError,
  { requestId, model, headers }: FailedRequest,
): string | undefined {
  const code = toldInStream.get(error.code);
  if (code === undefined || !isCodex(headers) || !headers.get("accept")?.includes("text/event-stream"))
    return undefined;
  const { retryAfterS } = error;
  if (retryAfterS !== undefined && retryAfterS > waitSMax) return undefined;
  const wait = retryAfterS === undefined ? "" : `. Please try again in ${Math.ceil(retryAfterS)}s.`;
  const start = { type: "start" as const, id: "", model, createdS: Math.floor(Date.now() / 1000) };
  const head = new ResponseHead(start, { names: new ToolNames([]), echo: "" });
  const failure = { code, message: messageFor(error, requestId) + wait };
  return (
    writeEvent("response.created", 0, `"response":${head.encode({ status: "in_progress", output: [] })}`) +
    writeEvent("response.failed", 1, `"response":${head.encode({ status: "failed", output: [], error: failure })}`)
  );
}

/** By the names that Codex looks for. */
const toldInStream: ReadonlyMap<ErrorCode, string> = new Map<ErrorCode, string>([
  ["context_length_exceeded", "context_length_exceeded"],
  ["rate_limit_exceeded", "rate_limit_exceeded"],
  ["upstream_rate_limited", "rate_limit_exceeded"],
]);

/** It waits in silence: whoever is to wait for longer is told so at once. */
const waitSMax = 120;

/** All of its programs say so: `codex_cli_rs`, `codex_exec`, `codex-tui`, `codex_vscode`. */
function isCodex(headers: RequestHeaders): boolean {
  return /^codex/i.test(headers.get("originator") ?? headers.get("user-agent") ?? "");
}
