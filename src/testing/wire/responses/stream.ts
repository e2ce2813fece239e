import { eventsOf, list, must, object, string, type Json } from "../json.ts";
import type { Reading } from "../kit.ts";
import { nothingSaid } from "../said.ts";

/**
 * Reads the events of a response as OpenAI's SDK does, which puts the answer together from them: every part is added before
 * its deltas, what is `done` is what its deltas made, and the last event has the same answer once more.
 */
export function readResponseEvents(text: string, readWhole: (response: Json) => Reading): Reading {
  const reader = new EventReader();
  let reading: Reading = { said: nothingSaid(), error: undefined, isWhole: false, native: undefined, cost: undefined };
  for (const { name, data } of eventsOf(text)) {
    const event = JSON.parse(data) as Json;
    const type = string(event["type"]);
    // OpenAI says an error twice: by an event for the SDK to throw, and by the response that failed.
    const isOver = reading.isWhole || (reading.error !== undefined && type !== "response.failed");
    must(!isOver, "something follows the end");
    must(name === undefined || name === type, `the event ${String(name)} has the type ${type}`);
    if (type === "error") {
      must(string(event["message"]) !== "", "an error without message");
      reader.count(type, event);
      const code = string(event["code"]);
      reading.error = { code, type: code, message: string(event["message"]) };
      continue;
    }
    reader.take(type, event);
    if (type === "response.failed" || type === "response.completed" || type === "response.incomplete") {
      const response = object(event["response"]);
      reading = readWhole(response);
      if (reading.isWhole) reader.compare(list(response["output"]));
    }
  }
  // What a client has seen of an answer that broke.
  return reading.isWhole ? reading : { ...reading, said: { ...nothingSaid(), text: reader.text() } };
}

interface OpenItem {
  item: Json;
  /** By the kind of part and its index. */
  parts: Map<string, { text: string; isDone: boolean }>;
  arguments: string;
  isDone: boolean;
}

/** Events of texts: what is before `.delta` and `.done`, the place of the part, and the field that `done` repeats. */
const textEvents: Record<string, { index: string; field: string }> = {
  "response.output_text": { index: "content_index", field: "text" },
  "response.refusal": { index: "content_index", field: "refusal" },
  "response.reasoning_text": { index: "content_index", field: "text" },
  "response.reasoning_summary_text": { index: "summary_index", field: "text" },
};

class EventReader {
  readonly #items: OpenItem[] = [];
  #sequence = -1;

  count(type: string, event: Json): void {
    must(event["sequence_number"] === this.#sequence + 1, `sequence_number after ${this.#sequence} in ${type}`);
    this.#sequence++;
  }

  take(type: string, event: Json): void {
    this.count(type, event);
    if (this.#sequence === 0) must(type === "response.created", `the first event is ${type}`);
    if (type === "response.created" || type === "response.in_progress" || type === "response.queued") {
      must(string(object(event["response"])["id"]) !== "", `${type} without a response`);
      return;
    }
    if (/^response\.(?:completed|incomplete|failed)$/.test(type)) {
      if (type !== "response.failed")
        must(
          this.#items.every(({ isDone }) => isDone),
          "an item has no end",
        );
      return;
    }
    if (type === "response.output_item.added") {
      must(event["output_index"] === this.#items.length, "an item is added out of order");
      this.#items.push({ item: object(event["item"]), parts: new Map(), arguments: "", isDone: false });
      return;
    }
    const open = this.#items[event["output_index"] as number];
    must(open && !open.isDone, `${type} for no open item`);
    if (type === "response.output_item.done") {
      const [before, after] = [open.item, object(event["item"])];
      for (const key of ["id", "type", "call_id", "name"])
        must(before[key] === after[key], `the item's ${key} changes`);
      must(
        [...open.parts.values()].every(({ isDone }) => isDone),
        "a part has no end",
      );
      Object.assign(open, { item: after, isDone: true });
      return;
    }
    must(event["item_id"] === open.item["id"], `${type} with another item's id`);
    this.#takePart(type, event, open);
  }

  #takePart(type: string, event: Json, open: OpenItem): void {
    const base = type.slice(0, type.lastIndexOf("."));
    const verb = type.slice(base.length + 1);
    if (base === "response.content_part" || base === "response.reasoning_summary_part") {
      const key =
        base === "response.content_part"
          ? `content_index ${String(event["content_index"])}`
          : `summary_index ${String(event["summary_index"])}`;
      if (verb === "added") {
        must(!open.parts.has(key), "a part is added twice");
        open.parts.set(key, { text: "", isDone: false });
      } else {
        const part = open.parts.get(key);
        must(part && !part.isDone, "a part ends that was not added");
        part.isDone = true;
      }
    } else if (base === "response.function_call_arguments") {
      must(open.item["type"] === "function_call", "arguments outside of a call");
      if (verb === "delta") open.arguments += string(event["delta"]);
      else must(event["arguments"] === open.arguments, "the arguments differ from their deltas");
    } else {
      const kind = textEvents[base];
      if (!kind) return;
      const part = open.parts.get(`${kind.index} ${String(event[kind.index])}`);
      must(part && !part.isDone, `${type} for a part that was not added`);
      if (verb === "delta") part.text += string(event["delta"]);
      else must(event[kind.field] === part.text, `the text of ${type} differs from its deltas`);
    }
  }

  /** What the last event repeats. */
  compare(output: readonly Json[]): void {
    must(output.length === this.#items.length, "the last event has another number of items");
    for (const [index, item] of output.entries())
      must(Bun.deepEquals(item, this.#items[index]?.item), `the last event has another item ${index}`);
    for (const { item, parts, arguments: args } of this.#items) {
      if (item["type"] === "function_call")
        must(item["arguments"] === args, "the call's arguments differ from the deltas");
      const texts = [...list(item["summary"]), ...list(item["content"])].map(
        (part) => string(part["text"]) + string(part["refusal"]),
      );
      must(
        texts.join("") === [...parts.values()].map(({ text }) => text).join(""),
        "an item's text differs from its deltas",
      );
    }
  }

  text(): string {
    return this.#items
      .filter(({ item }) => item["type"] === "message")
      .flatMap(({ parts }) => [...parts.values()].map(({ text }) => text))
      .join("");
  }
}
