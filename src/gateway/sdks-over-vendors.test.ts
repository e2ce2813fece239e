import { createAlibaba } from "@ai-sdk/alibaba";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createDeepSeek } from "@ai-sdk/deepseek";
import { createXai } from "@ai-sdk/xai";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { generateText, Output, stepCountIs, streamText, tool, type LanguageModel } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { Proofs, type Kit } from "../testing/wire/kit.ts";
import { nothingSaid, type Said } from "../testing/wire/said.ts";
import { spokenKits, startWire, type Wire, type WireModel } from "../testing/wire/start-wire.ts";

// SDKs that are made for one vendor or another, unmodified, over vendors of every dialect.

const text = 'Clouds, "云" and\n\nrain 🌧.';
const town = { town: "Köln", sizes: [1, 2] };
const townShape = z.object({ town: z.string(), sizes: z.array(z.number()) });
const placeShape = z.object({ place: z.string() });

function said(fields: Partial<Said>): Said {
  return { ...nothingSaid(), stop: "stop", usage: { input: 120, cached: 0, output: 30, reasoning: 0 }, ...fields };
}

let calls = 0;
const answers = {
  text: () => [said({ text })],
  tools: () => [
    said({ calls: [{ id: `call_${++calls}`, name: "weather", arguments: { place: "Köln" } }], stop: "tool-calls" }),
    said({ text }),
  ],
  object: () => [said({ text: JSON.stringify(town) })],
};
type Kind = keyof typeof answers;

/** What a program does with its SDK. */
interface Program {
  whole(model: string): Promise<string>;
  streamed(model: string): Promise<string>;
  /** The model calls the tool and gets its result; returns the last answer. */
  withTool(model: string, execute: (input: unknown) => string): Promise<string>;
  object(model: string): Promise<unknown>;
}

type Reach = () => { address: string; key: string };

/** Vercel's `ai` with a provider. */
function ai(modelOf: (model: string, reach: ReturnType<Reach>) => LanguageModel): (reach: Reach) => Program {
  return (reach) => {
    const options = (model: string) => ({ model: modelOf(model, reach()), prompt: "Hi", maxRetries: 0 });
    return {
      whole: async (model) => (await generateText(options(model))).text,
      async streamed(model) {
        const result = streamText(options(model));
        let all = "";
        for await (const delta of result.textStream) all += delta;
        expect(await result.finishReason).toBe("stop");
        expect(await result.usage).toMatchObject({ inputTokens: 120, outputTokens: 30 });
        return all;
      },
      async withTool(model, execute) {
        const weather = tool({
          description: "The weather of a place.",
          inputSchema: placeShape,
          execute: (input) => Promise.resolve(execute(input)),
        });
        const result = streamText({ ...options(model), tools: { weather }, stopWhen: stepCountIs(3) });
        return await result.text;
      },
      async object(model) {
        const { output } = await generateText({ ...options(model), output: Output.object({ schema: townShape }) });
        return output;
      },
    };
  };
}

function langchain(more: { useResponsesApi?: boolean }): (reach: Reach) => Program {
  return (reach) => {
    const modelOf = (model: string) => {
      const { address, key } = reach();
      const configuration = { baseURL: `${address}/v1` };
      return new ChatOpenAI({ model, apiKey: key, configuration, maxRetries: 0, ...more });
    };
    return {
      whole: async (model) => (await modelOf(model).invoke("Hi")).text,
      async streamed(model) {
        let all = "";
        for await (const chunk of await modelOf(model).stream("Hi")) all += chunk.text;
        return all;
      },
      async withTool(model, execute) {
        const weather = {
          type: "function" as const,
          function: { name: "weather", parameters: z.toJSONSchema(placeShape) },
        };
        const bound = modelOf(model).bindTools([weather]);
        const asked = new HumanMessage("Hi");
        const first = await bound.invoke([asked]);
        const results = (first.tool_calls ?? []).map(
          ({ id = "", args }) => new ToolMessage({ tool_call_id: id, content: execute(args) }),
        );
        return (await bound.invoke([asked, first, ...results])).text;
      },
      object: (model) => modelOf(model).withStructuredOutput(townShape, { method: "jsonSchema" }).invoke("Hi"),
    };
  };
}

const programs: Record<string, (reach: Reach) => Program> = {
  "@ai-sdk/anthropic": ai((model, { address, key }) =>
    createAnthropic({ baseURL: `${address}/v1`, apiKey: key })(model),
  ),
  "@ai-sdk/xai": ai((model, { address, key }) => createXai({ baseURL: `${address}/v1`, apiKey: key })(model)),
  "@ai-sdk/deepseek": ai((model, { address, key }) => createDeepSeek({ baseURL: address, apiKey: key })(model)),
  "@ai-sdk/alibaba": ai((model, { address, key }) =>
    createAlibaba({ baseURL: `${address}/compatible-mode/v1`, apiKey: key })(model),
  ),
  "@langchain/openai, chat": langchain({ useResponsesApi: false }),
  "@langchain/openai, responses": langchain({ useResponsesApi: true }),
};

/** These ask for JSON without a schema, DeepSeek's always and Alibaba's for models that it does not know. Anthropic's have no such mode. */
const refused = new Set(["@ai-sdk/deepseek messages object", "@ai-sdk/alibaba messages object"]);

const models: WireModel[] = Object.keys(programs).flatMap((_, index) =>
  spokenKits.flatMap((vendor) =>
    (Object.keys(answers) as Kind[]).map((kind) => ({
      name: nameOf(index, vendor, kind),
      vendor,
      script: { answers: answers[kind](), proofs: new Proofs() },
    })),
  ),
);

function nameOf(program: number, vendor: Kit, kind: Kind): string {
  return `sdk-${program}-${vendor.api}-${kind}`;
}

let wire: Wire;
beforeAll(async () => {
  wire = await startWire(models);
});
afterAll(() => wire?.close());

for (const [index, [name, make]] of Object.entries(programs).entries()) {
  const program = make(() => wire);
  describe(name, () => {
    for (const vendor of spokenKits) {
      const model = (kind: Kind) => nameOf(index, vendor, kind);

      test(`over a vendor of ${vendor.api}: a text, whole and streamed`, async () => {
        expect(await program.whole(model("text"))).toBe(text);
        expect(await program.streamed(model("text"))).toBe(text);
      });

      test(`over a vendor of ${vendor.api}: a tool over two turns`, async () => {
        const inputs: unknown[] = [];
        const answer = await program.withTool(model("tools"), (input) => `31 degrees, ${inputs.push(input)}`);
        expect({ answer, inputs }).toEqual({ answer: text, inputs: [{ place: "Köln" }] });
        const asked = wire.serverOf(vendor).askedFor(model("tools")).at(-1);
        expect(asked?.turns.at(-1)).toMatchObject({ role: "tool", results: [{ text: "31 degrees, 1" }] });
      });

      test(`over a vendor of ${vendor.api}: an object`, async () => {
        const asking = program.object(model("object"));
        if (refused.has(`${name} ${vendor.api} object`)) {
          const error = await asking.then(() => undefined, String);
          expect(error).toContain("response_format");
        } else expect(await asking).toEqual(town);
      });
    }
  });
}
