import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, type Content } from "@google/genai";
import OpenAI from "openai";
import { models, startProvingVendor, type ProvingApi, type ProvingVendor } from "../testing/proving-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Two vendors of one dialect, each of which refuses the other's proofs, behind one model and behind two.

let one: ProvingVendor;
let two: ProvingVendor;
let sahab: TestSahab;

beforeAll(async () => {
  one = startProvingVendor("one");
  two = startProvingVendor("two");
  sahab = await runSahab({ config: configOf(one, two) });
});

afterAll(async () => {
  await sahab?.close();
  await Promise.all([one?.vendor.stop(), two?.vendor.stop()]);
});

const apis: ProvingApi[] = ["messages", "responses", "gemini"];

/** For each dialect the models `DIALECT/one`, `DIALECT/two` and `DIALECT/both`, of which the last asks the second where the first fails. */
function configOf(...vendors: ProvingVendor[]) {
  const names = ["one", "two"];
  const price = { currency: "USD", input: 1, output: 2 };
  return {
    providers: names.flatMap((name, index) =>
      apis.map((api) => ({
        name: `${api}-${name}`,
        vendor: "compatible",
        base_url: `http://127.0.0.1:${vendors[index]?.vendor.port}`,
        api_key: "k",
        apis: [api],
      })),
    ),
    models: apis.flatMap((api) => {
      const target = (name: string, priority: number) => ({ provider: `${api}-${name}`, model: models[api], priority });
      const single = names.map((name) => ({ name: `${api}/${name}`, targets: [target(name, 1)], price }));
      return [...single, { name: `${api}/both`, targets: names.map((name, at) => target(name, at + 1)), price }];
    }),
    projects: [{ name: "default" }],
  };
}

/** A conversation of an unmodified client, which sends back all that it was told. */
interface Talk {
  say(text: string): void;
  /** Asks, and runs the tools that are called; the text of an answer that calls none. */
  ask(model: string): Promise<string | undefined>;
}

const schema = { type: "object" as const, properties: {} };

const clients: Record<string, (key: string, stream: boolean) => Talk> = {
  messages(apiKey, stream) {
    const history: Anthropic.Beta.BetaMessageParam[] = [];
    const body = {
      max_tokens: 4_000,
      thinking: { type: "enabled" as const, budget_tokens: 1_024 },
      context_management: { edits: [{ type: "clear_thinking_20251015" as const }] },
      tools: [{ name: "weather", input_schema: schema }],
    };
    return {
      say: (content) => history.push({ role: "user", content }),
      async ask(model) {
        const { messages } = new Anthropic({ apiKey, baseURL: sahab.address, maxRetries: 0 }).beta;
        const asked = { ...body, model, messages: history };
        const { content } = stream ? await messages.stream(asked).finalMessage() : await messages.create(asked);
        history.push({ role: "assistant", content });
        const uses = content.filter((block) => block.type === "tool_use");
        if (uses.length > 0)
          history.push({
            role: "user",
            content: uses.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "41" })),
          });
        return content.find((block) => block.type === "text")?.text;
      },
    };
  },
  responses(apiKey, stream) {
    const history: OpenAI.Responses.ResponseInputItem[] = [];
    const tools = [{ type: "function" as const, name: "weather", parameters: schema, strict: false }];
    return {
      say: (content) => history.push({ role: "user", content }),
      async ask(model) {
        const { responses } = new OpenAI({ apiKey, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
        const include = ["reasoning.encrypted_content" as const];
        const asked = { model, input: history, tools, include, store: false };
        const { output, output_text: text } = stream
          ? await responses.stream({ ...asked, stream: true }).finalResponse()
          : await responses.create(asked);
        for (const item of output) {
          const { parsed_arguments: _, parsed: __, ...sent } = item as typeof item & Record<string, unknown>;
          history.push(sent as OpenAI.Responses.ResponseInputItem);
        }
        for (const item of output)
          if (item.type === "function_call")
            history.push({ type: "function_call_output", call_id: item.call_id, output: "41" });
        return text || undefined;
      },
    };
  },
  gemini(apiKey, stream) {
    const contents: Content[] = [];
    const config = {
      tools: [{ functionDeclarations: [{ name: "weather" }] }],
      thinkingConfig: { includeThoughts: true },
    };
    return {
      say: (text) => contents.push({ role: "user", parts: [{ text }] }),
      async ask(model) {
        const google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: sahab.address } });
        const asked = { model, contents, config };
        const parts = [];
        if (stream)
          for await (const chunk of await google.models.generateContentStream(asked))
            parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
        else parts.push(...((await google.models.generateContent(asked)).candidates?.[0]?.content?.parts ?? []));
        contents.push({ role: "model", parts });
        const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
        if (calls.length > 0)
          contents.push({
            role: "user",
            parts: calls.map(({ id, name }) => ({
              functionResponse: { ...(id !== undefined && { id }), name: name ?? "", response: { output: "41" } },
            })),
          });
        return parts.find(({ text, thought }) => text && !thought)?.text;
      },
    };
  },
  chat(apiKey, stream) {
    const messages: OpenAI.ChatCompletionMessageParam[] = [];
    const tools = [{ type: "function" as const, function: { name: "weather", parameters: schema } }];
    return {
      say: (content) => messages.push({ role: "user", content }),
      async ask(model) {
        const { completions } = new OpenAI({ apiKey, baseURL: `${sahab.address}/v1`, maxRetries: 0 }).chat;
        const asked = { model, messages, tools, reasoning_effort: "low" as const };
        const { choices } = stream
          ? await completions.stream({ ...asked, stream: true }).finalChatCompletion()
          : await completions.create(asked);
        const { content, tool_calls: calls = [] } = choices[0]!.message;
        messages.push({ role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }) });
        for (const { id } of calls) messages.push({ role: "tool", tool_call_id: id, content: "41" });
        return content || undefined;
      },
    };
  },
};

