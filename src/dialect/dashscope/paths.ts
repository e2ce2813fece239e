import type { Operation } from "../../call/index.ts";
import type { PathTarget } from "../dialect.ts";
import { isMultimodal } from "./model-rules.ts";

/** The two forms of a chat, each with an address of its own. */
export const textVariant = "text";
export const multimodalVariant = "multimodal";

const services = "/api/v1/services";
export const textPath: string = `${services}/aigc/text-generation/generation`;
export const multimodalPath: string = `${services}/aigc/multimodal-generation/generation`;
export const embeddingPath: string = `${services}/embeddings/text-embedding/text-embedding`;
export const rerankPath: string = `${services}/rerank/text-rerank/text-rerank`;

/** Where an operation is at a vendor; undefined for those that the native API does not have. */
export function pathOf(operation: Operation, { model, variant }: PathTarget): string | undefined {
  if (operation === "embedding") return embeddingPath;
  if (operation === "rerank") return rerankPath;
  if (operation !== "chat") return undefined;
  const takesMedia = variant === undefined ? isMultimodal(model) : variant === multimodalVariant;
  return takesMedia ? multimodalPath : textPath;
}
