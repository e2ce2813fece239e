import type { ErrorCode } from "../../src/base/errors.ts";

interface ErrorText {
  /** What happened, a sentence. */
  means: string;
  /** What whoever sees it can do. */
  todo: string;
}

/** Every code of the closed table; one that lacks its text is an error of types. */
export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  invalid_json: { means: "The body is not JSON.", todo: "Send JSON; the message says where it breaks." },
  invalid_request: {
    means: "A field is missing, or has a value that is not allowed.",
    todo: "The message names the field (`param`), what was found and what is allowed.",
  },
  unsupported_parameter: {
    means: "No target of the model can do what a field asks for, and without it the answer would be another one.",
    todo: "Leave the field out, or give the model a target that can; [dialects](dialects/README.md) says who can what.",
  },
  unsupported_operation: {
    means: "No target of the model has this operation, such as embeddings or images.",
    todo: "Ask another model: `sahab models --all` shows what each can do.",
  },
  context_length_exceeded: {
    means: "The prompt, or prompt and answer together, are longer than every target of the model takes.",
    todo: "Shorten the conversation, lower `max_tokens`, or give the model a target with a longer context.",
  },
  content_filter: {
    means: "The vendor refused the prompt or the answer for what is in it.",
    todo: "Change the prompt. Nothing is wrong with key or server, and a retry gives the same.",
  },
  missing_api_key: {
    means: "The request came without a key.",
    todo: "Send `Authorization: Bearer sk-sahab-…`, `x-api-key` or `x-goog-api-key`; `sahab key create NAME` makes a key.",
  },
  invalid_api_key: {
    means: "No key here is the one that was sent.",
    todo: "Look whether it was cut when it was copied, and whether it is a key of this Sahab and not of a vendor.",
  },
  expired_api_key: {
    means: "The key had an end, and that has passed.",
    todo: "`sahab key create` makes a new one; `sahab key edit NAME --expires 90d` moves the end of one that is still good.",
  },
  revoked_api_key: {
    means: "Somebody ended the key.",
    todo: "Ask who administers this Sahab for another; a revoked key does not come back.",
  },
  not_signed_in: {
    means: "The browser's session is over, its key is no longer good, or a link to the console was used already.",
    todo: "Sign in again with the admin key, or with a new link: `sahab console`.",
  },
  budget_exceeded: {
    means: "What the request may cost is more than is left of a budget or a prepaid balance.",
    todo: "`sahab key show NAME` and `sahab balance PROJECT` say what is left of what, and when it begins anew. A higher budget counts at once; a smaller `max_tokens` reserves less.",
  },
  forbidden: {
    means:
      "The key is good, but not for this: the admin API needs a key of role admin, `/metrics` one of role metrics.",
    todo: "Use the admin key (`admin.key` in the data folder) or a named one: `sahab key create NAME --role admin`.",
  },
  host_not_allowed: {
    means: "The name in the `Host` header is none by which pages and the admin API answer.",
    todo: "Put the name into `SAHAB_ALLOWED_HOSTS`, or into `SAHAB_HOST`.",
  },
  address_not_allowed: {
    means: "The key is good, but not from the address that the request came from.",
    todo: "`sahab key edit NAME --addresses` lists other ones; behind a proxy, name it in `SAHAB_TRUSTED_PROXIES`.",
  },
  model_not_allowed: {
    means: "The key or its project may not call this model.",
    todo: "`sahab key show NAME` lists what the key may call; `sahab key edit NAME --models …` or `models` of the project change it.",
  },
  model_not_priced: {
    means: "Nobody has said what this model of a vendor costs, so it is not called.",
    todo: "Give it `price` in cloud.yaml, or `price: free` where calls cost nothing.",
  },
  model_not_found: {
    means: "There is no model, alias or catalogue name like this.",
    todo: "`sahab models` lists the names; the message has the one that is most like it.",
  },
  not_found: {
    means: "There is nothing at this path, or under this id.",
    todo: "Look at the path and the id; paths are in [dialects](dialects/README.md).",
  },
  previous_response_not_found: {
    means: "The answer that the request goes on from is not kept here, or not any more.",
    todo: "Send the whole conversation. Answers are kept as `stored_answers` of the project says, by project.",
  },
  method_not_allowed: {
    means: "The path is there, but not for this method.",
    todo: "The header `allow` lists the methods.",
  },
  request_timeout: {
    means: "The body did not come in time.",
    todo: "Send it again; behind a proxy, let the proxy read bodies first.",
  },
  conflict: {
    means:
      "It does not fit what is there now: a name that is taken, a file on another machine, a change that needs a yes.",
    todo: "The message says what is in the way.",
  },
  body_too_large: {
    means: "The body is larger than 32 MiB, or than the vendor takes.",
    todo: "Send less, or refer to images and files by address.",
  },
  unsupported_encoding: {
    means: "The body has a content coding that Sahab does not read.",
    todo: "Use `gzip`, `deflate`, `br` or `zstd`, or none.",
  },
  rate_limit_exceeded: {
    means:
      "The key, the project or the client's address has used up its requests or tokens a minute, or has too many requests under way.",
    todo: "Wait for `retry-after` seconds, as SDKs do by themselves. `sahab key show NAME` says which limit it is.",
  },
  client_closed_request: {
    means: "The client left before the answer was whole. It is seen in records only.",
    todo: "Nothing, unless it is often: then look for a timeout in the client or in a proxy.",
  },
  upstream_rejected: {
    means: "The vendor refused the request for a reason of its own.",
    todo: "`vendor_code` and the message have the vendor's words.",
  },
  upstream_rate_limited: {
    means: "Every target of the model is at the vendor's limit.",
    todo: "Wait for `retry-after`; add keys (`api_keys`) or targets, or ask the vendor for more.",
  },
  loop_detected: {
    means: "A provider's address leads back to this Sahab, or in a circle of several.",
    todo: "Mend `base_url` of the provider that the log names.",
  },
  internal_error: {
    means: "A fault of Sahab's own.",
    todo: "The log has its cause under the id of the request; please report it.",
  },
  upstream_authentication: {
    means: "The vendor does not take the provider's key, or the account has no permission or no money.",
    todo: "For the operator: `sahab provider test` says which key it is and what is wrong with it.",
  },
  upstream_model_not_found: {
    means: "The vendor does not have the model that the configuration names, or the address is wrong.",
    todo: "For the operator: `sahab provider test` lists what the vendor has; mend `model` or `base_url`.",
  },
  upstream_unreachable: {
    means: "There is no connection to the provider: refused, no such name, or no trusted certificate.",
    todo: "For the operator: `sahab provider test` tells name, connection, proxy and certificate apart.",
  },
  upstream_closed: {
    means: "The provider closed the connection before any text came.",
    todo: "It was tried again and elsewhere already; where it is often, look at the provider or the proxy between.",
  },
  upstream_error: {
    means: "The provider answered with an error of its own (5xx).",
    todo: "It was tried again and elsewhere already; try later, or add a target.",
  },
  upstream_invalid_response: {
    means: "The provider's answer is empty, or not in the format that it should have.",
    todo: "For the operator: look whether `base_url` and `vendor` belong together; the log has what was found.",
  },
  upstream_timeout: {
    means: "No connection, no first text, or no end of the answer came in time.",
    todo: "Raise `timeouts` of the provider where the model may think for longer, or add a target.",
  },
  stream_interrupted: {
    means: "The stream broke after a part of the answer was sent, so it ends with this error.",
    todo: "Ask again: what came is not the whole answer.",
  },
  engine_crashed: {
    means: "The process of a local model ended while it answered.",
    todo: "It is started again by itself. Where it is often, `sahab ps` and the log say why, mostly memory.",
  },
  engine_unavailable: {
    means: "The local model could not be loaded.",
    todo: "`sahab ps` says why: the file, the memory, or an option in `local`.",
  },
  overloaded: {
    means: "Sahab, or the queue of a local model, is full.",
    todo: "Wait for `retry-after`; more `slots`, workers or machines take more at once.",
  },
  disk_full: {
    means: "The disk of the data folder has no room, so that no record could be kept.",
    todo: "Make room; requests are taken again at once. [Operations](operations.md) says what grows.",
  },
  store_unavailable: {
    means: "The database does not answer, and the key or balance is not known without it.",
    todo: "Try again; for the operator: `sahab doctor` checks the database.",
  },
  shutting_down: {
    means: "This process ends, and takes no new requests.",
    todo: "Send it again, as a load balancer does by itself.",
  },
};
