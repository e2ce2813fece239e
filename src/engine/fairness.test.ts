import { afterEach, describe, expect, test } from "bun:test";
import type { SahabError } from "../base/errors.ts";
import type { ChatEvent } from "../call/index.ts";
import { chatRequest, collect, completionRequest, never, startTestEngine, type Collected } from "../testing/engine.ts";
import { eventually } from "../testing/eventually.ts";
import type { EngineClient } from "./index.ts";

type Running = Awaited<ReturnType<typeof startTestEngine>>;
const open: Running[] = [];
async function start(
  options: Parameters<typeof startTestEngine>[0],
): Promise<{ running: Running; client: EngineClient }> {
  // What these tests look at is what happens where nothing is kept.
  const running = await startTestEngine({ patienceMs: 20, promptCacheBytesMax: 0, ...options });
  open.push(running);
  await running.engine.whenReady(15_000);
  return { running, client: running.client() };
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((running) => running.close()));
});

const of = (project: string, { keyId = `key of ${project}`, signal = never(), isBackground = false } = {}) => ({
  signal,
  tenant: { project, keyId, isBackground },
});

const status = (client: EngineClient) => client.status({ signal: never() });
const textsIn = (events: ChatEvent[]) => events.filter(({ type }) => type === "text-delta").length;

describe("many long answers of one project", () => {
  test("hold up a small request of another by few tokens", async () => {
    const { client } = await start({ slots: 4 });
    const abort = new AbortController();
    const schema = { type: "string", minLength: 10_000, maxLength: 10_000 };
    const heavy = chatRequest("Write", {
      choiceCount: 128,
      maxOutputTokens: 1000,
      responseFormat: { type: "json-schema", name: "text", schema },
    });
    let tokens = 0;
    const answers = [1, 2].map(() =>
      collect(client.chat(heavy, of("heavy", { signal: abort.signal })), (events) => {
        tokens += textsIn(events);
      }).catch((error: unknown) => error),
    );
    await eventually("the first tokens", () => tokens > 50);
    const before = tokens;
    const small = await collect(client.chat(chatRequest("Hi", { maxOutputTokens: 5 }), of("small")));
    expect(small.usage?.outputTokens).toBe(5);
    // First come, first served would be 250 answers of 1,000 tokens.
    expect(tokens - before).toBeLessThan(4 * 1000);
    abort.abort();
    await Promise.all(answers);
    await eventually("free slots", async () => (await status(client)).slotsBusy === 0);
  });

  test("share the slots equally with those of another that has come later", async () => {
    const { client } = await start({ slots: 4 });
    const counts: Record<string, number> = {};
    const ask = (project: string, text: string) =>
      collect(client.complete(completionRequest(text, { maxOutputTokens: 400 }), of(project)), (events) => {
        counts[project] = (counts[project] ?? 0) + textsIn(events);
      });
    const first = Promise.all(Array.from({ length: 8 }, (_, i) => ask("first", `first ${i}`)));
    await eventually("the first tokens", () => (counts["first"] ?? 0) > 50);
    const before = counts["first"] ?? 0;
    await Promise.all(Array.from({ length: 4 }, (_, i) => ask("second", `second ${i}`)));
    // As many as the second had: 1,600. First come, first served would be all of the first, 3,150.
    expect((counts["first"] ?? 0) - before).toBeWithin(400, 2_800);
    for (const { reasons } of await first) expect(reasons).toEqual(["length"]);
  });
});

test("what runs in the background gives its slots to a request of its own key, and goes on later", async () => {
  const { client } = await start({ slots: 2 });
  let tokens = 0;
  const ask = (i: number) =>
    collect(
      client.complete(completionRequest(`batch ${i}`, { maxOutputTokens: 600 }), of("one", { isBackground: true })),
      (events) => {
        tokens += textsIn(events);
      },
    );
  const batch = Promise.all([1, 2, 3].map(ask));
  await eventually("the first tokens", () => tokens > 50);
  const before = tokens;
  const live = await collect(client.chat(chatRequest("Hi", { maxOutputTokens: 5 }), of("one")));
  expect(live.usage?.outputTokens).toBe(5);
  // To their end the two that run have 1,150 left.
  expect(tokens - before).toBeLessThan(600);
  for (const { reasons } of await batch) expect(reasons).toEqual(["length"]);
});

