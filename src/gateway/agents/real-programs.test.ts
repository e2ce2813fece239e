import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { object, string, type Json } from "../../testing/wire/json.ts";
import { Proofs } from "../../testing/wire/kit.ts";
import { nothingSaid, type Said } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";

// What real programs did where others do not, found by running them (`npm run agents`), as excerpts of what they sent.

const usage = { input: 120, cached: 0, output: 30, reasoning: 8 };
const call = { id: "call_0x7Kp2mQ9vL4", name: "write_file", arguments: { file_path: "/w/a.txt", content: "rain" } };
const answers: Said[] = [
  { ...nothingSaid(), reasoning: "First the file.", calls: [call], stop: "tool-calls", usage },
  { ...nothingSaid(), reasoning: "Done.", text: "The file is there.", stop: "stop", usage },
];

/** Those whose vendors want back what the model thought. */
const vendors = spokenKits.filter(({ api }) => api !== "dashscope");

let wire: Wire;

beforeAll(async () => {
  const models = vendors.map((vendor) => ({
    name: `thinking-${vendor.api}`,
    vendor,
    script: { answers, thinks: true, proofs: new Proofs() },
  }));
  wire = await startWire(models, { vendors: { chat: "moonshot", messages: "anthropic", gemini: "google" } });
});

afterAll(() => wire?.close());

describe("Gemini CLI 0.61 puts the tool's name before the id of each call, and sends no thoughts back", () => {
  for (const vendor of vendors)
    test(`→ ${vendor.api}`, async () => {
      const model = `thinking-${vendor.api}`;
      const first = await ask(model, [{ role: "user", parts: [{ text: "Write a file." }] }]);
      const made = partsOf(first).find((part) => part["functionCall"]);
      const { name, args, id } = object(made?.["functionCall"]);
      const renamed = `${string(name)}__${string(id)}`;
      const second = await ask(model, [
        { role: "user", parts: [{ text: "Write a file." }] },
        {
          role: "model",
          parts: [
            {
              functionCall: { id: renamed, name, args },
              thoughtSignature: made?.["thoughtSignature"] ?? "skip_thought_signature_validator",
            },
          ],
        },
        { role: "user", parts: [{ functionResponse: { id: renamed, name, response: { output: "written" } } }] },
      ]);
      expect(wire.serverOf(vendor).refusedFor(model)).toEqual([]);
      expect(
        partsOf(second)
          .map(({ text }) => string(text))
          .join(""),
      ).toContain("The file is there.");
      const turn = wire
        .serverOf(vendor)
        .askedFor(model)
        .at(-1)
        ?.turns.find(({ role }) => role === "assistant");
      expect(turn).toMatchObject({ parts: expect.arrayContaining([{ type: "reasoning", text: "First the file." }]) });
    });
});

test("Gemini CLI 0.61 sends each result again when it takes up a conversation: vendors that refuse that get it once", async () => {
  const result = (text: string) => ({
    functionResponse: { id: "w_0", name: "write_file", response: { output: text } },
  });
  const contents = [
    { role: "user", parts: [{ text: "Write a file." }] },
    { role: "model", parts: [{ functionCall: { id: "w_0", name: "write_file", args: { file_path: "/w/a.txt" } } }] },
    { role: "user", parts: [result("written")] },
    { role: "user", parts: [result("written")] },
    { role: "model", parts: [{ text: "The file is there." }] },
    { role: "user", parts: [{ text: "Is it?" }] },
  ];
  for (const vendor of vendors.filter(({ api }) => api !== "gemini")) {
    const model = `thinking-${vendor.api}`;
    const answer = await ask(model, contents, {});
    expect(partsOf(answer).length).toBeGreaterThan(0);
    const { turns = [] } = wire.serverOf(vendor).askedFor(model).at(-1) ?? {};
    expect(turns.flatMap((turn) => (turn.role === "tool" ? turn.results : [])).map(({ text }) => text)).toEqual([
      "written",
    ]);
  }
});

const thinks = { includeThoughts: true, thinkingBudget: 2_000 };

async function ask(model: string, contents: Json[], thinkingConfig: Json = thinks): Promise<Json> {
  const response = await fetch(`${wire.address}/v1beta/models/${model}:generateContent`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-goog-api-key": wire.key },
    body: JSON.stringify({
      contents,
      tools: [{ functionDeclarations: [{ name: "write_file", parametersJsonSchema: { type: "object" } }] }],
      generationConfig: { thinkingConfig },
    }),
  });
  const body = (await response.json()) as Json;
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

test("Claude Code joins answers of one id, so vendors' ids that may repeat do not reach it", async () => {
  const ids = await Promise.all(
    [0, 1].map(async () => {
      const response = await fetch(`${wire.address}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": wire.key, "anthropic-version": "2023-06-01" },
        body: JSON.stringify({
          model: "thinking-chat",
          max_tokens: 100,
          messages: [{ role: "user", content: "Say something." }],
        }),
      });
      return string(((await response.json()) as Json)["id"]);
    }),
  );
  expect(ids.every((id) => id.startsWith("msg_"))).toBe(true);
  expect(new Set(ids).size).toBe(2);
});

function partsOf(body: Json): Json[] {
  const [candidate] = body["candidates"] as Json[];
  return object(candidate?.["content"])["parts"] as Json[];
}
