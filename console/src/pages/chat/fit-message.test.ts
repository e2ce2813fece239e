import { expect, test } from "bun:test";
import { bareMessage, fitMessage, textCharsMax } from "./fit-message.ts";
import { makeMessage } from "./message.ts";

const image = { type: "image" as const, url: "data:image/png;base64,AAAA" };

test("what is longer than the server takes is cut, and never within a character", () => {
  const text = `${"x".repeat(textCharsMax - 1)}😀`;
  const message = makeMessage({ parent: null, role: "assistant", status: "streaming" });
  const fitted = fitMessage({
    ...message,
    content: [image, { type: "text", text }],
    reasoning: `${text} more`,
    error: { code: "c".repeat(200), message: "m".repeat(5_000) },
    finish: "f".repeat(200),
  });
  const cut = "x".repeat(textCharsMax - 1);
  expect(fitted.content).toEqual([image, { type: "text", text: cut }]);
  expect(fitted.reasoning).toBe(cut);
  expect([fitted.error?.code.length, fitted.error?.message.length]).toEqual([100, 4_000]);
  expect(fitted.finish).toHaveLength(100);
  expect(fitted.status).toBe("stopped");
  expect(fitMessage({ ...message, content: [{ type: "text", text: "short" }] }).content).toEqual([
    { type: "text", text: "short" },
  ]);
});

test("a bare message has its words, and its place", () => {
  const message = makeMessage({
    parent: "m",
    role: "user",
    status: "complete",
    content: [image, { type: "text", text: "a" }],
  });
  expect(bareMessage({ ...message, error: { code: "\u202e", message: "" } })).toEqual({
    ...message,
    content: [{ type: "text", text: "a" }],
  });
});
