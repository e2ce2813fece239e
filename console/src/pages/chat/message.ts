/** A message as the admin API has it, or as it grows: `streaming` is known to this browser alone. */
export interface Message {
  id: string;
  /** The message that it follows; null for a first one. */
  parent: string | null;
  role: "user" | "assistant";
  status: "complete" | "stopped" | "failed" | "streaming";
  content: readonly MessagePart[];
  reasoning: string;
  /** The model that was asked. */
  model: string | null;
  request_id: string | null;
  usage: MessageUsage | null;
  timings: { first_token_ms: number | null; total_ms: number } | null;
  error: { code: string; message: string } | null;
  /** Why the model ended, in OpenAI's words: `stop`, `length`, `content_filter`, …; null where it did not say. */
  finish: string | null;
}

export type MessagePart = { type: "text"; text: string } | { type: "image"; url: string };

export interface MessageUsage {
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  /** Decimal, exact; null where the server did not say. */
  cost: string | null;
  currency: string | null;
  /** A count is Sahab's estimate, as where the answer was stopped; absent where that is not known. */
  estimated?: boolean;
}

export function makeMessage(fields: Pick<Message, "parent" | "role" | "status"> & Partial<Message>): Message {
  return {
    id: newMessageId(),
    content: [],
    reasoning: "",
    model: null,
    request_id: null,
    usage: null,
    timings: null,
    error: null,
    finish: null,
    ...fields,
  };
}

export function textOf({ content }: Pick<Message, "content">): string {
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

export function imagesOf({ content }: Pick<Message, "content">): string[] {
  return content.flatMap((part) => (part.type === "image" ? [part.url] : []));
}

/** Text and images as parts, without empty ones. */
export function partsOf(text: string, images: readonly string[] = []): MessagePart[] {
  const parts: MessagePart[] = images.map((url) => ({ type: "image", url }));
  return text === "" ? parts : [...parts, { type: "text", text }];
}

/** Also where the page is not secure, so that there is no `randomUUID`. */
function newMessageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `msg_${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
