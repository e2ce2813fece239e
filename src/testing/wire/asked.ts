/** What a client asks, whatever the wire format: what a translation must keep on the way to a vendor. */
export interface Asked {
  model: string;
  stream: boolean;
  system?: string;
  turns: Turn[];
  tools: Tool[];
  choice?: "auto" | "none" | "required" | { name: string };
  schema?: { name?: string; schema: object };
  maxTokens?: number;
  stop: string[];
  /** The model is asked to think, and to show it. */
  thinks?: boolean;
}

export interface Tool {
  name: string;
  description?: string;
  parameters: object;
}

export type Turn =
  | { role: "user"; parts: UserPart[] }
  | {
      role: "assistant";
      parts: AssistantPart[];
      /** The turn as a client of this dialect has got it, with all that it has: sent back instead of the parts. */
      native?: { dialect: string; value: unknown };
    }
  | { role: "tool"; results: Result[] };

export type UserPart = { type: "text"; text: string } | { type: "image"; mediaType: string; base64: string };

export type AssistantPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "call"; call: Call };

export interface Call {
  /** Empty where the wire has none. */
  id: string;
  name: string;
  arguments: Record<string, unknown>;
}

export interface Result {
  id: string;
  name: string;
  text: string;
}

/** One thing that was said to or by the model. */
export type Item =
  | { who: "user" | "assistant" | "reasoning"; text: string }
  | { who: "image"; mediaType: string; base64: string }
  /** Calls are numbered, since a translation may rename them. */
  | { who: "call"; number: number; name: string; arguments: Record<string, unknown> }
  | { who: "result"; number: number | undefined; text: string };

/**
 * All that is said in the turns, in order. Two wire formats may cut the same into other turns and parts, so that texts
 * of one speaker which follow each other are one, and empty ones are none. `between`: what stands between parts of a text
 * where the wire has one text for all.
 */
export function itemsOf(turns: readonly Turn[], between = ""): Item[] {
  const items: Item[] = [];
  const calls: { id: string; name: string; isAnswered: boolean }[] = [];
  for (const turn of turns) {
    if (turn.role === "tool") {
      for (const { id, name, text } of turn.results) {
        // The latest that has no result: ids may repeat between turns, and some wires have none.
        const fits = (call: (typeof calls)[number]) =>
          !call.isAnswered && (id === "" ? call.name === name : call.id === id);
        const number = id === "" ? calls.findIndex(fits) : calls.findLastIndex(fits);
        const call = calls[number];
        if (call) call.isAnswered = true;
        items.push({ who: "result", number: number === -1 ? undefined : number, text });
      }
    } else if (turn.role === "user") {
      for (const part of turn.parts) {
        if (part.type === "text") addText(items, "user", part.text, between);
        else items.push({ who: "image", mediaType: part.mediaType, base64: part.base64 });
      }
    } else {
      for (const part of turn.parts) {
        if (part.type === "text") addText(items, "assistant", part.text);
        else if (part.type === "reasoning") addText(items, "reasoning", part.text);
        else {
          items.push({ who: "call", number: calls.length, name: part.call.name, arguments: part.call.arguments });
          calls.push({ id: part.call.id, name: part.call.name, isAnswered: false });
        }
      }
    }
  }
  return items;
}

function addText(items: Item[], who: "user" | "assistant" | "reasoning", text: string, between = ""): void {
  const last = items.at(-1);
  if (text === "") return;
  if (last?.who === who) last.text += between + text;
  else items.push({ who, text });
}
