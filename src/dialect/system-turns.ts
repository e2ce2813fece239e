import type { ChatMessage, ChatRequest, TextPart } from "../call/index.ts";

/** What stands around the words of the system in a user's turn. Claude Code tells its models of it, and others read it as it is meant. */
export const systemMarks = { before: "<system-reminder>\n", after: "\n</system-reminder>" } as const;

/**
 * The request for a vendor that takes the system's words at the front only: what the system and the developer say later becomes the
 * user's, marked, in its place. At the front it would be read as if it had been there from the start, and each later one would
 * make the vendor's prefix cache useless. The same request where there is nothing of the kind.
 */
export function foldSystemTurns(request: ChatRequest): ChatRequest {
  const { messages } = request;
  const first = messages.findIndex((message) => !isSystem(message));
  if (first === -1 || !messages.some((message, index) => index > first && isSystem(message))) return request;
  return { ...request, messages: [...messages.slice(0, first), ...fold(messages.slice(first))] };
}

function fold(messages: readonly ChatMessage[]): ChatMessage[] {
  const folded: ChatMessage[] = [];
  let waiting: ChatMessage | undefined;
  const flush = () => {
    if (waiting) folded.push(waiting);
    waiting = undefined;
  };
  for (const message of messages) {
    if (isSystem(message)) {
      if (message.content.length > 0) waiting = join(waiting ?? takeUser(folded), marked(message));
    } else if (message.role === "user") {
      waiting = waiting && join(waiting, message);
      if (!waiting) folded.push(message);
      flush();
    } else {
      // Nothing may stand between a call and its result.
      if (message.role !== "tool") flush();
      folded.push(message);
    }
  }
  flush();
  return folded;
}

function isSystem({ role }: ChatMessage): boolean {
  return role === "system" || role === "developer";
}

/** The user's turn that was the last, taken out; many chat templates want no two of them beside each other. */
function takeUser(folded: ChatMessage[]): ChatMessage | undefined {
  return folded.at(-1)?.role === "user" ? folded.pop() : undefined;
}

function join(before: ChatMessage | undefined, after: ChatMessage): ChatMessage {
  return before ? { ...before, content: [...before.content, ...after.content] } : after;
}

function marked({ content }: ChatMessage): ChatMessage {
  const text = (words: string): TextPart => ({ type: "text", text: words });
  return { role: "user", content: [text(systemMarks.before), ...content, text(systemMarks.after)] };
}
