import { SahabError } from "../../base/errors.ts";
import type { GgufFile } from "../gguf/read-gguf.ts";
import { TextList } from "../gguf/text-list.ts";
import { inspectTemplate, type InspectedTemplate } from "./inspect-template.ts";

/** The chat template of a model's file, tried. Throws `invalid_request` where it can't be read: such a model would answer nothing, or nonsense. */
export function inspectModelTemplate({ metadata }: Pick<GgufFile, "metadata">, path: string): InspectedTemplate {
  const source = metadata["tokenizer.chat_template"];
  const tokens = metadata["tokenizer.ggml.tokens"];
  const spelling = (kind: string): string => {
    const id = metadata[`tokenizer.ggml.${kind}_token_id`];
    const text = tokens instanceof TextList && typeof id === "number" ? tokens.at(id) : undefined;
    return text ?? "";
  };
  try {
    return inspectTemplate(typeof source === "string" ? source : undefined, {
      begin: spelling("bos"),
      end: spelling("eos"),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SahabError(
      "invalid_request",
      `The model file ${path} has a chat template that cannot be read: ${reason.slice(0, 300)}`,
      { cause },
    );
  }
}
