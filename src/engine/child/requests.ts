import type { Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Tenant } from "../../base/shares.ts";
import {
  fieldName,
  type ChatRequest,
  type CompletionRequest,
  type EmbeddingRequest,
  type Usage,
} from "../../call/index.ts";
import type { AnswerRequest } from "./answer.ts";
import { countTokens, pieceChars } from "./count-tokens.ts";
import { readLlamaFields } from "./llama-fields.ts";
import type { LoadedModel } from "./model.ts";
import { hasMoreFields, openaiExtensions } from "./openai-extensions.ts";
import { letOthersRun } from "./slices.ts";
import { readTokens, type TokenPieces } from "./tokenizer.ts";
import type { Turn } from "./turns.ts";

/** A chat request in the form that `answer` takes, and what of its schemas is not enforced. Throws SahabErrors for what cannot be done. */
export async function readChat(
  loaded: LoadedModel,
  request: ChatRequest,
  { tenant, signal }: { tenant: Tenant; signal: AbortSignal },
): Promise<{ asked: AnswerRequest; leftOut: readonly string[] }> {
  // Templates show all of these texts, so that what they are too long for need not be rendered.
  const param = fieldName(request, "messages");
  checkBytes(loaded, textsOf(request), param);
  const { text, pieces, ...prompt } = loaded.prompts.chat(request);
  await checkTexts(loaded, [text], param, signal);
  const tokens = await readPrompt(loaded, pieces(), param, signal);
  const forced = request.toolChoice.type === "required" || request.toolChoice.type === "tool";
  const { grammar, leftOut } = await loaded.grammars.forRequest(request, { project: tenant.project, signal });
  const shared = await common(loaded, request, { hasGrammar: grammar !== undefined, tenant, signal });
  const asked: AnswerRequest = {
    ...shared,
    groups: [{ ...prompt, tokens, echo: "", choices: countChoices(request.choiceCount, fieldName(request, "n")) }],
    maxOutputTokens: request.maxOutputTokens,
    // The grammar of a forced call ends by itself, and stop sequences are for text only.
    stop: forced ? [] : request.stop,
    grammar: shared.grammar ?? grammar,
    // A model may write a call to a tool that nobody offered; that is text.
    callableTools: new Map(
      request.toolChoice.type === "none" ? [] : request.tools.map(({ name, parameters }) => [name, parameters]),
    ),
    isForced: forced,
    toolCallsMax: request.parallelToolCalls ? 128 : 1,
  };
  return { asked, leftOut };
}

/** Tokens of the prompt, however many. */
export async function countPrompt(loaded: LoadedModel, request: ChatRequest, signal: AbortSignal): Promise<number> {
  const { text, pieces } = loaded.prompts.chat(request, { isCounted: true });
  if (!loaded.tokenizer.readsInPieces && text.length > pieceChars)
    return (await count(loaded, [text], Infinity, signal)).count;
  return (await readTokens(pieces(), { tokensMax: Infinity, signal })).length;
}

export async function readCompletion(
  loaded: LoadedModel,
  request: CompletionRequest,
  { tenant, signal }: { tenant: Tenant; signal: AbortSignal },
): Promise<AnswerRequest> {
  const choices = countChoices(request.choiceCount, "n");
  if (request.prompts.length * choices > limits.choicesMax) {
    throw new SahabError(
      "invalid_request",
      `${request.prompts.length} prompts with ${choices} answers each; at most ${limits.choicesMax} answers are allowed`,
      { param: "n" },
    );
  }
  const groups: AnswerRequest["groups"] = [];
  for (const prompt of request.prompts) {
    if (typeof prompt === "string") await checkTexts(loaded, [prompt, request.suffix ?? ""], "prompt", signal);
    else if (prompt.length >= loaded.contextTokens) throw tooLong(loaded, `${prompt.length}`, "prompt");
    const text = () => (typeof prompt === "string" ? prompt : loaded.model.detokenize(prompt as Token[], true));
    const pieces =
      request.suffix === undefined ? loaded.prompts.plain(prompt) : loaded.prompts.infill(text(), request.suffix);
    const tokens = await readPrompt(loaded, pieces, "prompt", signal);
    groups.push({ tokens, echo: request.echo ? text() : "", choices, startsInReasoning: false, mayReason: false });
  }
  return {
    ...(await common(loaded, request, { hasGrammar: false, tenant, signal })),
    groups,
    maxOutputTokens: request.maxOutputTokens,
    stop: request.stop,
    callableTools: new Set(),
    isForced: false,
    toolCallsMax: 0,
  };
}

function textsOf({ messages }: ChatRequest): string[] {
  return messages.flatMap(({ role, content }) =>
    role === "assistant" ? [] : content.flatMap((part) => (part.type === "text" ? [part.text] : [])),
  );
}

