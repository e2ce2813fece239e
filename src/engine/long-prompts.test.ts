import { afterAll, beforeAll, expect, test } from "bun:test";
import { chatRequest, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import type { EngineClient } from "./client.ts";

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;
beforeAll(async () => {
  running = await startTestEngine({ measured: false });
  client = running.client();
  await client.count(chatRequest("x"), { signal: never() });
});
afterAll(() => running.close());

const long = "lorem ipsum ".repeat(400_000);
const failure = async (work: Promise<unknown>) => work.catch((error: unknown) => error);

/** How many batches another caller's stream gets until the work ends. */
async function batchesDuring(work: () => Promise<unknown>): Promise<number> {
  const stream = client.complete(completionRequest("x", { maxOutputTokens: 900 }), { signal: never() });
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  let isOver = false;
  let batches = 0;
  const done = work().finally(() => (isOver = true));
  for (;;) {
    const { done: isLast } = await iterator.next();
    if (isOver || isLast) break;
    batches++;
  }
  await iterator.return?.(undefined);
  await done;
  return batches;
}

test("a prompt of megabytes is counted while the streams of others go on", async () => {
  let tokens = 0;
  const batches = await batchesDuring(async () => {
    tokens = await client.count(chatRequest(long), { signal: never() });
  });
  expect(tokens).toBeGreaterThan(1_000_000);
  expect(batches).toBeGreaterThan(20);
});

test("what is far too long is refused when that is clear, with both numbers", async () => {
  const [chat, completion, embedding] = await Promise.all([
    failure(client.chat(chatRequest(long), { signal: never() })[Symbol.asyncIterator]().next()),
    failure(client.complete(completionRequest(long), { signal: never() })[Symbol.asyncIterator]().next()),
    failure(
      client.embed(
        {
          dialect: "openai-chat",
          model: "test",
          inputs: ["a", long],
          dimensions: undefined,
          encoding: "float",
          extensions: {},
        },
        { signal: never() },
      ),
    ),
  ]);
  for (const error of [chat, completion])
    expect(error).toMatchObject({
      code: "context_length_exceeded",
      message: expect.stringMatching(/prompt is too long: at least \d{4,7} tokens > 1023 maximum/) as string,
    });
  expect(embedding).toMatchObject({
    code: "context_length_exceeded",
    param: "input[1]",
    message: expect.stringMatching(/at least \d{4,7} tokens; model test embeds at most 1023/) as string,
  });
});