test("three projects, and two keys of one, get their shares by count, and nobody starves", async () => {
  const { client } = await start({ slots: 2 });
  const done: string[] = [];
  const ask = async (project: string, keyId: string, i: number) => {
    await collect(client.complete(completionRequest(`${keyId} ${i}`, { maxOutputTokens: 8 }), of(project, { keyId })));
    done.push(keyId);
  };
  const flood = Array.from({ length: 90 }, (_, i) => ask("flood", "flood", i));
  const others = [
    ...Array.from({ length: 20 }, (_, i) => ask("two keys", "busy key", i)),
    ...Array.from({ length: 10 }, (_, i) => ask("two keys", "quiet key", i)),
    ...Array.from({ length: 20 }, (_, i) => ask("third", "third", i)),
  ];
  await Promise.all(others);
  const until = (name: string) => done.slice(0, done.lastIndexOf(name) + 1);
  const count = (name: string, list: string[]) => list.filter((one) => one === name).length;
  // While all three ask, each gets a third; the two keys get half of one each.
  expect(count("flood", until("third"))).toBeWithin(12, 30);
  expect(count("busy key", until("quiet key"))).toBeWithin(6, 15);
  await Promise.all(flood);
});

test("a project with long prompts gets fewer answers than one with short prompts, not as many", async () => {
  const { client } = await start({ slots: 1 });
  const done: string[] = [];
  const ask = async (project: string, text: string, i: number) => {
    await collect(client.complete(completionRequest(`${i} ${text}`, { maxOutputTokens: 4 }), of(project)));
    done.push(project);
  };
  const long = Array.from({ length: 12 }, (_, i) => ask("long", "x".repeat(800), i));
  await Promise.all(Array.from({ length: 24 }, (_, i) => ask("short", "x".repeat(30), i)));
  expect(done.filter((project) => project === "long").length).toBeLessThan(6);
  await Promise.all(long);
});

describe("a long prompt", () => {
  test("lets the streams of others go on between its pieces", async () => {
    const { client } = await start({ slots: 2, batchTokens: 128, patienceMs: 60_000 });
    let tokens = 0;
    const stream = collect(
      client.complete(completionRequest("Stream", { maxOutputTokens: 900 }), of("one")),
      (events) => {
        tokens += textsIn(events);
      },
    );
    await eventually("the first tokens", () => tokens > 5);
    const before = tokens;
    await collect(client.complete(completionRequest("x".repeat(1000), { maxOutputTokens: 1 }), of("other")));
    // It has eight pieces; each shares a batch with a token of the stream.
    expect(tokens - before).toBeGreaterThanOrEqual(7);
    await stream;
  });

  test("yields, too, and is then read to its end", async () => {
    // Pieces of one token, so that reading takes long enough to be met.
    const { client } = await start({ slots: 1, batchTokens: 1 });
    const request = completionRequest("x".repeat(1000), { maxOutputTokens: 5, sampling: { temperature: 0 } });
    const whole = await collect(client.complete(request, of("one")));
    await collect(client.complete(completionRequest("Other", { maxOutputTokens: 1 }), of("third")));
    let isRead = false;
    const reading = collect(client.complete(request, of("one")), () => {
      isRead = true;
    });
    await eventually("a busy slot", async () => (await status(client)).slotsBusy === 1);
    await collect(client.complete(completionRequest("Short", { maxOutputTokens: 1 }), of("other")));
    expect(isRead).toBe(false);
    const answer = await reading;
    expect([answer.texts, answer.usage]).toEqual([whole.texts, whole.usage]);
  });
});