/** Refuses texts that are far too long before they are read as a whole. */
async function checkTexts(
  loaded: LoadedModel,
  texts: readonly string[],
  param: string,
  signal: AbortSignal,
): Promise<void> {
  checkBytes(loaded, texts, param);
  if (loaded.tokenizer.readsInPieces) return;
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  // So few are read at once. Each cut may add a token.
  if (chars <= Math.max(pieceChars, loaded.contextTokens)) return;
  const found = await count(loaded, texts, loaded.contextTokens, signal);
  const least = found.count - found.pieces;
  if (least > loaded.contextTokens) throw tooLong(loaded, `at least ${least}`, param);
}

function count(loaded: LoadedModel, texts: readonly string[], tokensMax: number, signal: AbortSignal) {
  return countTokens(texts, {
    tokenize: (text) => [...loaded.tokenizer.pieces(text.toWellFormed(), true)].flat(),
    tokensMax,
    signal,
  });
}

/** Throws where texts have more bytes than so many tokens could hold, before any of them is read. */
function checkBytes(loaded: LoadedModel, texts: readonly string[], param: string): void {
  // A letter has at least a byte.
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  const least = Math.ceil(bytes / loaded.vocabulary.tokenBytesMax);
  if (least > loaded.contextTokens) throw tooLong(loaded, `at least ${least}`, param);
}

async function readPrompt(
  loaded: LoadedModel,
  pieces: TokenPieces,
  param: string,
  signal: AbortSignal,
): Promise<Token[]> {
  const tokens = await readTokens(pieces, { tokensMax: loaded.contextTokens, signal });
  if (tokens.length === 0)
    throw new SahabError("invalid_request", "The prompt is empty; at least one token is needed", { param });
  // Reading ends where it is clear that there are too many.
  const isAll = tokens.length <= loaded.contextTokens;
  if (tokens.length + 1 > loaded.contextTokens)
    throw tooLong(loaded, `${isAll ? "" : "at least "}${tokens.length}`, param);
  return tokens;
}

const tooLong = ({ name, contextTokens }: LoadedModel, found: string, param: string) =>
  new SahabError(
    "context_length_exceeded",
    // Agents compact a conversation when they read Anthropic's words for this, or OpenAI's.
    `prompt is too long: ${found} tokens > ${contextTokens - 1} maximum; this model's maximum context length is ${contextTokens} tokens (${name}, with at least 1 for the answer)`,
    { param },
  );

/** What chats and completions have in common. `hasGrammar`: the answer must follow one that is made from the request's own schemas. */
async function common(
  loaded: LoadedModel,
  request: ChatRequest | CompletionRequest,
  { hasGrammar, tenant, signal }: { hasGrammar: boolean; tenant: Tenant; signal: AbortSignal },
): Promise<Pick<AnswerRequest, "sampling" | "extra" | "topLogprobs" | "grammar">> {
  const fields = openaiExtensions(request);
  const { size } = loaded.vocabulary;
  const bias = fields.logit_bias;
  if (typeof bias === "object" && bias !== null && hasMoreFields(bias, size))
    throw new SahabError("invalid_request", `logit_bias: expected at most ${size} fields, one for each token`, {
      param: "logit_bias",
    });
  const tokenize = (text: string) => [...loaded.tokenizer.pieces(text.toWellFormed(), false)].flat();
  const extra = readLlamaFields(fields, { size, tokenize });
  const refuse = (param: string, problem: string) => {
    throw new SahabError("invalid_request", `${param}: ${problem}`, { param });
  };
  if (extra.grammar !== undefined && hasGrammar)
    refuse("grammar", "allowed only without response_format and a forced call of a tool, whose grammar is another");
  if (extra.ignoreEos && (extra.grammar !== undefined || hasGrammar))
    refuse("ignore_eos", "an answer that follows a grammar, a schema or a tool's parameters ends with it");
  return {
    sampling: request.sampling,
    extra,
    topLogprobs: request.topLogprobs ?? extra.topLogprobs,
    grammar:
      extra.grammar === undefined
        ? undefined
        : await loaded.grammars.forText(extra.grammar, { project: tenant.project, signal }),
  };
}

function countChoices(count: number, param: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= limits.choicesMax) return count;
  throw new SahabError(
    "invalid_request",
    `${param} is ${count}; a whole number from 1 to ${limits.choicesMax} is allowed`,
    { param },
  );
}

/**
 * One vector of length 1 per input, in order; their tokens are added to `usage` as they are evaluated. The inputs of all requests take turns, fairly between tenants. As
 * many requests may be under way as may wait for slots.
 */
export async function embed(
  loaded: LoadedModel,
  request: EmbeddingRequest,
  { tenant, signal, usage }: { tenant: Tenant; signal: AbortSignal; usage: Usage },
): Promise<Float32Array[]> {
  loaded.embeddingPlaces.take(tenant);
  const turn = loaded.embeddingTurns.open(tenant);
  try {
    const read = () => readInputs(loaded, request, signal);
    const { inputs, size } = await loaded.reading.during(tenant, signal, read);
    return await embedInputs(loaded, inputs, { size, turn, signal, usage });
  } finally {
    turn.close();
    loaded.embeddingPlaces.release(tenant);
  }
}

