import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { eventsOf, isObject, list, must, number, object, string, type Json } from "../json.ts";
import type { ClientKit, Reading } from "../kit.ts";
import { nothingSaid, type Said, type Stop } from "../said.ts";

/** A program with Google's SDK, which sends the parts of an answer back as they came. */
export const geminiClient: ClientKit = {
  request: (asked, key) => ({
    path: `/v1beta/models/${asked.model}:${asked.stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    headers: { "x-goog-api-key": key },
    body: {
      contents: asked.turns.map(encodeTurn),
      ...(asked.system !== undefined && { systemInstruction: { parts: [{ text: asked.system }] } }),
      ...(asked.tools.length > 0 && {
        tools: [
          {
            functionDeclarations: asked.tools.map(({ parameters, ...tool }) => ({
              ...tool,
              parametersJsonSchema: parameters,
            })),
          },
        ],
        ...(asked.choice && { toolConfig: { functionCallingConfig: encodeChoice(asked.choice) } }),
      }),
      generationConfig: {
        ...(asked.schema && { responseMimeType: "application/json", responseJsonSchema: asked.schema.schema }),
        ...(asked.maxTokens !== undefined && { maxOutputTokens: asked.maxTokens }),
        ...(asked.stop.length > 0 && { stopSequences: asked.stop }),
        ...(asked.thinks && { thinkingConfig: { includeThoughts: true, thinkingBudget: 2_048 } }),
      },
    },
  }),
  readWhole: (body) => {
    const reader = new PartReader();
    reader.take(body);
    return reader.end();
  },
  readStream,
  readError,
};

function encodeTurn(turn: Turn): Json {
  if (turn.role === "tool") {
    const parts = turn.results.map(({ id, name, text }) => ({
      functionResponse: { ...(id !== "" && { id }), name, response: { output: text } },
    }));
    return { role: "user", parts };
  }
  if (turn.role === "user") return { role: "user", parts: turn.parts.map(encodeUserPart) };
  if (turn.native?.dialect === "gemini") return { role: "model", parts: turn.native.value };
  return { role: "model", parts: turn.parts.map(encodeAssistantPart) };
}

function encodeUserPart(part: UserPart): Json {
  if (part.type === "text") return { text: part.text };
  return { inlineData: { mimeType: part.mediaType, data: part.base64 } };
}

function encodeAssistantPart(part: AssistantPart): Json {
  if (part.type === "text") return { text: part.text };
  if (part.type === "reasoning") return { text: part.text, thought: true };
  const { id, name, arguments: args } = part.call;
  return { functionCall: { ...(id !== "" && { id }), name, args } };
}

function encodeChoice(choice: NonNullable<Asked["choice"]>): Json {
  if (typeof choice !== "string") return { mode: "ANY", allowedFunctionNames: [choice.name] };
  return { mode: { auto: "AUTO", none: "NONE", required: "ANY" }[choice] };
}

function readStream(text: string): Reading {
  const reader = new PartReader();
  for (const { name, data } of eventsOf(text)) {
    must(name === undefined, "events of this dialect have no name");
    reader.take(JSON.parse(data) as Json);
  }
  return reader.end();
}

const stops: Record<string, Stop> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "refusal",
  PROHIBITED_CONTENT: "refusal",
  BLOCKLIST: "refusal",
  RECITATION: "refusal",
  SPII: "refusal",
  // There would have been more.
  CONTINUATION: "length",
};

/** Puts an answer together from its responses: a stream's are of the same form as a whole one. */
class PartReader {
  readonly #said = nothingSaid();
  readonly #parts: Json[] = [];
  #finish: string | undefined;
  #error: Reading["error"];
  #cost: string | undefined;
  #isBlocked = false;

  take(response: Json): void {
    must(!this.#error, "something follows an error");
    if (response["error"]) {
      this.#error = readError(response);
      return;
    }
    must(
      string(response["modelVersion"]) !== "" && string(response["responseId"]) !== "",
      "no modelVersion or responseId",
    );
    const candidates = list(response["candidates"]);
    must(candidates.length <= 1, "more than one candidate");
    if (object(response["promptFeedback"])["blockReason"] !== undefined) this.#isBlocked = true;
    const [candidate = {}] = candidates;
    const content = object(candidate["content"]);
    const parts = list(content["parts"]);
    if (parts.length > 0) {
      must(content["role"] === "model", "the content has no role");
      must(this.#finish === undefined || parts.every((part) => part["text"] === ""), "parts follow the finishReason");
    }
    for (const part of parts) this.#takePart(part);
    const finish = candidate["finishReason"];
    if (typeof finish === "string") this.#finish ??= finish;
    if (response["usageMetadata"] !== undefined)
      this.#cost = readUsage(this.#said, object(response["usageMetadata"])) ?? this.#cost;
  }

  end(): Reading {
    const isWhole = !this.#error && (this.#finish !== undefined || this.#isBlocked);
    if (isWhole) {
      const stop = this.#isBlocked ? "refusal" : stops[this.#finish ?? ""];
      must(stop, `an unknown finishReason: ${String(this.#finish)}`);
      this.#said.stop = stop === "stop" && this.#said.calls.length > 0 ? "tool-calls" : stop;
    }
    return {
      said: this.#said,
      error: this.#error,
      isWhole,
      native: isWhole ? this.#parts : undefined,
      cost: this.#cost,
    };
  }

  #takePart(part: Json): void {
    if (isObject(part["functionCall"])) {
      const { id, name, args } = part["functionCall"];
      must(string(name) !== "" && (args === undefined || isObject(args)), "a call without name or args");
      must(id === undefined || !this.#said.calls.some((call) => call.id === id), "the id of a call repeats");
      this.#said.calls.push({ id: string(id), name: string(name), arguments: args ?? {} });
    } else if (typeof part["text"] === "string") {
      if (part["thought"] === true) this.#said.reasoning += part["text"];
      else this.#said.text += part["text"];
    } else must(part["thoughtSignature"] !== undefined, "a part without content");
    this.#parts.push(part);
  }
}

function readUsage(said: Said, usage: Json): string | undefined {
  const input = number(usage["promptTokenCount"]) + number(usage["toolUsePromptTokenCount"]);
  const reasoning = number(usage["thoughtsTokenCount"]);
  const output = number(usage["candidatesTokenCount"]) + reasoning;
  must(usage["totalTokenCount"] === input + output, "totalTokenCount is not the sum");
  said.usage = { input, cached: number(usage["cachedContentTokenCount"]), output, reasoning };
  return usage["cost"] === undefined ? undefined : string(usage["cost"]);
}

function readError(body: Json): NonNullable<Reading["error"]> {
  const error = object(body["error"]);
  // The SDK takes an object in a stream for an error by this number.
  must(typeof error["code"] === "number" && error["code"] >= 400, "an error without a number");
  must(string(error["message"]) !== "" && string(error["status"]) !== "", "an error without message or status");
  return { code: findCode(error), type: string(error["status"]), message: string(error["message"]) };
}

/** Google's place for a service's own name of an error: `details[].reason` of an ErrorInfo. */
function findCode(error: Json): string {
  const info = list(error["details"]).find((detail) => string(detail["@type"]).endsWith("ErrorInfo"));
  return string(info?.["reason"]).toLowerCase();
}
