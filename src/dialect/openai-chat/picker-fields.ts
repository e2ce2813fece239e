import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";

/**
 * What programs read of a model in `GET /v1/models` beside OpenAI's four fields, under the names that they look for; what is not known is
 * left out. Looked up in the programs' sources in November 2026:
 *
 * - `name`, `context_length`, `architecture`, `top_provider`, `supported_parameters`, `pricing`: OpenRouter's form, which Roo, Kilo, Cline,
 *   LibreChat, goose and Copilot's OpenRouter provider read (Roo's schema demands `name` and `context_length`);
 * - `max_model_len`: vLLM's, which programs for any server look for first or second;
 * - `max_completion_tokens`: Groq's, and Roo's for a single endpoint;
 * - `capabilities`: that of Copilot's own list, which programs that know it read for the limits. (Copilot's own-key providers take what a
 *   person types, or OpenRouter's form.)
 *
 * Ollama's `/api/tags` and LM Studio's `/api/v0/models` are other servers' paths, and are not here.
 */
export function pickerFields(model: ListedModel): JsonObject {
  const { title, contextTokens, outputTokensMax } = model;
  const limits = {
    ...(contextTokens !== undefined && { context_length: contextTokens }),
    ...(outputTokensMax !== undefined && { max_completion_tokens: outputTokensMax }),
  };
  return {
    name: title ?? model.id,
    ...limits,
    ...(contextTokens !== undefined && { max_model_len: contextTokens, top_provider: limits }),
    ...architectureOf(model),
    ...parametersOf(model),
    ...capabilitiesOf(model),
    ...pricingOf(model),
  };
}

function architectureOf({ takes, gives, work }: ListedModel): JsonObject {
  if (!takes || !gives) return {};
  const output = work === "embedding" ? ["embeddings"] : gives.map(modalityName);
  return { architecture: { input_modalities: takes.map(modalityName), output_modalities: output } };
}

/** OpenRouter's name. */
function modalityName(modality: string): string {
  return modality === "pdf" ? "file" : modality;
}

/** A program takes a parameter that is not in the list for one that the model lacks, so there is none where too little is known. */
function parametersOf({ work, tools, structuredOutput, sampling, thinks, efforts }: ListedModel): JsonObject {
  const isKnown = (tools ?? structuredOutput ?? sampling ?? thinks) !== undefined;
  if (!isKnown || (work !== "chat" && work !== undefined)) return {};
  return {
    supported_parameters: [
      "max_tokens",
      ...(sampling ? ["temperature", "top_p"] : []),
      ...(tools ? ["tools", "tool_choice"] : []),
      ...(structuredOutput ? ["response_format", "structured_outputs"] : []),
      ...(thinks ? ["reasoning"] : []),
      ...(thinks && efforts?.length ? ["reasoning_effort"] : []),
    ],
  };
}

function capabilitiesOf(model: ListedModel): JsonObject {
  const { work, contextTokens, inputTokensMax, outputTokensMax } = model;
  const limits = {
    ...(contextTokens !== undefined && { max_context_window_tokens: contextTokens }),
    ...(inputTokensMax !== undefined && { max_prompt_tokens: inputTokensMax }),
    ...(outputTokensMax !== undefined && { max_output_tokens: outputTokensMax }),
  };
  const isEmpty = Object.keys(limits).length === 0;
  if (work === "embedding") return { capabilities: { type: "embeddings", ...(!isEmpty && { limits }) } };
  const { tools, takes, thinks } = model;
  // Nobody has said that it chats.
  if (work === "rerank" || work === "other" || (work === undefined && isEmpty && tools === undefined)) return {};
  const supports = {
    streaming: true,
    ...(tools !== undefined && { tool_calls: tools }),
    ...(takes && { vision: takes.includes("image") }),
    ...(thinks && { thinking: true }),
  };
  return { capabilities: { type: "chat", ...(!isEmpty && { limits }), supports } };
}

/** Per token, as OpenRouter has it. */
function pricingOf({ price }: ListedModel): JsonObject {
  if (!price) return {};
  const { input, output, cachedInput, cacheWrite } = price;
  return {
    pricing: {
      prompt: input,
      completion: output,
      ...(cachedInput !== undefined && { input_cache_read: cachedInput }),
      ...(cacheWrite !== undefined && { input_cache_write: cacheWrite }),
    },
  };
}
