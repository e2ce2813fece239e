import { expect, test } from "bun:test";
import { encodeForCodex } from "./codex-models.ts";

test("what is known of a model is told in words that every version of Codex knows", () => {
  const known = { id: "a", ownedBy: "x", createdS: 1, contextTokens: 200_000 };
  const [chat, unknown, ...others] = encodeForCodex([
    { ...known, efforts: ["low", "max", "high"], takes: ["text", "image", "pdf"], work: "chat" },
    { ...known, id: "b", work: "embedding" },
    { ...known, id: "d", work: "chat", tools: false },
    { id: "c", ownedBy: "x", createdS: 1 },
  ]);
  expect(chat).toMatchObject({
    context_window: 200_000,
    visibility: "list",
    supported_reasoning_levels: [
      { effort: "low", description: "low" },
      { effort: "high", description: "high" },
    ],
    input_modalities: ["text", "image"],
  });
  // What can be no agent's is not there.
  expect(others).toEqual([]);
  expect(unknown).toMatchObject({
    slug: "c",
    context_window: null,
    visibility: "list",
    supported_reasoning_levels: [],
  });
  expect(unknown).not.toHaveProperty("input_modalities");
});

test("a list of a thousand models is short enough to be read at each start", () => {
  const models = Array.from({ length: 1_000 }, (_, index) => ({
    id: `provider/model-${index}`,
    ownedBy: "provider",
    createdS: 1,
    contextTokens: 200_000,
    takes: ["text", "image"],
  }));
  const listed = encodeForCodex(models);
  expect(listed).toHaveLength(1_000);
  expect(JSON.stringify(listed).length).toBeLessThan(1_600_000);
  const lengthAt = (index: number) => String(listed[index]?.["base_instructions"]).length;
  expect([lengthAt(0) > 2_000, lengthAt(999) > 300, lengthAt(999) < 700]).toEqual([true, true, true]);
});
