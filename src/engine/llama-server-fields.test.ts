import { afterAll, beforeAll, expect, test } from "bun:test";
import { chatRequest, collect, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import { randomTokenizer } from "../testing/gguf/random-tokenizer.ts";
import type { EngineClient } from "./index.ts";

// Fields of llama-server, through the engine. Tokens of the model below 256 are bytes.

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;

beforeAll(async () => {
  running = await startTestEngine();
  client = running.client();
  await running.engine.whenReady(15_000);
});
afterAll(() => running.close());

const chat = (text: string, extensions: Record<string, unknown>, more: Parameters<typeof chatRequest>[1] = {}) =>
  collect(client.chat(chatRequest(text, { ...more, extensions }), { signal: never() }));
const complete = (
  text: string,
  extensions: Record<string, unknown>,
  more: Parameters<typeof completionRequest>[1] = {},
) => collect(client.complete(completionRequest(text, { ...more, extensions }), { signal: never() }));
const failure = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  );

test("grammar: the answer follows it, in chats and completions", async () => {
  const grammar = 'root ::= "yes, " [0-9]{3} | "no"';
  for (const ask of [chat, complete]) {
    const answer = await ask("Grammar", { grammar });
    expect(answer.texts[0]).toMatch(/^(yes, \d{3}|no)$/);
    expect(answer.reasons).toEqual(["stop"]);
  }
});

test("grammar: a bad one is refused with what is wrong, and no other may be asked for beside it", async () => {
  expect(await failure(chat("Bad", { grammar: "root ::= [0-9" }))).toMatchObject({
    code: "invalid_request",
    param: "grammar",
    message: "grammar: line 1, column 14: a set of letters does not end",
  });
  const responseFormat = { type: "json-object" } as const;
  expect(await failure(chat("Two", { grammar: 'root ::= "a"' }, { responseFormat }))).toMatchObject({
    code: "invalid_request",
    param: "grammar",
  });
  expect(await failure(chat("End", { ignore_eos: true }, { responseFormat }))).toMatchObject({ param: "ignore_eos" });
});

test("grammar: biases that forbid all that it allows are told", async () => {
  const letters = ["a", "b", "c"].map((letter) => [letter, false]);
  expect(await failure(complete("None", { grammar: 'root ::= "abc"', logit_bias: letters }))).toMatchObject({
    code: "invalid_request",
    param: "logit_bias",
  });
  // The slots are as good as before.
  for (let i = 0; i < 5; i++) expect((await complete("None", { grammar: 'root ::= "abc"' })).texts).toEqual(["abc"]);
});

test("ignore_eos: the answer ends by its length only; without it a bias can end it", async () => {
  const end = randomTokenizer("").metadata["tokenizer.ggml.eos_token_id"];
  const logit_bias = { [end?.type === "uint32" ? String(end.value) : ""]: 100 };
  const ended = await complete("End", { logit_bias });
  expect(ended).toMatchObject({ reasons: ["stop"], usage: { outputTokens: 1 } });
  const answer = await complete("End", { logit_bias, ignore_eos: true });
  expect(answer).toMatchObject({ reasons: ["length"], usage: { outputTokens: 20 } });
});

test("logit_bias: llama-server's pairs forbid and ask for the tokens of a text", async () => {
  const answer = await complete("Bias", { logit_bias: [["z", 100]] });
  expect(answer.texts[0]).toBe("z".repeat(20));
  const never = await complete("Bias", {
    logit_bias: [
      ["z", 100],
      ["y", 90],
      ["z", false],
    ],
  });
  expect(never.texts[0]).toBe("y".repeat(20));
});

test("repeat_last_n: so many tokens are penalised, by all penalties, and the prompt's among them", async () => {
  // z is by far the most likely; where it is penalised, it is y.
  const logit_bias = { "122": 100, "121": 98 };
  const penalties = { seed: 1, temperature: 0, presencePenalty: 2, frequencyPenalty: 2 };
  const ask = (extensions: Record<string, unknown>) =>
    complete("zzzzzz", { logit_bias, ...extensions }, { sampling: penalties, maxOutputTokens: 4 });
  expect((await ask({ repeat_last_n: 0 })).texts[0]).toBe("zzzz");
  expect((await ask({})).texts[0]?.[0]).toBe("z");
  expect((await ask({ repeat_last_n: 6 })).texts[0]?.[0]).toBe("y");
  expect((await ask({ repeat_last_n: -1 })).texts[0]?.[0]).toBe("y");
});

test("dry_multiplier: what has been said is not said again at length", async () => {
  const logit_bias = { "122": 100, "121": 95 };
  const ask = (extensions: Record<string, unknown>) =>
    complete("DRY", { logit_bias, ...extensions }, { sampling: { temperature: 0 }, maxOutputTokens: 12 });
  expect((await ask({})).texts[0]).toBe("z".repeat(12));
  const dry = await ask({ dry_multiplier: 5, dry_allowed_length: 2 });
  expect(dry.texts[0]).toContain("y");
  expect((await ask({ dry_multiplier: 5, dry_penalty_last_n: 0 })).texts[0]).toBe("z".repeat(12));
  expect((await ask({ dry_multiplier: 5, dry_sequence_breakers: ["z"] })).texts[0]).toBe("z".repeat(12));
});

test("xtc_probability: the most likely of several likely tokens is left out", async () => {
  const logit_bias = { "122": 90, "121": 90 };
  const ask = async (extensions: Record<string, unknown>) => {
    const sampling = { temperature: 0 };
    return (await complete("XTC", { logit_bias, ...extensions }, { sampling, maxOutputTokens: 1 })).texts[0] ?? "";
  };
  const likeliest = await ask({});
  const other = likeliest === "z" ? "y" : "z";
  expect(await ask({ xtc_probability: 1, xtc_threshold: 0.01 })).toBe(other);
  // Where only one is likely enough, it stays.
  expect(await ask({ xtc_probability: 1, xtc_threshold: 0.51 })).toBe(likeliest);
});

test("cache_prompt: false uses nothing that is kept", async () => {
  const prompt = "The same beginning of a prompt";
  await complete(prompt, {});
  const again = await complete(prompt, {});
  expect(again.usage?.cachedInputTokens).toBeGreaterThan(10);
  const fresh = await complete(prompt, { cache_prompt: false });
  expect(fresh.usage).toMatchObject({ cachedInputTokens: 0, inputTokens: again.usage?.inputTokens });
  expect(fresh.texts).toEqual(again.texts);
});

test("n_probs: the answer has the likeliest tokens", async () => {
  const answer = await complete("Probs", { n_probs: 2 });
  const logprobs = answer.events.flatMap((event) => (event.type === "text-delta" ? (event.logprobs ?? []) : []));
  expect(logprobs.length).toBe(20);
  expect(logprobs[0]?.top).toHaveLength(2);
});

test("in another dialect the same names mean nothing", async () => {
  const answer = await collect(
    client.chat(chatRequest("Other", { dialect: "gemini", extensions: { grammar: "x", ignore_eos: "x" } }), {
      signal: never(),
    }),
  );
  expect(answer.texts[0]).not.toBe("");
});
