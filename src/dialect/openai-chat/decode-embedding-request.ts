import { limits } from "../../base/limits.ts";
import type { EmbeddingRequest } from "../../call/index.ts";
import { asObject, integerIn, invalidField, optional, otherFields } from "../read.ts";
import { decodeTextOrTokens } from "./decode-text-or-tokens.ts";
import { decodeModel, dialectName } from "./shared-fields.ts";

/** Reads the parsed body of `POST /v1/embeddings`. Throws as `decodeChatRequest` does. */
export function decodeEmbeddingRequest(body: unknown): EmbeddingRequest {
  const value = asObject(body, "body");
  const encoding = value["encoding_format"] ?? "float";
  if (encoding !== "float" && encoding !== "base64") {
    throw invalidField(
      "encoding_format",
      `expected "float" or "base64", found ${JSON.stringify(encoding).slice(0, 60)}`,
    );
  }
  return {
    dialect: dialectName,
    model: decodeModel(value),
    inputs: decodeTextOrTokens(value["input"], "input", limits.embeddingInputsMax),
    dimensions: optional(value["dimensions"], "dimensions", integerIn(1, 65_536)),
    encoding,
    extensions: otherFields(value, knownFields) ?? {},
  };
}

const knownFields = new Set(["model", "input", "dimensions", "encoding_format"]);