describe("an answer that pauses for another project", () => {
  const variants = {
    greedy: completionRequest("Long", { maxOutputTokens: 800, sampling: { temperature: 0 } }),
    seeded: completionRequest("Long", { maxOutputTokens: 800, sampling: { seed: 5, temperature: 1 } }),
    "seeded, with penalties and probabilities": completionRequest("Long", {
      maxOutputTokens: 400,
      sampling: { seed: 6, temperature: 1, repeatPenalty: 1.1 },
      topLogprobs: 1,
    }),
  };
  const schema = { type: "object", properties: { a: { type: "string", minLength: 500 } }, required: ["a"] };
  const structured = chatRequest("Long", {
    maxOutputTokens: 800,
    sampling: { seed: 3, temperature: 1 },
    responseFormat: { type: "json-schema", name: "o", schema },
  });

  async function pausedAndNot(begin: (client: EngineClient) => ReturnType<EngineClient["chat"]>) {
    // In batches of one token, because llama.cpp's numbers depend on a batch's size in their last digits: what is evaluated again
    // would else be like another run of the same seed, and a long text may then differ.
    const { client } = await start({ slots: 1, batchTokens: 1 });
    const whole = await collect(begin(client));
    // Another state in the slot, so that the answer begins as it did the first time.
    await collect(client.complete(completionRequest("Other", { maxOutputTokens: 1 }), of("third")));
    let tokens = 0;
    const running = collect(begin(client), (events) => {
      tokens += textsIn(events);
    });
    for (let ask = 0; ask < 2; ask++) {
      const target = tokens + 20;
      await eventually("tokens of the long answer", () => tokens > target);
      await collect(client.complete(completionRequest(`Short ${ask}`, { maxOutputTokens: 3 }), of("other")));
    }
    const atLastShort = tokens;
    const answer = await running;
    // The others were served on the only slot before the long answer ended: so it had paused.
    expect(tokens).toBeGreaterThan(atLastShort);
    return { whole, answer };
  }

  const withoutIds = ({ texts, reasons, usage }: Collected) => ({ texts, reasons, usage });

  for (const [name, request] of Object.entries(variants))
    test(`has the same text and usage (${name})`, async () => {
      const { whole, answer } = await pausedAndNot((client) => client.complete(request, of("long")));
      expect(withoutIds(answer)).toEqual(withoutIds(whole));
    });

  test("has the same text and usage (with a schema)", async () => {
    const { whole, answer } = await pausedAndNot((client) => client.chat(structured, of("long")));
    expect(withoutIds(answer)).toEqual(withoutIds(whole));
  });

  const long = completionRequest("Long", { maxOutputTokens: 900 });

  async function pauseOne(signal = never()) {
    const { running, client } = await start({ slots: 1 });
    let tokens = 0;
    const answer = collect(client.complete(long, of("long", { signal })), (events) => {
      tokens += textsIn(events);
    });
    await eventually("the first tokens", () => tokens > 20);
    let isServed = false;
    const other = collect(client.complete(completionRequest("Other", { maxOutputTokens: 900 }), of("other")), () => {
      isServed = true;
    }).catch((error: unknown) => error as SahabError);
    // It has the only slot now.
    await eventually("an answer to the other", () => isServed);
    return { running, client, answer, other, tokens: () => tokens };
  }

  test("ends with its exact counts when its caller leaves meanwhile", async () => {
    const abort = new AbortController();
    const { client, answer, other, tokens } = await pauseOne(abort.signal);
    abort.abort();
    const { usage } = await answer;
    expect(usage?.outputTokens).toBeWithin(tokens(), tokens() + 2);
    expect(usage?.inputTokens).toBeGreaterThan(3);
    expect(await other).toMatchObject({ reasons: ["length"] });
    expect(await status(client)).toMatchObject({ queueLength: 0 });
  });

  test("goes on to its end while the engine drains", async () => {
    const { running, answer, other } = await pauseOne();
    const stopped = running.engine.stop({ graceMs: 20_000 });
    expect(await answer).toMatchObject({ reasons: ["length"], usage: { outputTokens: 900 } });
    expect(await other).toMatchObject({ reasons: ["length"] });
    await stopped;
  });

  test("ends with an error when the engine crashes", async () => {
    const { running, answer } = await pauseOne();
    process.kill((await running.engine.status()).pid ?? 0, "SIGKILL");
    const { events, reasons } = await answer;
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "engine_crashed" } });
    expect(reasons).toEqual([]);
  });

  test("does not yield to another request of its own key", async () => {
    const { client } = await start({ slots: 1 });
    let isOver = false;
    const answer = collect(client.complete(long, of("one"))).finally(() => (isOver = true));
    await eventually("a busy slot", async () => (await status(client)).slotsBusy === 1);
    await collect(client.complete(completionRequest("Second", { maxOutputTokens: 1 }), of("one")));
    expect(isOver).toBe(true);
    await answer;
  });
});

