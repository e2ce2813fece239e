import type { FinishReason } from "../call/index.ts";

/** What a vendor's word for the end of a choice means. */
export type FinishWord =
  | { type: "finish"; reason: FinishReason; /** The word itself, where nobody documents it. */ unknownWord?: string }
  /** The vendor gave up: what there is of the choice is not all of it. */
  | { type: "failure"; word: string };

/**
 * Reads a finish or stop reason, of whatever dialect: vendors that translate keep words of the other one, and differ in
 * how they write them. Undefined where the choice goes on: null, an empty text, or DashScope's text `null`.
 */
export function readFinishWord(value: unknown): FinishWord | undefined {
  if (typeof value !== "string") return undefined;
  const word = value.replace(/[^A-Za-z]/g, "").toLowerCase();
  if (word === "null" || value.trim() === "") return undefined;
  const reason = reasons.get(word);
  if (reason) return { type: "finish", reason };
  if (failure.test(word)) return { type: "failure", word: value.slice(0, wordCharsMax) };
  if (filter.test(word)) return { type: "finish", reason: "content-filter" };
  return { type: "finish", reason: "stop", ...(isName(value) && { unknownWord: value }) };
}

/** Letters only, so that `MAX_TOKENS` and `maxTokens` are one word. */
const reasons = new Map<string, FinishReason>([
  ["stop", "stop"],
  ["endturn", "stop"],
  ["stopsequence", "stop"],
  // Baidu.
  ["normal", "stop"],
  // Together, Hugging Face and Bedrock's models.
  ["eos", "stop"],
  ["eostoken", "stop"],
  ["complete", "stop"],
  ["completed", "stop"],
  ["length", "length"],
  ["maxtokens", "length"],
  ["maxlength", "length"],
  ["modellength", "length"],
  ["modelcontextwindowexceeded", "length"],
  // OpenAI's Responses, watsonx.
  ["maxoutputtokens", "length"],
  ["tokenlimit", "length"],
  ["timelimit", "length"],
  ["toolcalls", "tool-calls"],
  ["toolcall", "tool-calls"],
  ["tooluse", "tool-calls"],
  ["functioncall", "tool-calls"],
  ["contentfilter", "content-filter"],
  ["refusal", "refusal"],
  ["pauseturn", "pause"],
  // Gemini: the turn is to be continued; a language that it does not speak.
  ["continuation", "pause"],
  ["language", "content-filter"],
]);

/**
 * DeepSeek: `insufficient_system_resource`; Zhipu: `network_error`; vLLM: `abort`; OpenRouter: `error`; Gemini:
 * `MALFORMED_FUNCTION_CALL`, `UNEXPECTED_TOOL_CALL`, `TOO_MANY_TOOL_CALLS`, `MISSING_THOUGHT_SIGNATURE`; watsonx: `NOT_FINISHED`.
 */
const failure =
  /error|abort|cancel|timeout|timedout|deadline|fail|insufficient|interrupt|disconnect|unavailable|overload|busy|malformed|unexpected|exception|crash|killed|outofmemory|preempt|incomplete|notfinished|ratelimit|throttl|quota|toomany|missing/;

/** Zhipu: `sensitive`; Gemini: `SAFETY`, `PROHIBITED_CONTENT`, `BLOCKLIST`, `SPII`, `RECITATION`, `MODEL_ARMOR`. */
const filter = /sensitive|filter|safety|moderation|prohibited|blocklist|guardrail|policy|spii|recitation|modelarmor/;

const wordCharsMax = 64;

/** What is no name might quote the answer. */
function isName(word: string): boolean {
  return word.length <= wordCharsMax && /^[\w.-]+$/.test(word);
}
