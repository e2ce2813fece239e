import type { Insertable, Selectable } from "kysely";
import type { Sealer } from "../../base/seal.ts";
import type { ConversationRow, MessagePart, MessageRow } from "./conversation-store.ts";
import type { Tables } from "./tables.ts";

/** What a row takes beside what is sealed, about. */
export const rowBytes = 200;

type Head = Pick<ConversationRow, "title" | "models" | "system" | "parameters">;

/** A sealed value cannot be put into another row, or be given to another owner. */
const headContext = ({ owner, id }: { owner: string; id: string }) => JSON.stringify(["conversation", owner, id]);
const messageContext = (part: "body" | "media", conversation: string, id: string) =>
  JSON.stringify(["conversation", part, conversation, id]);

export function sealHead(row: Head & { owner: string; id: string }, sealer: Sealer): Uint8Array {
  const { title, models, system, parameters } = row;
  return sealer.seal(JSON.stringify({ title, models, system, parameters }), headContext(row));
}

/** About what the row of a conversation takes without its messages. */
export function headBytes(head: Uint8Array): number {
  return rowBytes + head.length;
}

/** Undefined for a row that is damaged, or that another key has sealed. */
export function openConversation(
  row: Selectable<Tables["conversations"]>,
  sealer: Sealer,
): ConversationRow | undefined {
  const { head, created_ms, updated_ms, expires_ms, keep_days, pinned, messages, bytes, ...same } = row;
  try {
    return {
      ...same,
      ...(JSON.parse(sealer.open(head, headContext(row))) as Head),
      createdMs: Number(created_ms),
      updatedMs: Number(updated_ms),
      expiresMs: expires_ms === null ? null : Number(expires_ms),
      keepDays: keep_days === null ? null : Number(keep_days),
      isPinned: Number(pinned) === 1,
      messages: Number(messages),
      bytes: Number(bytes),
    };
  } catch {
    return undefined;
  }
}

interface Body extends Pick<MessageRow, "reasoning" | "details"> {
  /** An image is its place among the media. */
  content: ({ type: "text"; text: string } | { type: "image"; media: number })[];
}

/** Images are sealed apart, so that a search need not open them. */
export function sealMessage(
  conversation: string,
  message: MessageRow,
  sealer: Sealer,
): Insertable<Tables["conversation_messages"]> {
  const { id, parent, createdMs, role, status, reasoning, details } = message;
  const urls: string[] = [];
  const content = message.content.map((part) =>
    part.type === "text" ? part : { type: part.type, media: urls.push(part.url) - 1 },
  );
  const body = sealer.seal(
    JSON.stringify({ content, reasoning, details } satisfies Body),
    messageContext("body", conversation, id),
  );
  const media = urls.length === 0 ? null : sealer.seal(JSON.stringify(urls), messageContext("media", conversation, id));
  const bytes = rowBytes + body.length + (media?.length ?? 0);
  return { conversation, id, parent, created_ms: createdMs, role, status, bytes, body, media };
}

/** A message that cannot be opened stays in the tree, empty, so that those after it keep their place. */
export function openMessage(row: Selectable<Tables["conversation_messages"]>, sealer: Sealer): MessageRow {
  const { conversation, id, parent, created_ms, role, status } = row;
  const same = { id, parent, createdMs: Number(created_ms), role, status };
  try {
    const body = openBody(row, sealer);
    const urls =
      row.media === null
        ? []
        : (JSON.parse(sealer.open(row.media, messageContext("media", conversation, id))) as string[]);
    const content = body.content.flatMap((part): MessagePart[] => {
      if (part.type === "text") return [part];
      const url = urls[part.media];
      return url === undefined ? [] : [{ type: "image", url }];
    });
    return { ...same, content, reasoning: body.reasoning, details: body.details };
  } catch {
    return { ...same, content: [], reasoning: "", details: {} };
  }
}

/** The text of a message without its images; empty where it cannot be opened. */
export function openText(
  row: Pick<Selectable<Tables["conversation_messages"]>, "conversation" | "id" | "body">,
  sealer: Sealer,
): string {
  try {
    const { content } = openBody(row, sealer);
    return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  } catch {
    return "";
  }
}

function openBody(
  { conversation, id, body }: Pick<Selectable<Tables["conversation_messages"]>, "conversation" | "id" | "body">,
  sealer: Sealer,
): Body {
  return JSON.parse(sealer.open(body, messageContext("body", conversation, id))) as Body;
}
