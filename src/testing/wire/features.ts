import type { Asked, Turn } from "./asked.ts";
import { Proofs, type Script } from "./kit.ts";
import { nothingSaid, type Said } from "./said.ts";

// What is tried with each pair of a client and a vendor: what is asked, what the vendor answers, and what must arrive.

/** One request of a feature; the answers' turns and the results of tools are added for a second one. */
export interface Feature {
  name: string;
  /** A letter or two in the table. */
  mark: string;
  asked: Omit<Asked, "model">;
  script: Script;
  /** Ways to ask: the whole answer, a stream, or both in turn. */
  forms: readonly ("whole" | "stream")[];
  /** The client sends results for the calls, and asks once more. */
  hasSecondTurn?: true;
  expected?: "error" | "cut";
}

const tools = [
  {
    name: "get_weather",
    description: "The weather of a place.",
    parameters: {
      type: "object",
      properties: { place: { type: "string", description: "A town" }, days: { type: "integer" } },
      required: ["place"],
      additionalProperties: false,
    },
  },
  { name: "add", description: "Adds.", parameters: { type: "object", properties: { a: { type: "number" } } } },
];

const schema = {
  type: "object",
  properties: { town: { type: "string" }, sizes: { type: "array", items: { type: "integer" } } },
  required: ["town", "sizes"],
  additionalProperties: false,
};

/** One red pixel. */
const image = {
  type: "image" as const,
  mediaType: "image/png",
  base64: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
};

const usage = { input: 120, cached: 0, output: 30, reasoning: 0 };

function said(fields: Partial<Said>): Said {
  return { ...nothingSaid(), stop: "stop", usage, ...fields };
}

function asked(fields: Partial<Asked> = {}): Omit<Asked, "model"> {
  const turns: Turn[] = [{ role: "user", parts: [{ type: "text", text: 'What of clouds, 云?\n"Quoted" \\ and 🌧' }] }];
  return { stream: false, system: "You are brief.", turns, tools: [], stop: [], maxTokens: 4_096, ...fields };
}

/** No two conversations have the same ids, as with the vendors whose ids are random. */
let calls = 0;
const call = (name: string, args: object) => ({ id: `call_${++calls}`, name, arguments: args });
const thought = "The user asks for weather.\nA tool knows it.";
const text = 'Clouds, "云" and\n\nrain 🌧 \\ wind.';

function script(...answers: Said[]): Script {
  return { answers, proofs: new Proofs() };
}

function feature(name: string, mark: string, fields: Partial<Feature>): Feature {
  return { name, mark, asked: asked(), script: script(said({ text })), forms: ["whole", "stream"], ...fields };
}

function failing(status: number): Feature {
  const error = { status, message: `The kit's trouble number ${status}.` };
  const fields = { script: { ...script(), error }, expected: "error" as const, forms: ["whole", "stream"] as const };
  return feature(`error ${status}`, String(status), fields);
}

/** Made anew for each pair, since a vendor remembers what it has proved. */
export function makeFeatures(): Feature[] {
  const weather = () => call("get_weather", { place: "Köln", days: 2 });
  const called = said({ calls: [weather()], stop: "tool-calls" });
  const thinking: Script = {
    ...script(said({ reasoning: thought, calls: [weather()], stop: "tool-calls" }), said({ text })),
    thinks: true,
  };
  return [
    feature("text", "tx", { forms: ["whole"] }),
    feature("stream", "st", { forms: ["stream"] }),
    feature("tools", "to", {
      asked: asked({ tools }),
      script: script(called, said({ text })),
      hasSecondTurn: true,
    }),
    feature("parallel tools in a stream", "pa", {
      asked: asked({ tools }),
      script: script(
        said({ text: "Let me see. ", calls: [weather(), call("add", { a: 0.5 })], stop: "tool-calls" }),
        said({ text }),
      ),
      hasSecondTurn: true,
      forms: ["stream"],
    }),
    feature("forced tool", "fo", { asked: asked({ tools, choice: { name: "get_weather" } }), script: script(called) }),
    feature("any tool", "an", { asked: asked({ tools, choice: "required" }), script: script(called) }),
    feature("structured output", "sc", {
      asked: asked({ schema: { name: "towns", schema } }),
      script: script(said({ text: '{"town":"Köln","sizes":[1,2]}' })),
    }),
    feature("reasoning", "re", {
      asked: asked({ thinks: true }),
      script: script(said({ reasoning: thought, text, usage: { ...usage, reasoning: 12 } })),
    }),
    feature("reasoning with tools over two turns", "rt", {
      asked: asked({ tools, thinks: true }),
      script: thinking,
      hasSecondTurn: true,
    }),
    feature("image in", "im", {
      asked: asked({ turns: [{ role: "user", parts: [{ type: "text", text: "What is it?" }, image] }] }),
    }),
    feature("stop text", "se", { asked: asked({ stop: ["END", "\n\n"] }) }),
    feature("stop for length", "le", { script: script(said({ text, stop: "length" })) }),
    feature("stop by a filter", "fi", { script: script(said({ text, stop: "refusal" })) }),
    feature("usage with cache", "us", {
      script: script(said({ text, usage: { input: 1_100, cached: 1_024, output: 40, reasoning: 9 } })),
    }),
    ...[400, 401, 429, 500, 529].map(failing),
    feature("cut between events", "cb", {
      script: { ...script(said({ text })), cut: "between" },
      forms: ["stream"],
      expected: "cut",
    }),
    feature("cut within an event", "cw", {
      script: { ...script(said({ text })), cut: "within" },
      forms: ["stream"],
      expected: "cut",
    }),
  ];
}
