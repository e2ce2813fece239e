import type { ChatMessage } from "./chat.ts";

/** Tells apart the conversations that a turn could be of: the mark of the message at an index. Indexes never decrease. */
export type TurnMarks = (index: number) => string;

/**
 * A mark is a hash of all that the user has said before, with the number of turns that have called tools since. Results of tools
 * are left out, since clients shorten old ones. Messages behind the turn that is asked for are not hashed.
 */
export function createTurnMarks(messages: readonly Pick<ChatMessage, "role" | "content">[]): TurnMarks {
  const hasher = new Bun.CryptoHasher("sha256");
  let at = 0;
  let turns = 0;
  return (index) => {
    for (; at < Math.min(index, messages.length); at++) {
      const { role, content } = messages[at] ?? { role: "tool", content: [] };
      if (role === "assistant") turns += content.some(({ type }) => type === "tool-call") ? 1 : 0;
      if (role !== "user") continue;
      const texts = content.flatMap((part) => (part.type === "text" && part.text !== "" ? [part.text] : []));
      if (texts.length === 0) continue;
      hasher.update(JSON.stringify(texts));
      turns = 0;
    }
    return `${hasher.copy().digest("base64url")} ${turns}`;
  };
}