async function readInputs(
  loaded: LoadedModel,
  request: EmbeddingRequest,
  signal: AbortSignal,
): Promise<{ inputs: EmbeddingInput[]; size: number }> {
  if (request.inputs.length === 0) throw emptyInput(fieldName(request, "input"));
  const native = loaded.model.embeddingVectorSize;
  const size = request.dimensions ?? native;
  if (!Number.isInteger(size) || size < 1 || size > native) {
    const param = fieldName(request, "dimensions");
    throw new SahabError(
      "invalid_request",
      `${param}: is ${size}; model ${loaded.name} makes vectors of ${native} numbers, so 1 to ${native} are allowed`,
      { param },
    );
  }
  const context = await loaded.embedding.during(() => loaded.embeddings());
  const inputs: EmbeddingInput[] = [];
  let charsSincePause = 0;
  for (const [index, input] of request.inputs.entries()) {
    const length = (tokens: Token[]) => context.calculateInputLength(tokens);
    const place = fieldName(request, `input[${index}]`);
    inputs.push(await readInput(loaded, length, input, { place, signal, verb: "embeds" }));
    charsSincePause += input.length;
    if (charsSincePause < pieceChars) continue;
    charsSincePause = 0;
    await letOthersRun(signal);
  }
  return { inputs, size };
}

async function embedInputs(
  loaded: LoadedModel,
  inputs: readonly EmbeddingInput[],
  { size, turn, signal, usage }: { size: number; turn: Turn; signal: AbortSignal; usage: Usage },
): Promise<Float32Array[]> {
  const context = await loaded.embeddings();
  const vectors: Float32Array[] = [];
  for (const { tokens, count } of inputs) {
    if (signal.aborted) throw new SahabError("client_closed_request", "The request was cancelled");
    const run = () => {
      usage.inputTokens += count;
      loaded.counts.promptTokensEvaluated += count;
      return loaded.embedding.during(() => context.getEmbeddingFor(tokens.slice()));
    };
    const { vector } = await turn.during(run, { cost: count, signal });
    vectors.push(normalise(vector.slice(0, size)));
  }
  return vectors;
}

export interface EmbeddingInput {
  tokens: Token[];
  count: number;
}

/** The tokens of an input that is evaluated in one batch. `lengthOf` counts them with those that the library adds around an input. */
export async function readInput(
  loaded: LoadedModel,
  lengthOf: (tokens: Token[]) => number,
  input: string | number[],
  { place, signal, verb }: { place: string; signal: AbortSignal; verb: "embeds" | "ranks" },
): Promise<EmbeddingInput> {
  const { name, vocabulary, tokenizer, embeddingTokensMax } = loaded;
  const tooLongInput = (found: string) =>
    new SahabError(
      "context_length_exceeded",
      `${place}: has ${found} tokens; model ${name} ${verb} at most ${embeddingTokensMax - 1}`,
      { param: place },
    );
  if (typeof input === "string" && input.length > pieceChars) {
    const least = Math.ceil(input.length / vocabulary.tokenBytesMax);
    if (least > embeddingTokensMax) throw tooLongInput(`at least ${least}`);
    if (!tokenizer.readsInPieces) {
      const found = await count(loaded, [input], embeddingTokensMax, signal);
      if (found.count - found.pieces > embeddingTokensMax) throw tooLongInput(`at least ${found.count - found.pieces}`);
    }
  } else if (typeof input !== "string" && input.length >= embeddingTokensMax) throw tooLongInput(`${input.length}`);
  const tokens =
    typeof input === "string"
      ? await readTokens(tokenizer.pieces(input.toWellFormed(), false), { tokensMax: embeddingTokensMax, signal })
      : (input as Token[]);
  if (tokens.length > embeddingTokensMax) throw tooLongInput(`at least ${tokens.length}`);
  if (tokens.length === 0) throw emptyInput(place);
  const isToken = (token: number) => Number.isInteger(token) && token >= 0 && token < vocabulary.size;
  const wrong = typeof input === "string" ? undefined : tokens.find((token) => !isToken(token));
  if (wrong !== undefined) {
    throw new SahabError(
      "invalid_request",
      `${place}: holds the token id ${wrong}; model ${name} has ids from 0 to ${vocabulary.size - 1}`,
      { param: place },
    );
  }
  // The library adds tokens in place, so it gets copies.
  const length = lengthOf(tokens.slice());
  if (length >= embeddingTokensMax) throw tooLongInput(`${length}`);
  return { tokens, count: length };
}

const emptyInput = (param: string) =>
  new SahabError("invalid_request", `${param}: is empty; at least one token is needed`, { param });

function normalise(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length));
}
