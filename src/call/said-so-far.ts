import type { AnswerEvent } from "./facts.ts";

type TextEvent = Extract<AnswerEvent, { type: "text-delta" | "reasoning-delta" | "refusal-delta" }>;
type ArgumentsEvent = Extract<AnswerEvent, { type: "tool-call-delta" }>;

/**
 * The events of a stream that goes out as one body, as few as say the same: an event for each token takes twenty times the
 * memory of its text.
 */
export class SaidSoFar {
  readonly #events: AnswerEvent[] = [];
  /** The last event of each choice, where the next one may continue it; an object of our own. */
  readonly #open = new Map<number, TextEvent | ArgumentsEvent>();
  #usage: Extract<AnswerEvent, { type: "usage" }> | undefined;

  add(events: readonly AnswerEvent[]): void {
    for (const event of events) {
      if (event.type === "usage") this.#usage = event;
      else if (!("choice" in event)) this.#events.push(event);
      else if (!this.#continue(event)) {
        const own = { ...event };
        this.#events.push(own);
        if (isDelta(own)) this.#open.set(own.choice, own);
        else this.#open.delete(own.choice);
      }
    }
  }

  /** In the order in which they were said; the latest count is the last. */
  get events(): AnswerEvent[] {
    return this.#usage ? [...this.#events, this.#usage] : this.#events;
  }

  #continue(event: Extract<AnswerEvent, { choice: number }>): boolean {
    const open = this.#open.get(event.choice);
    if (!open || !isDelta(event)) return false;
    if (open.type === "tool-call-delta") {
      if (event.type !== "tool-call-delta" || event.index !== open.index) return false;
      open.arguments += event.arguments;
      return true;
    }
    if (event.type !== open.type) return false;
    open.text += event.text;
    return true;
  }
}

/** A part of a text that more may follow. Probabilities belong to one text alone. */
function isDelta(event: Extract<AnswerEvent, { choice: number }>): event is TextEvent | ArgumentsEvent {
  if (event.type === "text-delta") return event.logprobs === undefined;
  return event.type === "reasoning-delta" || event.type === "refusal-delta" || event.type === "tool-call-delta";
}
