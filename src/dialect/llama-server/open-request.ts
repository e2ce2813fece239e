import { SahabError } from "../../base/errors.ts";
import { isTextOperation, type TextOperation, type TextRequest } from "../../call/index.ts";
import { assert } from "../../base/assert.ts";
import type { IncomingRequest, OpenedRequest, Writer } from "../dialect.ts";
import { FoundRequest, type FoundFields } from "../found-request.ts";
import { createKeyGuard } from "../key-guard.ts";
import { openBody, parseBody, promptBytesOf, readModel } from "../open-body.ts";
import { decodeTextRequest } from "./decode-request.ts";
import { createTextWriter } from "./writer.ts";

/** llama-server's requests about tokens and templates, in the dialect of OpenAI's clients. */
export function openTextRequest({ operation, body, found }: IncomingRequest): OpenedRequest {
  assert(isTextOperation(operation), "the others are opened elsewhere");
  return new OpenedTextRequest(operation, body, (found as FoundFields | undefined) ?? find(operation, body));
}

function find(operation: TextOperation, body: Uint8Array): FoundFields {
  const opened = openBody(body, keys);
  const field = opened.scan.fields.get(contents[operation]);
  return {
    scan: opened.scan,
    // A server of one model knows which is meant.
    model: opened.scan.fields.has("model") ? readModel(opened) : "",
    stream: false,
    promptBytes: field ? promptBytesOf(field) : 0,
    hostedTools: [],
  };
}

const keys = createKeyGuard(["model", "content", "tokens", "messages"]);
const contents = { tokenize: "content", detokenize: "tokens", "apply-template": "messages" } as const;

class OpenedTextRequest extends FoundRequest<FoundFields> implements OpenedRequest {
  readonly dialect = "openai-chat";
  readonly choiceCount = 1;
  readonly operation: TextOperation;

  constructor(operation: TextOperation, body: Uint8Array, found: FoundFields) {
    super(body, found);
    this.operation = operation;
  }

  rewrite(): never {
    throw this.#notOfVendors();
  }

  decode(): never {
    throw this.#notOfVendors();
  }

  decodeText(): TextRequest {
    return decodeTextRequest(this.operation, parseBody(this));
  }

  #notOfVendors(): SahabError {
    return new SahabError("unsupported_operation", `No provider has the operation "${this.operation}"`);
  }

  writer(): Writer {
    return createTextWriter(this.operation);
  }
}
