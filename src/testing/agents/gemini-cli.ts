import { eventsOf, list, must, object, string, type Json } from "../wire/json.ts";

/** What Gemini CLI has made of an answer. */
export interface GeminiTurn {
  status: number;
  headers: Headers;
  /** The model's parts in order, which it sends back as they are. */
  parts: Json[];
  finish: string;
  usage: Json;
  /** The body of an answer that is no stream. */
  body: string;
}

interface Server {
  address: string;
  key: string;
}

/** Its headers, as recorded of 0.61. */
const geminiHeaders: Readonly<Record<string, string>> = {
  "user-agent": "GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)",
  "x-goog-api-client": "google-genai-sdk/1.30.0 gl-node/v20.20.2",
  "content-type": "application/json",
  accept: "*/*",
};

/** Asks for a method of a model; a stream is read as its SDK does. */
export async function askGeminiCli(
  { address, key }: Server,
  model: string,
  method: string,
  body: object,
): Promise<GeminiTurn> {
  const response = await fetch(`${address}/v1beta/models/${model}:${method}`, {
    method: "POST",
    headers: { ...geminiHeaders, "x-goog-api-key": key },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const turn: GeminiTurn = {
    status: response.status,
    headers: response.headers,
    parts: [],
    finish: "",
    usage: {},
    body: text,
  };
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  const answers = isStream ? eventsOf(text).map(({ data }) => JSON.parse(data) as Json) : [JSON.parse(text) as Json];
  for (const answer of answers) {
    const [candidate = {}] = list(answer["candidates"]);
    turn.parts.push(...list(object(candidate["content"])["parts"]));
    turn.finish ||= string(candidate["finishReason"]);
    if (answer["usageMetadata"]) turn.usage = object(answer["usageMetadata"]);
  }
  return turn;
}

/** The calls among the parts; each has an id, or the program makes one. */
export function functionCallsOf(parts: readonly Json[]): Json[] {
  return parts.flatMap((part) => {
    if (part["functionCall"] === undefined) return [];
    const call = object(part["functionCall"]);
    must(typeof call["name"] === "string", "a call without a name");
    return [call];
  });
}

/**
 * The request that follows: the model's turn without its thoughts, which the program leaves out, and what its calls gave. A turn whose
 * first call has no signature gets Google's word for that.
 */
export function nextContents(before: readonly object[], parts: readonly Json[]): Json[] {
  const results = functionCallsOf(parts).map(({ id, name }) => ({
    functionResponse: { ...(id !== undefined && { id }), name, response: { output: `result of ${string(name)}` } },
  }));
  const kept = parts.filter(({ thought }) => thought !== true);
  const first = kept.findIndex((part) => part["functionCall"] !== undefined);
  const signed = kept.map((part, index) =>
    index === first
      ? { ...part, thoughtSignature: part["thoughtSignature"] ?? "skip_thought_signature_validator" }
      : part,
  );
  return [...before, { role: "model", parts: signed }, { role: "user", parts: results }] as Json[];
}

/** What it sends each time to have a task done. */
export function geminiRequest(contents: readonly object[]): Json {
  return {
    contents,
    systemInstruction: { role: "user", parts: [{ text: "You are an interactive CLI agent." }] },
    tools: [
      {
        functionDeclarations: [
          {
            name: "write_file",
            description: "Writes",
            parametersJsonSchema: {
              type: "object",
              properties: { file_path: { type: "string" }, content: { type: "string" } },
              required: ["file_path", "content"],
            },
          },
          {
            name: "activate_skill",
            description: "Activates",
            parametersJsonSchema: {
              type: "object",
              properties: { name: { type: "string", enum: ["a"] } },
              additionalProperties: false,
              $schema: "http://json-schema.org/draft-07/schema#",
            },
          },
        ],
      },
    ],
    generationConfig: {
      temperature: 1,
      topP: 0.95,
      topK: 64,
      thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" },
    },
  };
}

export const userTurn = (text: string): Json => ({ role: "user", parts: [{ text: "Here" }, { text }] });

/** Its question to a small model of how hard a task is, before the first turn. */
export const classifierRequest: Json = {
  contents: [userTurn("Create hello.txt")],
  systemInstruction: { role: "user", parts: [{ text: "Classify" }] },
  generationConfig: {
    temperature: 1,
    topP: 0.95,
    topK: 64,
    responseMimeType: "application/json",
    responseJsonSchema: {
      type: "OBJECT",
      properties: { complexity_reasoning: { type: "STRING" }, complexity_score: { type: "INTEGER" } },
      required: ["complexity_reasoning", "complexity_score"],
    },
    thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" },
  },
};
