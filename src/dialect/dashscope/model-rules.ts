/** How a native answer is written, by `parameters.result_format`. */
export type ResultFormat = "message" | "text";

/**
 * Whether calls of a model go to the path for several media. Unverified: vendors name no rule; these are the families that the
 * documentation calls there, text or not, and other models get there by an image in the request.
 */
export function isMultimodal(model: string): boolean {
  return /(?:^|[-/])(?:vl|omni|ocr|audio|qvq|gui)(?:[-/]|\d|$)|^(?:qvq|qwen3\.[5-9])/i.test(model);
}

/**
 * The form of an answer whose request does not say one. Unverified beyond the API reference, which has `text` for the models
 * before Qwen3 and `message` for later ones; tools need `message`.
 */
export function defaultResultFormat(model: string): ResultFormat {
  return beforeQwen3.test(model) ? "text" : "message";
}

/** Whether chunks hold what is new, where the request does not say. Unverified as above: models before Qwen3 repeat all of the text. */
export function isIncrementalByDefault(model: string): boolean {
  return /^(?:qwen[3-9]|qwq|qvq)|omni/i.test(model);
}

const beforeQwen3 = /^qwen(?:-(?:v1|turbo|plus|max|flash|long|coder|math|72b|14b|7b)|[12](?![\d]))/i;
