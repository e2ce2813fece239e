import { unreachable } from "../../base/assert.ts";
import type { TextOperation, TextRequest } from "../../call/index.ts";
import { decodeChatRequest } from "../openai-chat/decode-request.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  invalidField,
  optional,
  otherFields,
  type JsonObject,
} from "../read.ts";

/** Reads the parsed body, with the defaults of llama-server's README. Throws `invalid_request` with the field at fault. */
export function decodeTextRequest(operation: TextOperation, body: unknown): TextRequest {
  const value = asObject(body, "body");
  switch (operation) {
    case "tokenize": {
      const isSet = (name: string, usual: boolean) => optional(value[name], name, asBoolean) ?? usual;
      const request = {
        dialect,
        content: asString(value["content"], "content"),
        addSpecial: isSet("add_special", false),
        parseSpecial: isSet("parse_special", true),
        withPieces: isSet("with_pieces", false),
        extensions: otherFields(value, tokenizeFields) ?? {},
      };
      return { operation, request };
    }
    case "detokenize": {
      const tokens = decodeTokens(value);
      return { operation, request: { dialect, tokens, extensions: otherFields(value, detokenizeFields) ?? {} } };
    }
    case "apply-template":
      return { operation, request: decodeChatRequest({ ...value, model: value["model"] ?? "the only one" }) };
    default:
      return unreachable(operation);
  }
}

const dialect = "openai-chat";
const tokenizeFields = new Set(["model", "content", "add_special", "parse_special", "with_pieces"]);
const detokenizeFields = new Set(["model", "tokens"]);
/** Ten times the longest context on sale. */
const tokensMax = 10_000_000;

function decodeTokens(value: JsonObject): number[] {
  const tokens = asArray(value["tokens"], "tokens", tokensMax);
  const wrong = tokens.findIndex((token) => !Number.isInteger(token));
  if (wrong === -1) return tokens as number[];
  throw invalidField(`tokens[${wrong}]`, `expected a token id, found ${JSON.stringify(tokens[wrong])?.slice(0, 60)}`);
}
