import type { ChatMessage, ChatRequest, Part } from "../call/index.ts";

/**
 * A request without results that answer a call which has been answered with the same already: vendors refuse a second one, and
 * Gemini CLI 0.61 sends each again once it takes up an earlier conversation. Ids may repeat, so that calls are counted.
 */
export function leaveOutRepeats(request: ChatRequest): ChatRequest {
  const messages = withoutRepeats(request.messages);
  return messages.length === request.messages.length ? request : { ...request, messages };
}

interface Call {
  open: number;
  answers: Part[][];
}

function withoutRepeats(messages: readonly ChatMessage[]): ChatMessage[] {
  /** The calls of the turn by their ids. */
  let calls = new Map<string, Call>();
  let isBegun = false;
  return messages.filter(({ role, content, toolCallId }) => {
    if (role === "assistant") {
      // The calls of one turn may come as several messages.
      if (!isBegun) calls = new Map();
      isBegun = true;
      for (const part of content) if (part.type === "tool-call") note(calls, part.id).open++;
      return true;
    }
    isBegun = false;
    const call = role === "tool" ? calls.get(toolCallId ?? "") : undefined;
    if (!call) return true;
    if (call.open === 0) return !call.answers.some((answer) => Bun.deepEquals(answer, content));
    call.open--;
    call.answers.push(content);
    return true;
  });
}

function note(calls: Map<string, Call>, id: string): Call {
  const known = calls.get(id);
  if (known) return known;
  const call = { open: 0, answers: [] };
  calls.set(id, call);
  return call;
}
