import { expect, test } from "bun:test";
import { encodeForCodex } from "./codex-models.ts";

test("what is known of a model is told in words that every version of Codex knows", () => {
  const known = { id: "a", ownedBy: "x", createdS: 1, contextTokens: 200_000 };
  const [chat, vectors, unknown] = encodeForCodex([
    { ...known, efforts: ["low", "max", "high"], takes: ["text", "image", "pdf"], work: "chat" },
    { ...known, id: "b", work: "embedding" },
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
  expect(vectors).toMatchObject({ slug: "b", visibility: "hide" });
  expect(unknown).toMatchObject({ context_window: null, visibility: "list", supported_reasoning_levels: [] });
  expect(unknown).not.toHaveProperty("input_modalities");
});