test("places in the queue are shared, and a refusal says whose share is full", async () => {
  const { running, client } = await start({ slots: 1, queueMax: 16, patienceMs: 60_000 });
  const abort = new AbortController();
  const ask = (project: string, keyId: string) =>
    collect(
      client.complete(
        completionRequest("Queue", { maxOutputTokens: 900 }),
        of(project, { keyId, signal: abort.signal }),
      ),
    ).catch((error: unknown) => error as SahabError);
  const flood = Array.from({ length: 30 }, () => ask("flood", "one"));
  await eventually("a long queue", async () => (await status(client)).queueLength > 8);
  const [refused] = await Promise.race([Promise.all(flood.slice(-1)), Bun.sleep(5_000).then(() => [])]);
  expect(refused).toMatchObject({
    code: "overloaded",
    message: expect.stringMatching(
      /^Model test has \d+ requests waiting, \d+ of them from this project, whose share is full; at most 16 are allowed$/,
    ) as string,
  });
  const others = ask("other", "two");
  await Bun.sleep(50);
  expect((await status(client)).queueLength).toBeGreaterThan(9);
  const logged = running.lines.filter((line) => line.includes("queue_full_project"));
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain('"project":"flood"');
  abort.abort();
  await Promise.all([...flood, others]);
});

test("one slot is left for others who have lately asked, and nobody else keeps it", async () => {
  const { client } = await start({ slots: 3, patienceMs: 60_000 });
  const abort = new AbortController();
  const long = (project: string) =>
    collect(
      client.complete(completionRequest("Long", { maxOutputTokens: 1000 }), of(project, { signal: abort.signal })),
    );
  await collect(client.complete(completionRequest("Hi", { maxOutputTokens: 1 }), of("small")));
  const answers = Array.from({ length: 8 }, () => long("greedy"));
  await eventually("two answers that run and six that wait", async () => {
    const { slotsBusy, queueLength } = await status(client);
    return slotsBusy === 2 && queueLength === 6;
  });
  const small = await collect(client.complete(completionRequest("Hi again", { maxOutputTokens: 3 }), of("small")));
  expect(small.usage?.outputTokens).toBe(3);
  abort.abort();
  await Promise.all(answers);
});

describe("embeddings", () => {
  test("of several projects take turns by input", async () => {
    const { client } = await start({ slots: 1 });
    const request = (inputs: string[]) => ({
      dialect: "openai-chat" as const,
      model: "test",
      inputs,
      dimensions: undefined,
      encoding: "float" as const,
      extensions: {},
    });
    const done: string[] = [];
    const embed = async (project: string, inputs: number) => {
      await client.embed(request(Array.from({ length: inputs }, (_, i) => `${"y".repeat(200)} ${i}`)), of(project));
      done.push(project);
    };
    const flood = Array.from({ length: 16 }, () => embed("flood", 10));
    await embed("small", 10);
    // Every second input was its own; if all requests took turns alike, those that came first would end first.
    expect(done).toEqual(["small"]);
    await Promise.all(flood);
  });
});

test("a project that has many long texts counted holds up another's by one at a time", async () => {
  const { client } = await start({ slots: 1 });
  const done: string[] = [];
  const count = async (project: string) => {
    await client.count(chatRequest("lorem ipsum ".repeat(20_000)), of(project));
    done.push(project);
  };
  const flood = Array.from({ length: 30 }, () => count("flood"));
  await Promise.all([...flood, count("other")]);
  // First come, first served would make it the last. It is not the second, since the process counts while texts still arrive.
  expect(done.indexOf("other")).toBeLessThan(20);
});
