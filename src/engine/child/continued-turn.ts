import { SahabError } from "../../base/errors.ts";
import { fieldName, type ChatMessage, type ChatRequest } from "../../call/index.ts";
import { asBoolean, optional } from "../../dialect/read.ts";
import type { Turn } from "../template/history.ts";
import { openaiExtensions } from "./openai-extensions.ts";

/**
 * Fields of an assistant's message that ask for an answer which goes on with it: DeepSeek's, and that of Alibaba Cloud and Moonshot.
 * Other dialects have none.
 */
export function continuingFields(dialect: string): ReadonlySet<string> {
  return dialect === "openai-chat" ? openaiFields : dialect === "dashscope" ? dashscopeFields : none;
}

const openaiFields: ReadonlySet<string> = new Set(["prefix", "partial"]);
const dashscopeFields: ReadonlySet<string> = new Set(["partial"]);
const none: ReadonlySet<string> = new Set();

/**
 * Whether the answer goes on with the last message, which is the assistant's, where a new turn would begin otherwise. The answer does not
 * repeat it. So it is for Anthropic's and Google's clients, and for those of OpenAI's dialect, as llama-server has it, unless
 * `continue_final_message` is false. In DashScope's dialect `partial` asks for it. In that of OpenAI's responses a turn has ended.
 * Throws `invalid_request` where it is asked for and there is nothing to go on with.
 */
export function continuesTurn(request: ChatRequest): boolean {
  const asked = optional(openaiExtensions(request).continue_final_message, "continue_final_message", asBoolean);
  const last = request.messages.at(-1);
  const isOpen = last?.role === "assistant" && isUnfinished(last);
  if (asked === true && !isOpen)
    throw new SahabError(
      "invalid_request",
      "continue_final_message: the last message must be the assistant's, with a text and without calls of tools",
      { param: "continue_final_message" },
    );
  if (!isOpen || asked === false || request.dialect === "openai-responses") return false;
  if (request.dialect === "dashscope" && last.extensions?.["partial"] !== true) return false;
  if (request.dialect === "anthropic-messages" && request.responseFormat.type !== "text") {
    const param = fieldName(request, "response_format");
    throw new SahabError(
      "invalid_request",
      `${param}: the answer goes on with the assistant's last message, and so cannot be JSON of its own; let the user's message be the last`,
      { param },
    );
  }
  return true;
}

function isUnfinished({ content }: ChatMessage): boolean {
  const hasText = content.some((part) => (part.type === "text" || part.type === "reasoning") && part.text !== "");
  return hasText && !content.some(({ type }) => type === "tool-call");
}

/** Where the text of the last turn ends in a rendered prompt. */
export interface TurnMark {
  /** The turns, the last of them with the mark at the end of its text. */
  mark(turns: readonly Turn[]): Turn[];
  /** The prompt up to the mark; undefined where the template has not written it. */
  cut(rendered: string): string | undefined;
}

/** The mark has a letter that Unicode excludes from texts, and digits that no caller can know. Templates cut white space off: not that before the mark. */
export function createTurnMark(): TurnMark {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const mark = `\uFFFF${random}\uFFFF`;
  return {
    mark: (turns) =>
      turns.map((turn, index) => (index === turns.length - 1 ? { ...turn, content: turn.content + mark } : turn)),
    cut(rendered) {
      const end = rendered.lastIndexOf(mark);
      return end === -1 ? undefined : rendered.slice(0, end).replaceAll(mark, "");
    },
  };
}
