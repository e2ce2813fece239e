import type { ErrorCode } from "../base/errors.ts";

/** Why an attempt failed, or a request that none was made for, in plain words: the end of a sentence. */
const words: Partial<Record<ErrorCode | "interrupted", string>> = {
  upstream_rate_limited: "its rate limit was reached",
  upstream_authentication: "it refused the key or the account that Sahab uses there",
  upstream_model_not_found: "it has no such model, or the address is wrong",
  upstream_unreachable: "it could not be reached",
  upstream_closed: "it closed the connection before anything came",
  upstream_error: "it had an error of its own",
  upstream_invalid_response: "its answer could not be read",
  upstream_timeout: "it did not answer in time, or fell silent",
  upstream_rejected: "it refused the request",
  stream_interrupted: "the answer broke off",
  context_length_exceeded: "the request is longer than the model takes",
  content_filter: "it refused the content",
  unsupported_parameter: "it cannot do what the request asks for",
  unsupported_operation: "it has no such operation",
  engine_crashed: "the engine of the local model ended",
  engine_unavailable: "the engine of the local model did not run",
  overloaded: "there was no room for it",
  loop_detected: "the way led back to Sahab",
  client_closed_request: "the client left",
  budget_exceeded: "a budget was used up",
  shutting_down: "Sahab was stopped",
  interrupted: "Sahab itself ended without a word",
  internal_error: "something failed inside Sahab; the log has it under this id",
  rate_limit_exceeded: "a limit of the key or the project was reached",
  model_not_found: "no model has this name",
  model_not_allowed: "the key or its project may not call this model",
  model_not_priced: "the model has no known price",
  invalid_json: "the body was no JSON",
  invalid_request: "the request could not be read; the log of the server names the field",
  body_too_large: "the body was too large",
  request_timeout: "the request did not come in time",
  disk_full: "the disk was full",
  store_unavailable: "the database could not be reached",
};

export function describeOutcome(code: string): string {
  return (words as Readonly<Record<string, string | undefined>>)[code] ?? code.replaceAll("_", " ");
}