async function talk(client: string, stream: boolean): Promise<Talk> {
  const { key } = await sahab.createKey();
  return clients[client]!(key, stream);
}

/** Asks until the turn is over. */
async function finish(conversation: Talk, model: string): Promise<string> {
  for (let round = 0; round < 3; round++) {
    const text = await conversation.ask(model);
    if (text !== undefined) return text;
  }
  throw new Error("the turn did not end");
}

/** How many calls the vendors have refused for their proofs while something was done, and how many of their own have come back. */
async function counted(act: () => Promise<void>): Promise<{ refused: number; taken: number }> {
  const count = () => ({ refused: one.refused + two.refused, taken: one.taken.size + two.taken.size });
  const before = count();
  await act();
  const { refused, taken } = count();
  return { refused: refused - before.refused, taken: taken - before.taken };
}

describe("conversations go on at another vendor of the same dialect", () => {
  const pairs = [...apis.map((api) => [api, api] as const), ...apis.map((api) => ["chat", api] as const)];
  const cells = pairs.flatMap(([client, api]) => [false, true].map((stream) => [client, api, stream] as const));
  const talks = new Map<string, Talk>();
  const open = (...cell: readonly unknown[]) => talks.get(cell.join(" "))!;

  test.each(cells)("%s over %s, stream %p: the first vendor calls a tool", async (...cell) => {
    const [client, api, stream] = cell;
    const conversation = await talk(client, stream);
    talks.set(cell.join(" "), conversation);
    conversation.say("Weather?");
    expect(await conversation.ask(`${api}/both`)).toBeUndefined();
  });

  test("the first vendor fails", () => {
    one.isDown = true;
  });

  test.each(cells)("%s over %s, stream %p: the second goes on in the middle of the turn", async (...cell) => {
    const [, api] = cell;
    const conversation = open(...cell);
    const { refused, taken } = await counted(async () => {
      expect(await finish(conversation, `${api}/both`)).toBe("Hot, says two.");
      conversation.say("And tomorrow?");
      expect(await finish(conversation, `${api}/both`)).toBe("Hot, says two.");
    });
    // Whose each proof is was seen, and its own come back.
    expect(refused).toBe(0);
    expect(taken).toBeGreaterThan(0);
  });

  test("an answer that Sahab keeps is gone on from at the other vendor", async () => {
    const { key } = await sahab.createKey();
    const { responses } = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
    one.isDown = false;
    const first = await responses.create({ model: "responses/one", input: "Weather?" });
    const [called] = first.output.filter(({ type }) => type === "function_call") as { call_id: string }[];
    const { refused } = await counted(async () => {
      const second = await responses.create({
        model: "responses/two",
        previous_response_id: first.id,
        input: [{ type: "function_call_output", call_id: called!.call_id, output: "41" }],
      });
      expect(second.output.map(({ type }) => type)).toEqual(["reasoning", "function_call"]);
    });
    expect(refused).toBe(0);
  });

  test("the first vendor is back, and Sahab has forgotten what it had in memory alone", async () => {
    one.isDown = false;
    await sahab.restart();
  });

  test.each(cells)("%s over %s, stream %p: the first takes over again", async (...cell) => {
    const [client, api] = cell;
    const conversation = open(...cell);
    conversation.say("And on Sunday?");
    const { refused, taken } = await counted(async () => {
      expect(await finish(conversation, `${api}/one`)).toBe("Hot, says one.");
    });
    // What was put back was kept with its vendor; whose the others are the first refusal tells.
    expect(refused).toBeLessThanOrEqual(client === "chat" ? 0 : 1);
    expect(taken).toBeGreaterThan(0);
  });

  test.each(cells)("%s over %s, stream %p: models change in the middle of a turn", async (...cell) => {
    const [client, api] = cell;
    const conversation = open(...cell);
    conversation.say("And then?");
    const { refused } = await counted(async () => {
      expect(await conversation.ask(`${api}/two`)).toBeUndefined();
      expect(await finish(conversation, `${api}/one`)).toBe("Hot, says one.");
    });
    expect(refused).toBeLessThanOrEqual(client === "chat" ? 0 : 1);
  });
});
