import { afterAll, beforeAll, expect, test } from "bun:test";
import { chatRequest, collect, completionRequest, nanoFile, never, startTestEngine } from "../testing/engine.ts";
import type { EngineClient } from "./index.ts";

// What one project has asked must not show in what another gets: a prefix that is reused shows in the count of cached tokens,
// in the cost, and in the last digits of probabilities.

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;
beforeAll(async () => {
  running = await startTestEngine({ file: nanoFile });
  client = running.client();
  await running.engine.whenReady(15_000);
});
afterAll(() => running.close());

const promptOf = (pin: string) =>
  `Notes of the caretaker. The safe stands behind the painting in the hall. Its code is ${pin}.`;
const pins = ["4711", "8342", "1096", "5527", "7010"];

const ask = (project: string, pin: string, signal = never()) =>
  client.complete(
    completionRequest(promptOf(pin), { maxOutputTokens: 4, topLogprobs: 3, sampling: { temperature: 0 } }),
    { signal, tenant: { project, keyId: `key of ${project}` } },
  );

/** All that a caller can see of an answer, but for its ids and times. */
async function outcome(project: string, pin: string) {
  const { events, usage } = await collect(ask(project, pin));
  return { usage, seen: JSON.stringify(events.filter(({ type }) => type !== "start")) };
}

/** Asks with a secret, whole or left after the first token, and then with a guess. */
async function guessAfter(trial: { owner: string; other: string; secret: string; guess: string; isLeft: boolean }) {
  const abort = new AbortController();
  await collect(ask(trial.owner, trial.secret, abort.signal), () => {
    if (trial.isLeft) abort.abort();
  });
  return await outcome(trial.other, trial.guess);
}

function* trials() {
  for (let round = 0; round < 2; round++)
    for (const secret of pins) for (const guess of pins) yield { secret, guess, isLeft: round === 1 };
}

test("a right guess of another project's prompt looks like a wrong one", async () => {
  const seen = new Map(pins.map((pin) => [pin, new Set<string>()]));
  let trial = 0;
  for (const one of trials()) {
    trial++;
    const { usage, seen: outcome } = await guessAfter({ ...one, owner: `a${trial}`, other: `b${trial}` });
    expect(usage?.cachedInputTokens).toBe(0);
    seen.get(one.guess)?.add(outcome);
  }
  for (const outcomes of seen.values()) expect(outcomes.size).toBe(1);
});

test("the same is true of a project that asks again and again", async () => {
  const worlds = await Promise.all(
    [pins[0], pins[3]].map(async (secret = "", world) => {
      const cached: (number | undefined)[] = [];
      for (const guess of [...pins, ...pins]) {
        const trial = { owner: `owner ${world}`, other: `guesser ${world}`, secret, guess, isLeft: false };
        cached.push((await guessAfter(trial)).usage?.cachedInputTokens);
      }
      return cached;
    }),
  );
  expect(worlds[1]).toEqual(worlds[0] ?? []);
});

test("within a project a right guess is told from a wrong one: prefixes are reused there", async () => {
  const cached = { right: new Set<number | undefined>(), wrong: new Set<number | undefined>() };
  let trial = 0;
  for (const one of trials()) {
    // The slot of one that was left may still be in use when the guess comes, which then gets an empty one, right or wrong.
    if (one.isLeft) continue;
    const project = `c${++trial}`;
    const { usage } = await guessAfter({ ...one, owner: project, other: project });
    cached[one.guess === one.secret ? "right" : "wrong"].add(usage?.cachedInputTokens);
  }
  expect(Math.min(...[...cached.right].map(Number))).toBeGreaterThan(Math.max(...[...cached.wrong].map(Number)));
});

test("the keys of a project share its prefixes", async () => {
  const request = chatRequest("What is the capital of Oman?", { maxOutputTokens: 2 });
  const of = (project: string, keyId: string) =>
    collect(client.chat(request, { signal: never(), tenant: { project, keyId } }));
  await of("shared", "first");
  const [other, own] = [await of("not shared", "second"), await of("shared", "second")];
  expect(other.usage?.cachedInputTokens).toBe(0);
  expect(own.usage?.cachedInputTokens).toBe((own.usage?.inputTokens ?? 0) - 1);
});

test("another project takes an empty slot before it takes one whose state may be used again", async () => {
  const engine = await startTestEngine({ slots: 3 });
  const of = async (project: string, text: string) =>
    (
      await collect(
        engine.client().complete(completionRequest(text, { maxOutputTokens: 2 }), {
          signal: never(),
          tenant: { project, keyId: "k" },
        }),
      )
    ).usage?.cachedInputTokens;
  await of("one", "A story of one");
  await of("two", "A story of two");
  await of("three", "A story of three");
  // The slot that was used longest ago goes first, and its owner begins anew.
  await of("four", "A story of four");
  expect(await of("two", "A story of two")).toBeGreaterThan(5);
  expect(await of("three", "A story of three")).toBeGreaterThan(5);
  expect(await of("one", "A story of one")).toBe(0);
  await engine.close();
});

test("embeddings and token counts are the same whoever asked before", async () => {
  const request = {
    dialect: "openai-chat",
    model: "test",
    inputs: [promptOf("4711")],
    dimensions: undefined,
    encoding: "float" as const,
    extensions: {},
  };
  const of = (project: string) => ({ signal: never(), tenant: { project, keyId: "k" } });
  const first = await client.embed(request, of("a"));
  await client.embed({ ...request, inputs: [promptOf("8342")] }, of("a"));
  expect(await client.embed(request, of("b"))).toEqual(first);
  const chat = chatRequest(promptOf("4711"));
  expect(await client.count(chat, of("b"))).toBe(await client.count(chat, of("a")));
});
