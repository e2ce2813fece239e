/** What a vendor's error is about, whatever its status. */
export type ErrorTopic =
  /** The prompt is longer than the model's context. */
  | "context"
  /** The vendor refuses what the request, or its answer, says. */
  | "content"
  /** No money, no permission, no valid key: the account that Sahab uses. */
  | "account"
  /** No such model, or no such path. */
  | "model";

interface ErrorWords {
  code: string;
  type: string;
  message: string;
}

/**
 * Finds it by the vendor's code and type, then by its message: vendors give one trouble many statuses (a wrong key is 400 at
 * Google and xAI, an unknown model 400 at DeepSeek, a refused content 403 at xAI and OpenRouter). Undefined for anything else.
 */
export function findTopic({ code, type, message }: ErrorWords): ErrorTopic | undefined {
  const name = `${code} ${type}`;
  // Google's limits a minute have the words that elsewhere mean an account without money.
  if (type === "RESOURCE_EXHAUSTED") return undefined;
  return (
    topics.find(({ names }) => names.test(name))?.topic ?? topics.find(({ messages }) => messages.test(message))?.topic
  );
}

const topics: readonly { topic: ErrorTopic; names: RegExp; messages: RegExp }[] = [
  {
    topic: "account",
    names:
      /arrearage|billing|insufficient_?(?:quota|balance|funds|credit)|exceeded_current_quota|account_?(?:overdue|suspended)|invalid_?api_?key|api_?key_?invalid/i,
    messages: anyOf(
      /^(?:your credit balance is too low|(?:account )?balance (?:is )?(?:too low|insufficient)|insufficient (?:account )?balance|you exceeded your current quota)/,
      // xAI, and Google (not valid, expired, not found), both with 400.
      /^(?:incorrect|invalid) api key\b|^api key (?:is )?(?:not valid|invalid|expired|not found)\b/,
      // xAI, with 429 or 403, which has the team's id beside it.
      /used all available credits|\bhave any credits\b|^you have run out of credits/,
      // Anthropic's limits on spending and closed accounts, Google's on countries; all with 400.
      /^you have reached your specified api usage limits|organization has been disabled|user location is not supported/,
      /余额不足|欠费/,
    ),
  },
  {
    topic: "context",
    names: /context_length|exceed_context|tokens_limit_reached/i,
    messages: anyOf(
      // OpenAI, vLLM and most others; SGLang; llama-server; Anthropic, which says "context limit" where max_tokens does not fit.
      /maximum context length|model's context length|available context size|exceed context limit/,
      // OpenAI, llama-cpp-python, Cloudflare, Ollama; MiniMax. A message may name the context window for another reason.
      /exceed(?:s|ed)?\b.{0,60}\bcontext (?:window|length)|context window.{0,20} exceed/,
      /\b(?:too (?:long|large|big)|larger|longer|fit)\b.{0,60}\bcontext (?:window|length)/,
      // Anthropic, Bedrock; Ollama; vLLM's engine; xAI.
      /(?:prompt|input) is too long|prompt too long|longer than the maximum model length|maximum prompt length/,
      // LM Studio.
      /tokens to keep from the initial prompt/,
      // DashScope; Google; Moonshot; Ark; GitHub Models.
      /range of input length|input token count .*exceeds|exceeded model token limit|exceed max message tokens|max size: \d+ tokens/,
      // Hugging Face's servers; Cohere.
      /`?inputs`? tokens \+ `?max_new_tokens`? must be|total number of tokens in the prompt cannot exceed/,
    ),
  },
  {
    topic: "content",
    // OpenAI and Azure; DashScope; Ark; StepFun.
    names: /content_?filter|content_?policy|data_?inspection|sensitive_?content|censorship|moderation/i,
    // Anthropic; OpenRouter; OpenAI's reasoning models; xAI.
    messages:
      /blocked by content filtering policy|input was flagged|prompt was flagged as|^content violates usage guidelines/i,
  },
  {
    topic: "model",
    // OpenAI's name, Azure's, Mistral's; DeepSeek and SiliconFlow say it with 400, OpenRouter, too.
    names: /model_?not_?(?:found|exist)|deployment_?not_?found|invalid_model\b/i,
    messages:
      /\bmodel\b.{0,200}\b(?:not exist|not found)\b|\b(?:no such|unknown|not a valid) model\b|^invalid model\b|模型不存在/i,
  },
];

/** Whether a refusal of the account is about its money, and not about its key. */
export function isAboutCredit({ code, type, message }: ErrorWords): boolean {
  return creditWords.test(`${code} ${type} ${message}`);
}

const creditWords = anyOf(
  /arrear|billing|insufficient[_ ](?:quota|(?:account )?balance|funds|credit)|balance\b.{0,20}\b(?:low|insufficient|not enough)/,
  /exceeded_?\s?(?:your )?current[_ ]quota|account_?(?:overdue|suspended)|credit balance|usage limits|payment (?:required|method)|out of credits?/,
  /used all available credits|\bhave any credits\b/,
  /余额不足|欠费/,
);

/**
 * Whether a refusal is about the proofs of what a model thought: one that is not the vendor's own, or one that is missing. The wordings
 * are those of OpenAI (and its code), Anthropic (also through clouds), and Google. Unverified: what other vendors say.
 */
export function isAboutProofs({ code, message }: Pick<ErrorWords, "code" | "message">): boolean {
  return code === "invalid_encrypted_content" || proofMessage.test(message);
}

const proofMessage = anyOf(
  /encrypted[ _]content\b/,
  /\b(?:signature|data)`? in `?(?:redacted_)?thinking`? block|expected `?thinking\b/,
  /thought[ _]?signature/,
);

/** Whether a 404 is about the model or the path of the call, both of which the operator chose, and not about a thing that the caller named. */
export function isAboutAddress({ code, type, message }: ErrorWords): boolean {
  return /model|unknown_url/i.test(`${code} ${type}`) || addressMessage.test(message);
}

/** The rest is what frameworks and proxies say of a path that they do not have. */
const addressMessage =
  /\b(?:model|deployment|endpoint)s?\b|^(?:the )?(?:(?:requested )?(?:page|path|route|resource|url|entity) )?(?:was )?not found\.?$|^invalid url\b|^no route matched|^no such (?:page|path|route|url)\b|\bis not served here\b|^cannot post /i;

function anyOf(...patterns: RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join("|"), "i");
}
