import { messageFor, type SahabError } from "../base/errors.ts";

/**
 * What a client hears of an error. Agents make a conversation shorter where an error says in the words of their own vendor that it is
 * too long, so that whoever said it, and in which words, it is said in these; what was said stands behind them.
 */
export function messageInWords(words: ContextWords, error: SahabError, requestId: string): string {
  const message = messageFor(error, requestId);
  if (error.code !== "context_length_exceeded" || words.said.test(message)) return message;
  return `${words.say(readSizes(message))} (${message})`;
}

/** How a wire format's own vendor says that a request is longer than the model's context. */
export interface ContextWords {
  /** What programs look for in an error's code and message. */
  said: RegExp;
  say(sizes: Sizes): string;
}

/** Tokens, as far as the error tells them. */
export interface Sizes {
  /** What the model holds. */
  limit?: number | undefined;
  prompt?: number | undefined;
  /** What the request wants to have left for the answer. */
  answer?: number | undefined;
}

/** OpenAI's, in its chat and its Responses. */
export const openaiWords: ContextWords = {
  said: /context_length_exceeded|maximum context length is \d+ tokens|exceeds the context window/i,
  say({ limit, prompt, answer }) {
    if (limit === undefined) return "Your input exceeds the context window of this model.";
    const asked =
      prompt === undefined
        ? ""
        : answer === undefined
          ? ` However, your messages resulted in ${prompt} tokens.`
          : ` However, you requested ${prompt + answer} tokens (${prompt} in the messages, ${answer} in the completion).`;
    return `This model's maximum context length is ${limit} tokens.${asked} Please reduce the length of the messages.`;
  },
};

/**
 * Anthropic's. Claude Code makes a conversation shorter at the first, and asks for a shorter answer at the second, which names
 * prompt, answer and limit.
 */
export const anthropicWords: ContextWords = {
  said: /prompt is too long|exceed context limit: \d+ \+ \d+ > \d+/i,
  say({ limit, prompt, answer }) {
    if (limit === undefined) return "prompt is too long";
    if (prompt === undefined) return `prompt is too long: ${limit} tokens is the maximum`;
    return answer !== undefined && prompt < limit
      ? `input length and \`max_tokens\` exceed context limit: ${prompt} + ${answer} > ${limit}, decrease input length or \`max_tokens\` and try again`
      : `prompt is too long: ${prompt} tokens > ${limit} maximum`;
  },
};

/** Google's. */
export const geminiWords: ContextWords = {
  said: /input token count .*exceeds the maximum number of tokens allowed/i,
  say({ limit, prompt, answer = 0 }) {
    const found = prompt === undefined ? "" : ` (${prompt + answer})`;
    const allowed = limit === undefined ? "" : ` (${limit})`;
    return `The input token count${found} exceeds the maximum number of tokens allowed${allowed}.`;
  },
};

/** DashScope's. */
export const dashscopeWords: ContextWords = {
  said: /range of input length/i,
  say: ({ limit }) =>
    limit === undefined ? "Range of input length is exceeded" : `Range of input length should be [1, ${limit}]`,
};

/** What the errors of vendors and of the engine tell of the sizes; an error that no line knows is told without numbers. */
export function readSizes(message: string): Sizes {
  for (const pattern of patterns) {
    const groups = pattern.exec(message)?.groups;
    if (!groups) continue;
    const [limit, prompt, answer, total] = ["limit", "prompt", "answer", "total"].map((name) => numberIn(groups[name]));
    return { limit, prompt: prompt ?? (total === undefined ? undefined : total - (answer ?? 0)), answer };
  }
  return {};
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replaceAll(",", ""));
}

/** The first that fits counts. Their makers' words are those of `error-topic.ts`. */
const patterns: readonly RegExp[] = [
  // Anthropic.
  /exceed context limit: (?<prompt>\d+) \+ (?<answer>\d+) > (?<limit>\d+)/i,
  /prompt is too long: (?<prompt>\d+)(?: tokens >|, model maximum context length:) (?<limit>\d+)/i,
  // OpenAI, DeepSeek, OpenRouter and vLLM: the parts of the whole, in two orders.
  /context length (?:is|of) (?<limit>\d+)(?: tokens)?\b.{0,80}?\brequested (?:about )?\d+ tokens \((?<prompt>\d+)[^,;]*[,;] (?<answer>\d+)/i,
  /context length (?:is|of) (?<limit>\d+) tokens\b.{0,80}?: (?<prompt>\d+) tokens from the input messages and (?<answer>\d+)/i,
  /context length is (?<limit>\d+) tokens.{0,40}?requested (?<answer>\d+) output tokens and your (?:prompt|request) (?:contains|has)(?: at least)? (?<prompt>\d+)/i,
  /passed (?<prompt>\d+) input tokens and requested (?<answer>\d+) output tokens.{0,60}?context length is (?:only )?(?<limit>\d+)/i,
  /context length (?:is|of) (?<limit>\d+)(?: tokens)?\b(?:.{0,60}?\b(?:requested|resulted in|has|contains)(?: about| at least)? (?<total>\d+))?/i,
  // SGLang, vLLM's engine, Mistral, llama-server.
  /input \((?<prompt>\d+) tokens\).{0,60}?context length \((?<limit>\d+)/i,
  /prompt \(length (?<prompt>\d+)\).{0,60}?maximum model length of (?<limit>\d+)/i,
  /prompt contains (?<prompt>\d+) tokens.{0,60}?with (?<limit>\d+) maximum context length/i,
  /request \((?<prompt>\d+) tokens\) exceeds the available context size \((?<limit>\d+)/i,
  // xAI, Google, Moonshot, DashScope, GitHub Models, Cohere.
  /maximum prompt length is (?<limit>\d+) but the request contains (?<prompt>\d+)/i,
  /input token count \((?<prompt>\d+)\) exceeds .{0,60}?\((?<limit>\d+)\)/i,
  /model token limit: (?<limit>\d+)(?: \(requested: (?<prompt>\d+)\))?/i,
  /range of input length should be \[\d+, ?(?<limit>\d+)\]/i,
  /max size: (?<limit>\d+) tokens/i,
  /prompt cannot exceed (?<limit>\d+)/i,
  // Hugging Face's servers.
  /must be <= (?<limit>\d+)(?:\. given: (?<prompt>\d+) `inputs` tokens and (?<answer>\d+))?/i,
  // The engine's own.
  /has (?:at least )?(?<prompt>\d+) tokens; model .{1,200}? (?:holds|embeds|ranks)(?: at most)? (?<limit>\d+)/i,
];
