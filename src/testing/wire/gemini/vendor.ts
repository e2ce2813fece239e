import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { isObject, list, must, mustKnow, number, object, string, type Json } from "../json.ts";
import type { Proofs, Script, VendorKit, VendorRequest } from "../kit.ts";
import type { Said, Stop } from "../said.ts";

/**
 * Gemini's generateContent. Its calls have no ids, as in all that was recorded. Rules: Google's API reference, which refuses
 * unknown fields everywhere, and its guide "Thought signatures": the first call of each step of the current turn must have its own.
 */
export const geminiVendor: VendorKit = {
  // Which models think, and how that is said, is known by the name.
  modelPrefix: "gemini-3-",
  route: ({ path, query }) => {
    const found = /^\/v1beta\/models\/([^/]+):(generateContent|streamGenerateContent)$/.exec(path);
    if (!found) return undefined;
    const stream = found[2] === "streamGenerateContent";
    return stream && query.get("alt") !== "sse" ? undefined : { model: found[1] ?? "", stream };
  },
  read,
  whole: (said, proofs) => response(said, partsOf(said, proofs), finishes[said.stop]),
  stream,
  error: (code, message) => ({ error: { code, message, status: statuses[code] ?? "INTERNAL" } }),
};

const statuses: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  529: "UNAVAILABLE",
};

const finishes: Record<Stop, string | undefined> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  refusal: "SAFETY",
  none: undefined,
};

function response({ usage }: Said, parts: Json[], finishReason?: string): Json {
  return {
    candidates: [{ content: { parts, role: "model" }, ...(finishReason && { finishReason }), index: 0 }],
    usageMetadata: {
      promptTokenCount: usage.input,
      ...(usage.cached > 0 && { cachedContentTokenCount: usage.cached }),
      candidatesTokenCount: usage.output - usage.reasoning,
      totalTokenCount: usage.input + usage.output,
      ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
    },
    modelVersion: "kit-gemini",
    responseId: "kit",
  };
}

/** The proof of what was thought is on the first call, or on the text where there is none. */
function partsOf(said: Said, proofs: Proofs): Json[] {
  const proof = said.reasoning === "" ? {} : { thoughtSignature: proofs.make(said.reasoning) };
  return [
    ...(said.reasoning === "" ? [] : [{ text: said.reasoning, thought: true }]),
    ...(said.text === "" ? [] : [{ text: said.text, ...(said.calls.length === 0 && proof) }]),
    ...said.calls.map(({ name, arguments: args }, index) => ({
      functionCall: { name, args },
      ...(index === 0 && proof),
    })),
  ];
}

/** Words of texts; a call is never cut. The proof of a text comes behind it in an empty part, as in what was recorded. */
function stream(said: Said, _request: VendorRequest, proofs: Proofs): string[] {
  const chunks = partsOf(said, proofs).flatMap((part) => {
    if (typeof part["text"] !== "string") return [part];
    const { text, thoughtSignature, ...rest } = part;
    const words = text.match(/\S*\s*/g)?.filter(Boolean) ?? [];
    return [
      ...words.map((word) => ({ text: word, ...rest })),
      ...(thoughtSignature === undefined ? [] : [{ text: "", thoughtSignature }]),
    ];
  });
  const last = chunks.length - 1;
  const bodies =
    chunks.length === 0
      ? [response(said, [{ text: "" }], finishes[said.stop])]
      : chunks.map((part, index) => response(said, [part], index === last ? finishes[said.stop] : undefined));
  return bodies.map((body) => `data: ${JSON.stringify(body)}\r\n\r\n`);
}

function read({ path, body: sent }: VendorRequest, script: Script): Asked {
  const body = inOneSpelling(sent) as Json;
  mustKnow(body, "body", [
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "generationConfig",
    "safetySettings",
    "cachedContent",
  ]);
  const config = object(body["generationConfig"]);
  mustKnow(
    config,
    "generationConfig",
    "maxOutputTokens stopSequences temperature topP topK seed candidateCount presencePenalty frequencyPenalty responseMimeType responseSchema responseJsonSchema thinkingConfig responseLogprobs logprobs responseModalities".split(
      " ",
    ),
  );
  const turns = list(body["contents"]).flatMap((content) => readContent(content, script.proofs));
  mustAnswerCalls(list(body["contents"]));
  if (script.thinks) mustHaveSignatures(list(body["contents"]), script.proofs);
  const declarations = list(body["tools"]).flatMap((tool) => list(tool["functionDeclarations"]));
  const calling = object(object(body["toolConfig"])["functionCallingConfig"]);
  const schema = config["responseJsonSchema"] ?? config["responseSchema"];
  must(
    schema === undefined || config["responseMimeType"] === "application/json",
    "a schema needs responseMimeType application/json",
  );
  const thinking = config["thinkingConfig"];
  const system = body["systemInstruction"] === undefined ? undefined : list(object(body["systemInstruction"])["parts"]);
  return {
    model: /models\/([^/]+):/.exec(path)?.[1] ?? "",
    stream: path.endsWith("streamGenerateContent"),
    ...(system && { system: system.map(({ text }) => string(text)).join("") }),
    turns,
    tools: declarations.map(readTool),
    ...(calling["mode"] !== undefined && { choice: readChoice(calling) }),
    ...(schema !== undefined && { schema: { schema: object(schema) } }),
    ...(config["maxOutputTokens"] !== undefined && { maxTokens: number(config["maxOutputTokens"]) }),
    stop: (config["stopSequences"] ?? []) as string[],
    ...(thinking !== undefined && { thinks: object(thinking)["thinkingBudget"] !== 0 }),
  };
}

