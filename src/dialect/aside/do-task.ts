import { must, unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { encodeError } from "../../base/wire-error.ts";
import { listNotCarried, type PreparedRequest, type TranslatedRequest } from "../../call/index.ts";
import type { Dialect, RequestHeaders } from "../dialect.ts";
import { translate } from "../translate.ts";
import type { FromThread, ToThread } from "./messages.ts";

/** Does a task; returns the answer, and the memory that moves with it. */
export function doTask(
  dialects: readonly Dialect[],
  message: ToThread,
): { answer: FromThread; transfer: ArrayBuffer[] } {
  const { body } = message;
  const transfer: ArrayBuffer[] = [body];
  try {
    const value = valueOf(dialects, message, transfer);
    return { answer: { body, type: "value", value }, transfer };
  } catch (thrown) {
    if (thrown instanceof SahabError) return { answer: { body, type: "error", error: encodeError(thrown) }, transfer };
    const { message: text, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { answer: { body, type: "fault", message: text, stack }, transfer };
  }
}

function valueOf(dialects: readonly Dialect[], message: ToThread, transfer: ArrayBuffer[]): unknown {
  const { request, task } = message;
  const named = (name: string) => {
    const dialect = dialects.find((one) => one.name === name);
    if (!dialect) throw new Error(`the thread does not know the dialect ${name}`);
    return dialect;
  };
  if (task.type === "named-parts") {
    const { stored } = named(request.dialect);
    return task.requests.flatMap((text) => stored?.namedParts?.(text) ?? []);
  }
  const found = task.type === "open" ? undefined : task.found;
  const call = named(request.dialect).open({ ...request, headers: noHeaders, body: Buffer.from(message.body), found });
  switch (task.type) {
    case "open":
      return call.found;
    case "translate": {
      const translated: TranslatedRequest = translate(named(task.to), call, task.target);
      transfer.push(translated.body.buffer as ArrayBuffer);
      return translated;
    }
    case "decode": {
      const decoded = call.decodeText?.() ?? call.decode();
      const dropped = listNotCarried(decoded, task.carrier);
      const json = Buffer.from(JSON.stringify(decoded.request));
      transfer.push(json.buffer);
      const prepared: PreparedRequest = { operation: decoded.operation, request: { json }, dropped };
      return prepared;
    }
    case "continue": {
      // A copy, since a small one lies in memory that it shares.
      const continued = new Uint8Array(must(call.continued, "it goes on").call(call, task.earlier, task.holders));
      transfer.push(continued.buffer);
      return continued;
    }
    case "mute-turns":
      return call.muteTurns?.() ?? [];
    case "fit-turns":
      return call.fitTurns?.(task.shape) ?? { edits: [], dropped: [] };
    case "proofs":
      return call.proofs?.(task.model) ?? [];
    default:
      return unreachable(task);
  }
}

/** Headers are for the serving thread to read. */
const noHeaders: RequestHeaders = { get: () => null };
