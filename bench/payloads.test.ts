import { expect, test } from "bun:test";
import { payload, requestMarker, type Api, type PayloadName } from "./payloads.ts";

const sizes: [PayloadName, number][] = [
  ["small", 180],
  ["1 KB", 1_000],
  ["16 KB", 16_384],
  ["large", 400_000],
];

test("what is asked for a stream of is in each dialect's body, before the mark of its end", () => {
  for (const api of ["chat", "messages", "responses", "gemini", "dashscope"] satisfies Api[])
    expect(payload("1 KB", "bench", api, { events: 5, everyMs: 2 })).toContain(`paced:5:2:${requestMarker}`);
});

test.each(sizes)("a body of %s has that size for both kinds of client, and the same text", (name, bytes) => {
  const texts = (["chat", "messages"] satisfies Api[]).map((api) => {
    const body = payload(name, "bench", api);
    expect(Math.abs(Buffer.byteLength(body) / bytes - 1)).toBeLessThan(0.1);
    const { messages } = JSON.parse(body) as { messages: { content: string | { text: string }[] }[] };
    return messages.map(({ content }) => (typeof content === "string" ? content : content[0]?.text));
  });
  expect(texts[0]).toEqual(texts[1] ?? []);
  expect(texts[0]?.at(-1)).toEndWith(requestMarker);
});
