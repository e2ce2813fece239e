import { messageFor, type SahabError } from "../base/errors.ts";

/**
 * The message of an error for a client. Agents shorten a conversation when an error says in their own vendor's words that it is too
 * long. So such an error always gets these words, and the original message follows in brackets.
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
  /** The sizes come from `readSizes`, so what it says of them is true. */
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
    if (prompt !== undefined && prompt > limit) return `prompt is too long: ${prompt} tokens > ${limit} maximum`;
    // No shorter answer has room beside a prompt that is as long as the limit.
    return prompt === undefined || answer === undefined || prompt === limit
      ? `prompt is too long: ${limit} tokens is the maximum`
      : `input length and \`max_tokens\` exceed context limit: ${prompt} + ${answer} > ${limit}, decrease input length or \`max_tokens\` and try again`;
  },
};

/** Google's. */
export const geminiWords: ContextWords = {
  said: /input token count .*exceeds the maximum number of tokens allowed/i,
  say({ limit, prompt, answer }) {
    if (limit === undefined) return "The input token count exceeds the maximum number of tokens allowed.";
    const isInputAlone = prompt !== undefined && prompt > limit;
    const more = isInputAlone || answer === undefined ? "" : ` + ${answer} for the output`;
    const found = prompt === undefined ? "" : ` (${prompt}${more})`;
    return `The input token count${found} exceeds the maximum number of tokens allowed (${limit}).`;
  },
};

/** DashScope's. */
export const dashscopeWords: ContextWords = {
  said: /range of input length/i,
  say: ({ limit }) =>
    limit === undefined ? "Range of input length is exceeded" : `Range of input length should be [1, ${limit}]`,
};

/**
 * The sizes in an error of a vendor or of the engine. Empty where no pattern fits, or where the numbers do not show that the limit is
 * exceeded: clients act on these numbers, so a wrong one is worse than none.
 */
export function readSizes(message: string): Sizes {
  const joined = message.replace(thousands, (number) => number.replace(/\D/g, ""));
  for (const pattern of patterns) {
    const groups = pattern.exec(joined)?.groups;
    if (!groups) continue;
    const [limit, said, answer = 0, total = Number.NaN] = ["limit", "prompt", "answer", "total"].map((name) =>
      groups[name] === undefined ? undefined : Number(groups[name]),
    );
    if (limit === undefined || !isSize(limit)) return {};
    const prompt = said ?? total - answer;
    if (Number.isNaN(prompt)) return { limit };
    const isTrue = isSize(prompt) && answer <= tokensMax && prompt + answer > limit;
    return isTrue ? { limit, prompt, answer: answer || undefined } : {};
  }
  return {};
}

/** Numbers such as `128,000` and `1 048 576`. */
const thousands = /(?<![\w.,[-])\d{1,3}(?:([, '_\u00a0\u202f])\d{3})(?:\1\d{3})*(?!\d)/g;

/** Far more than any model holds. */
const tokensMax = 1e9;

function isSize(tokens: number): boolean {
  return tokens >= 1 && tokens <= tokensMax;
}

/** The first that fits counts. Their makers' words are those of `error-topic.ts`. */
const patterns: readonly RegExp[] = [
  // Anthropic and the engine.
  /exceed context limit: (?<prompt>\d+) \+ (?<answer>\d+) > (?<limit>\d+)/i,
  /prompt is too long: (?:at least )?(?<prompt>\d+)(?: tokens >|, model maximum context length:) (?<limit>\d+)/i,
  // vLLM, where the prompt fits and the answer that is asked for does not.
  /too large: (?<answer>\d+)\. .{0,40}?context length is (?<limit>\d+) tokens.{0,60}?\bhas (?<prompt>\d+) input tokens/i,
  // OpenAI, DeepSeek, OpenRouter and vLLM: the whole with its parts, of which the last is the answer's, in two orders.
  /context length (?:is|of) (?<limit>\d+)(?: tokens)?\b.{0,80}?\brequested (?:about )?(?<total>\d+) tokens \([^)]{0,200}?(?<answer>\d+) (?:in|for) the (?:completion|output)\)/i,
  /context length (?:is|of) (?<limit>\d+) tokens\b.{0,80}?: (?<prompt>\d+) tokens from the input messages and (?<answer>\d+)/i,
  /context length is (?<limit>\d+) tokens.{0,40}?requested (?<answer>\d+) output tokens and your (?:prompt|request) (?:contains|has)(?: at least)? (?<prompt>\d+)/i,
  /passed (?<prompt>\d+) input tokens and requested (?<answer>\d+) output tokens.{0,60}?context length is (?:only )?(?<limit>\d+)/i,
  /context length (?:is|of) (?<limit>\d+)(?: tokens)?\b(?:.{0,60}?\b(?:resulted in|has|contains)(?: about| at least)? (?<prompt>\d+))?/i,
  // SGLang, vLLM's engine, Mistral, llama-server, llama-cpp-python.
  /input \((?<prompt>\d+) tokens\).{0,60}?context length \((?<limit>\d+)/i,
  /prompt \(length (?<prompt>\d+)\).{0,60}?maximum model length of (?<limit>\d+)/i,
  /prompt contains (?<prompt>\d+) tokens.{0,60}?with (?<limit>\d+) maximum context length/i,
  /request \((?<prompt>\d+) tokens\) exceeds the available context size \((?<limit>\d+)/i,
  /requested tokens \((?<prompt>\d+)\) exceed context window of (?<limit>\d+)/i,
  // xAI, Google, Moonshot, DashScope, GitHub Models, Cohere.
  /maximum prompt length is (?<limit>\d+) but the request contains (?<prompt>\d+)/i,
  /input token count \((?<prompt>\d+)\) exceeds .{0,60}?\((?<limit>\d+)\)/i,
  /model token limit: (?<limit>\d+)(?: \(requested: (?<prompt>\d+)\))?/i,
  /range of input length should be \[\d+, ?(?<limit>\d+)\]/i,
  /max size: (?<limit>\d+) tokens/i,
  /prompt cannot exceed (?<limit>\d+)/i,
  // Hugging Face's servers.
  /must be <= (?<limit>\d+)(?:\. given: (?<prompt>\d+) `inputs` tokens and (?<answer>\d+))?/i,
  // The engine, of an input that is evaluated at once.
  /has (?:at least )?(?<prompt>\d+) tokens; model .{1,200}? (?:embeds|ranks) at most (?<limit>\d+)/i,
];
