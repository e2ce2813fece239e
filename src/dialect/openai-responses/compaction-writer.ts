import { newId } from "../../base/ids.ts";
import { noUsage, type AnswerEvent, type Usage } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { foldAnswer, textOf } from "../fold-answer.ts";
import { asBuffer, type JsonField } from "../json-scan.ts";
import { jsonType } from "../media-types.ts";
import type { OpenedBody } from "../open-body.ts";
import { RawBodyWriter } from "../raw-answer.ts";
import type { JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { findResponse } from "./keeping-state.ts";
import { readItems } from "./list-input.ts";
import { textField } from "../list-items.ts";
import { checkSummary, introduce } from "./summary-item.ts";
import { encodeUsage } from "./usage.ts";

/** Newest messages of the user's that stay as they are: about 20,000 tokens, as Codex keeps where it does this itself. */
const userBytesMax = 80_000;

/** Writes the conversation as it goes on: the user's newest messages, and the summary. A vendor's own answer of this kind passes. */
export function createCompactionWriter(opened: OpenedBody, options: WriterOptions): Writer {
  const own = new RawBodyWriter(options);
  const events: AnswerEvent[] = [];
  return {
    contentType: jsonType,
    write(batch) {
      if (options.isRaw) own.write(batch);
      for (const event of batch.events()) events.push(event);
      return undefined;
    },
    end() {
      const raw = options.isRaw ? own.end() : undefined;
      const scan = raw && findResponse(raw);
      if (raw && scan && textField({ body: raw, scan }, "object") === compactedObject) return raw;
      return JSON.stringify(encodeCompacted(opened, events, options));
    },
    fail: (error) => own.fail(error),
  };
}

const compactedObject = "response.compaction";

function encodeCompacted(
  { body, scan }: OpenedBody,
  events: readonly AnswerEvent[],
  { usageExtra }: Pick<WriterOptions, "usageExtra">,
): JsonObject {
  const { choices, usage = noUsage, start } = foldAnswer(events);
  const summary = checkSummary(choices[0] && textOf(choices[0], "text"), choices[0]?.finish);
  const id = newId("resp");
  const input = scan.fields.get("input") as JsonField;
  const items = readItems(parseJson(asBuffer(body).toString("utf8", input.start, input.end)), id);
  const [said] = readItems(introduce(summary), `${id} summary`);
  return {
    id,
    object: compactedObject,
    created_at: start.createdS,
    output: [...newestOfUser(items), said],
    usage: encodeUsage(usage, extraOf(usage, usageExtra)),
  };
}

function extraOf(usage: Usage, usageExtra: WriterOptions["usageExtra"]): JsonObject | undefined {
  return usage === noUsage ? undefined : usageExtra(usage);
}

function newestOfUser(items: readonly JsonObject[]): JsonObject[] {
  let left = userBytesMax;
  const newest: JsonObject[] = [];
  for (const item of items.toReversed()) {
    if (item["type"] !== "message" || item["role"] !== "user") continue;
    left -= JSON.stringify(item).length;
    if (left < 0) break;
    newest.unshift(item);
  }
  return newest;
}