const theirs = new Set(["args", "response", "parametersJsonSchema", "responseJsonSchema", "properties"]);

/** JSON of protocol buffers may have snake_case names; Python's SDK sends both. What programs name themselves stays. */
function inOneSpelling(value: unknown, isTheirs = false): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => inOneSpelling(item, isTheirs));
  if (!isObject(value) || isTheirs) return value;
  const fields = Object.entries(value).map(([key, field]) => {
    const name = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [name, inOneSpelling(field, theirs.has(name))];
  });
  return Object.fromEntries(fields);
}

function readTool(tool: Json): Asked["tools"][number] {
  mustKnow(tool, "functionDeclaration", [
    "name",
    "description",
    "parameters",
    "parametersJsonSchema",
    "behavior",
    "response",
    "responseJsonSchema",
  ]);
  must(tool["parameters"] === undefined || tool["parametersJsonSchema"] === undefined, "parameters said twice");
  return {
    name: string(tool["name"]),
    ...(tool["description"] !== undefined && { description: string(tool["description"]) }),
    parameters: object(tool["parametersJsonSchema"] ?? tool["parameters"]),
  };
}

function readChoice({ mode, allowedFunctionNames }: Json): NonNullable<Asked["choice"]> {
  // Which binds the arguments of strict functions, and leaves the choice to the model.
  if (mode === "AUTO" || mode === "VALIDATED") return "auto";
  if (mode === "NONE") return "none";
  must(mode === "ANY", `an unknown mode ${String(mode)}`);
  const [name] = (allowedFunctionNames ?? []) as string[];
  return name === undefined ? "required" : { name };
}

function readContent(content: Json, proofs: Proofs): Turn[] {
  mustKnow(content, "content", ["role", "parts"]);
  const parts = list(content["parts"]);
  must(parts.length > 0, "contents.parts must not be empty.");
  if (content["role"] === "model")
    return [{ role: "assistant", parts: parts.flatMap((part) => readPart(part, proofs)) }];
  must(content["role"] === "user", `Please use a valid role: user, model. Found ${String(content["role"])}`);
  const results = parts
    .filter((part) => part["functionResponse"] !== undefined)
    .map((part) => object(part["functionResponse"]));
  const rest = parts.filter((part) => part["functionResponse"] === undefined).map(readUserPart);
  return [
    ...(results.length > 0 ? [{ role: "tool" as const, results: results.map(readResult) }] : []),
    ...(rest.length > 0 ? [{ role: "user" as const, parts: rest }] : []),
  ];
}

function readResult({ id, name, response: value }: Json): { id: string; name: string; text: string } {
  must(isObject(value) && string(name) !== "", "a result without name or response");
  const { output, result, ...rest } = value;
  const said = output ?? result;
  return { id: string(id), name: string(name), text: typeof said === "string" ? said : JSON.stringify(said ?? rest) };
}

function readUserPart(part: Json): UserPart {
  mustKnow(part, "part", ["text", "inlineData"]);
  if (typeof part["text"] === "string") return { type: "text", text: part["text"] };
  const { mimeType, data } = object(part["inlineData"]);
  must(string(mimeType) !== "" && string(data) !== "", "required oneof field 'data' must have one initialized field");
  return { type: "image", mediaType: string(mimeType), base64: string(data) };
}

function readPart(part: Json, proofs: Proofs): AssistantPart[] {
  mustKnow(part, "part", ["text", "thought", "thoughtSignature", "functionCall"]);
  const given = part["thoughtSignature"];
  const proof = isWaived(given) ? undefined : given;
  const proven = proof === undefined ? undefined : proofs.textOf(string(proof));
  must(proof === undefined || proven !== undefined, "Thought signature is not valid.");
  const thought: AssistantPart[] = proven === undefined ? [] : [{ type: "reasoning", text: proven }];
  // What was thought is known by its proof; the text itself says nothing to the model.
  if (part["thought"] === true) return [];
  if (typeof part["text"] === "string") return [...thought, { type: "text", text: part["text"] }];
  const { id, name, args } = object(part["functionCall"]);
  must(string(name) !== "", "a call without a name");
  return [...thought, { type: "call", call: { id: string(id), name: string(name), arguments: object(args) } }];
}

/** What Google's guide has for calls that another vendor's model made; some programs encode it, since the field holds bytes. */
function isWaived(sent: unknown): boolean {
  const text = string(sent);
  const proof = text.includes("_") ? text : Buffer.from(text, "base64").toString();
  return proof === "skip_thought_signature_validator" || proof === "context_engineering_is_the_way_to_go";
}

/** Each call has its result in the next content. */
function mustAnswerCalls(contents: readonly Json[]): void {
  for (const [index, content] of contents.entries()) {
    const count = (holder: Json | undefined, field: string) =>
      list(holder?.["parts"]).filter((part) => part[field] !== undefined).length;
    const calls = count(content, "functionCall");
    must(
      calls === 0 || calls === count(contents[index + 1], "functionResponse"),
      "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
    );
  }
}

/** Of the current turn: what follows the last text of the user. */
function mustHaveSignatures(contents: readonly Json[], proofs: Proofs): void {
  const start = contents.findLastIndex(
    ({ role, parts }) => role === "user" && list(parts).some((part) => "text" in part),
  );
  for (const content of contents.slice(start + 1)) {
    const call = list(content["parts"]).find((part) => part["functionCall"] !== undefined);
    must(
      !call || isWaived(call["thoughtSignature"]) || proofs.textOf(string(call["thoughtSignature"])) !== undefined,
      "Function call is missing a thought_signature in functionCall parts.",
    );
  }
}
