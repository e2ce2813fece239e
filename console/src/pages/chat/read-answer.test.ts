import { expect, test } from "bun:test";
import { readAnswer, type AnswerDelta } from "./read-answer.ts";

/** The bytes in pieces of so many, as a network may cut them: also within a character. */
async function read(text: string, pieceBytes: number): Promise<AnswerDelta[]> {
  const bytes = new TextEncoder().encode(text);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += pieceBytes) controller.enqueue(bytes.slice(at, at + pieceBytes));
      controller.close();
    },
  });
  return Array.fromAsync(readAnswer(stream));
}

const chunk = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields: object, finish_reason: string | null = null) =>
  chunk({ choices: [{ delta: fields, finish_reason }] });

test("text, reasoning, usage and the end come out, however the bytes are cut", async () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 5,
    cost: "0.00012",
    cost_currency: "USD",
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 2 },
  };
  const text =
    ": comment\r\n\r\n" +
    delta({ role: "assistant", reasoning_content: "想" }) +
    delta({ content: "سحاب 云" }) +
    delta({}, "stop") +
    chunk({ choices: [], usage }) +
    "data: [DONE]\n\ndata: after\n\n";
  for (const pieceBytes of [1, 7, 10_000])
    expect(await read(text, pieceBytes)).toEqual([
      { reasoning: "想" },
      { text: "سحاب 云" },
      { finish: "stop" },
      {
        usage: {
          input_tokens: 10,
          cached_input_tokens: 4,
          output_tokens: 5,
          reasoning_tokens: 2,
          cost: "0.00012",
          currency: "USD",
        },
      },
    ]);
});

test("an error in the stream is told, and what is no event is passed over", async () => {
  const error = chunk({ error: { code: "stream_interrupted", message: "The provider closed" } });
  expect(await read(`data: {broken\n\nevent: x\n\n${delta({ content: "a" })}${error}`, 5)).toEqual([
    { text: "a" },
    { error: { code: "stream_interrupted", message: "The provider closed" } },
  ]);
  expect(await read(`${delta({ content: "cut" })}data: {"choi`, 3)).toEqual([{ text: "cut" }]);
});
