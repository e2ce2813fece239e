import { short, Findings } from "./findings.ts";
import { list, object, words, type Reply } from "./reply.ts";
import {
  answered,
  describeReply,
  recorded,
  refusedRequest,
  send,
  vectors,
  type AlsoArguments,
} from "./request-trials.ts";
import { ask } from "./world.ts";
import { forEach, type Trial, type Trials } from "./trial.ts";

const contextTokens = 4096;
const embeddings = "/v1/embeddings";

/** What a local model must make of requests: bounds, schemas, tools, histories, embeddings. */
export const localTrials: Trials = {
  "16-local-stop-null": answered(),
  ...forEach(
    ["16-max-tokens-1e9", "16-max-tokens-32000", "16-max-tokens-minus1", "16-max-tokens-null"],
    answered({ also: fitsContext }),
  ),
  // The model writes until its context is full.
  "16-prompt-plus-max": answered({ also: fitsContext }),
  "16-max-tokens-float": answered({
    also: (reply, findings) => findings.expect(completionTokens(reply) <= 16, "more than 16 tokens came"),
  }),
  "16-max-tokens-string": answered({ orNamed: /max_tokens/ }),
  "16-max-tokens-zero": answered({ orNamed: /max_tokens/ }),
  "16-prompt-too-long": promptTooLong,
  "17-local-tools-empty": answered(),
  "17-local-tools-empty-none": answered(),
  "17-local-tools-empty-required": refusedRequest({ named: /tool_choice|tools/ }),
  "18-local-stream-options": answered(),
  "19e-local-base64": answered({ path: embeddings, also: vectors(1, "base64") }),
  "19e-local-dims": refusedRequest({ path: embeddings, named: /dimensions/ }),
  ...forEach(
    ["19e-local-empty", "19e-local-empty-list", "19e-local-null", "19e-local-number"],
    refusedRequest({ path: embeddings, named: /input/ }),
  ),
  "19e-local-empty-item": refusedRequest({ path: embeddings, named: /input\[1\]/ }),
  "19e-local-mixed": refusedRequest({ path: embeddings, named: /input\[1\]/ }),
  "19e-local-huge-token": refusedRequest({ path: embeddings, named: /input\[0\]/ }),
  "19e-local-neg-token": refusedRequest({ path: embeddings, named: /input\[0\]/ }),
  "19e-local-space": answered({ path: embeddings, orNamed: /input\[0\]/, also: vectors(1) }),
  "19e-local-token-list": answered({ path: embeddings, also: vectors(1) }),
  "19e-local-tokens": answered({ path: embeddings, also: vectors(2) }),
  "20-local-half-emoji": answered(),
  "20-local-half-low": answered(),
  "21-local-nul": recorded([200, 400]),
  ...forEach(
    [
      "additional",
      "anyOf-null",
      "anyOf-siblings",
      "dependentRequired",
      "enum-type-array",
      "examples",
      "format-email",
      "format-min",
      "maxItems-big",
      "maxLength-big",
      "minProperties",
      "multipleOf",
      "nullable",
      "number-bounds",
      "number-bounds-false",
      "pattern",
      "propertyNames",
      "ref-missing",
      "ref-siblings",
      "tuple-items",
      "type-list-desc",
      "unevaluated",
      "unknown-key",
    ].map((name) => `22-${name}`),
    answered({ also: begins(/^\s*\{\s*("|$)/) }),
  ),
  "22-empty-schema": answered({ also: begins(/^\s*(?:$|[[{"\d-]|t|f|n)/) }),
  "22-json-object": answered({ also: begins(/^\s*(?:$|\{)/) }),
  "22-root-array": answered({ also: begins(/^\s*(?:$|\[)/) }),
  // The reference leads to an integer.
  "22-ref-array-index": answered({ also: begins(/^\s*\{?\s*(?:"(?:v(?:"(?:\s*(?::\s*-?\d*)?)?)?)?)?$/) }),
  "22-number-bounds-strict": refusedRequest({ named: /properties\.v\b.*(?:minimum|maximum)/ }),
  ...forEach(
    [
      "allOf-conflict",
      "array-no-items",
      "auto-excl-bool",
      "auto-ref-missing",
      "auto-tuple",
      "control-char-enum",
      "deep",
      "desc-null",
      "enum-null-type",
      "enum-on-array",
      "excl-bool",
      "false-schema",
      "maxItems-huge",
      "min-float",
      "min-string",
      "no-properties",
      "null-schema",
      "params-null",
      "ref-missing",
      "ref-remote",
      "required-bool",
      "type-any",
      "type-lists",
      "type-null-value",
    ].map((name) => `23-${name}`),
    answered({ also: callsTool }),
  ),
  "23-custom-tool": answered(),
  "24-args-object": answered({ orNamed: /arguments/ }),
  ...forEach(
    ["24-args-empty", "24-items-broken", "24-items-empty", "24-items-null", "24-items-ok", "24-plain-empty"],
    answered(),
  ),
  ...forEach(
    [
      "25-gemma-one-system",
      "25-gemma-plain",
      "25-gemma-system-middle",
      "25-gemma-two-system",
      "25-mistral-one-system",
      "25-mistral-plain",
      "25-mistral-system-middle",
      "25-mistral-user-user",
    ],
    answered({ also: nothingIsLost }),
  ),
  ...forEach(
    [
      "25-gemma-assistant-first",
      "25-mistral-tool-id",
      "25-nano-assistant-first",
      "25-nano-ends-assistant",
      "25-nano-only-system",
      "25-nano-system-middle",
      "25-nano-two-developer",
      "25-nano-two-system",
      "25-nano-user-user",
    ],
    answered(),
  ),
  "27-repeated-ids": answered(),
  "28-chat-tool-kinds": answered({ also: dropped("tools[2]") }),
  ...forEach(["29-empty-parts-tool", "29-empty-string", "29-null-tool", "29-parts-tool"], answered()),
  "29-no-id": answered({ orNamed: /messages\[[12]\].*id/ }),
  "29-null-user": answered({ orNamed: /messages\[0\]/ }),
  "31-effort-field": answered(),
  "s-n-zero": refusedRequest({ named: /\bn\b/ }),
};

function completionTokens({ payloads }: Reply): number {
  return Number(object(payloads[0]?.["usage"])["completion_tokens"]);
}

function fitsContext(reply: Reply, findings: Findings): void {
  const total = Number(object(reply.payloads[0]?.["usage"])["total_tokens"]);
  findings.expect(total > 0 && total <= contextTokens, `total_tokens is ${total}`);
  findings.expect(["stop", "length"].includes(reply.finish), `it finished by ${reply.finish}`);
}

/** Both numbers are told: what the context holds and what the prompt has. */
async function promptTooLong(...[world, fieldCase]: Parameters<Trial>): Promise<Findings> {
  const findings = new Findings();
  const reply = await send(world, fieldCase);
  findings.saw(describeReply(reply));
  findings.equal("status and code", [reply.status, reply.error?.code], [400, "context_length_exceeded"]);
  const numbers = (reply.error?.message.match(/\d[\d,]*/g) ?? []).map((text) => Number(text.replaceAll(",", "")));
  findings.expect(
    numbers.includes(contextTokens) && numbers.some((number) => number > contextTokens),
    `the error does not tell both numbers: ${reply.error?.message}`,
  );
  return findings;
}

/** What system and user wrote is in the prompt: without any one of these turns it is shorter. */
async function nothingIsLost(...[reply, findings, world, fieldCase]: AlsoArguments): Promise<void> {
  const request = JSON.parse(fieldCase.text("request.json")) as { messages: { role: string }[] };
  for (const [index, { role }] of request.messages.entries()) {
    const messages = request.messages.toSpliced(index, 1);
    // What is left must need no turn that nobody wrote.
    const needsOne = messages[0]?.role === "assistant" || !messages.some((message) => message.role === "user");
    if (role === "assistant" || needsOne) continue;
    const without = await ask(world, "/v1/chat/completions", { ...request, messages });
    if (without.status !== 200) continue;
    findings.expect(
      promptTokens(without) < promptTokens(reply),
      `messages[${index}] is not in the prompt: ${promptTokens(reply)} tokens with it, ${promptTokens(without)} without`,
    );
  }
}

const promptTokens = ({ payloads }: Reply): number => Number(object(payloads[0]?.["usage"])["prompt_tokens"]);

/** The grammar was in force: the text begins as the schema has it, however short it was cut. */
function begins(pattern: RegExp) {
  return ({ content }: Reply, findings: Findings) =>
    findings.expect(pattern.test(content), `the text does not fit the schema: ${short(content)}`);
}

/** Where a call was demanded and came to its end, it is one of the offered tool, and its arguments are an object. */
function callsTool(...[reply, findings, , fieldCase]: AlsoArguments) {
  const wanted = object(JSON.parse(fieldCase.text("request.json")))["tool_choice"];
  const message = object(list(reply.payloads[0]?.["choices"])[0]?.["message"]);
  const [call] = list(message["tool_calls"]);
  if (wanted === "required" && reply.finish !== "length")
    findings.expect(call !== undefined, `no tool was called: ${short(JSON.stringify(message))}`);
  if (!call || reply.finish !== "tool_calls") return;
  const made = object(call["function"]);
  findings.equal("the tool", made["name"], "f");
  let parsed: unknown;
  try {
    parsed = JSON.parse(words(made["arguments"]));
  } catch {
    parsed = undefined;
  }
  findings.expect(
    typeof parsed === "object" && parsed !== null,
    `the arguments are no JSON object: ${short(words(made["arguments"]))}`,
  );
}

/** What could not be had was left out, and that is told. */
function dropped(...paths: readonly string[]) {
  return ({ headers }: Reply, findings: Findings) => {
    const told = headers.get("x-sahab-dropped") ?? "";
    for (const path of paths) findings.expect(told.includes(path), `x-sahab-dropped does not name ${path}: "${told}"`);
  };
}
