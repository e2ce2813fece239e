import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { APIError, toFile } from "openai";
import { formatNano } from "../base/money.ts";
import type { ModelEntry, Target } from "../config/index.ts";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { parseCharge, parsePrices } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakePassedVendor } from "../testing/fake-passed-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { gptImageUsage, models, oddSound, picture, secret, sound, statuses, tokens } from "../testing/passed-models.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";

// Images, sounds and moderations through the gateway: OpenAI's own SDK on one side, a vendor over real HTTP on the other.

let vendor: ReturnType<typeof startFakePassedVendor>;
let gateway: GatewayInProcess;
let client: OpenAI;
/** Its target is made by a test. */
const raw: { name: string; targets: Target[] } = { name: "raw", targets: [] };

beforeAll(async () => {
  vendor = startFakePassedVendor(
    Object.fromEntries(Object.entries(models).map(([name, { script }]) => [`vendor-${name}`, script])),
  );
  const dialects = [openaiChat, anthropicMessages];
  const target = (name: string, priority = 0) => {
    const { price, vendor: kind = "openai" } = models[name] ?? { price: tokens };
    const provider = new Provider({ name: kind, vendor: kind, base_url: vendor.url, api_key: secret }, dialects);
    const upstream = new ProviderTarget(provider, `vendor-${name}`);
    return { provider: kind, model: `vendor-${name}`, priority, weight: 1, prices: parsePrices(price), upstream };
  };
  const entries = Object.keys(models).map((name): [string, ModelEntry] => [name, { name, targets: [target(name)] }]);
  const several = {
    name: "several",
    targets: [target("claude", 0), target("failing", 1), target("gpt-transcribe", 2)],
  };
  const charge = parseCharge({ currency: "USD", input: 0, output: 0, fees: { web_search: 0.01 } });
  const uncharged = { name: "uncharged", targets: [{ ...target("dall-e"), charge }] };
  gateway = await startGateway(dialects, {
    models: new Map([...entries, ["several", several], ["raw", raw], ["uncharged", uncharged]]),
    projects: new Map(),
  });
  client = new OpenAI({ baseURL: `${gateway.address}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway?.close();
  await vendor?.stop();
});

const audio = async (bytes: Uint8Array = sound) => toFile(bytes, "speech.mp3", { type: "audio/mpeg" });
const record = async () => {
  const last = (await gateway.records()).at(-1);
  if (!last) throw new Error("there is no record");
  const { operation, outcome, status, inputTokens, outputTokens, estimated } = last;
  return { operation, outcome, status, tokens: [inputTokens, outputTokens], estimated, cost: formatNano(last.cost) };
};
const failure = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof APIError)) throw new Error(`expected an error of the API, found ${String(error)}`);
  return error;
};

describe("images", () => {
  test("are generated, priced by the vendor's count of tokens by kind", async () => {
    const answer = await client.images.generate({
      model: "gpt-image",
      prompt: "a cat",
      background: "transparent",
      n: 1,
    });
    expect(answer.data?.[0]?.b64_json).toBe(picture);
    expect(answer.usage).toMatchObject({ ...gptImageUsage, cost: "0.04055", cost_currency: "USD" });
    expect(vendor.last()).toMatchObject({
      path: "/v1/images/generations",
      fields: { model: "vendor-gpt-image", prompt: "a cat", background: "transparent", n: 1 },
    });
    // 10 × 5 + 50 × 10 + 1000 × 40 millionths.
    expect(await record()).toEqual({
      operation: "image-generation",
      outcome: "ok",
      status: 200,
      tokens: [60, 1000],
      estimated: false,
      cost: "0.04055",
    });
  });

  test("are counted by Sahab where the vendor does not, and priced by the piece", async () => {
    await client.images.generate({ model: "dall-e", prompt: "a cat", n: 2 });
    expect(await record()).toMatchObject({ estimated: false, cost: "0.08" });
    await client.images.generate({ model: "ark", prompt: "a cat", n: 2 });
    expect(await record()).toMatchObject({ estimated: false, cost: "0.2" });
  });

  test.each([
    [{}, "0.04"],
    [{ quality: "hd" }, "0.08"],
    [{ quality: "standard", size: "1024x1792" }, "0.09"],
    [{ quality: "hd", size: "1024x1792" }, "0.12"],
  ] as const)("of quality and size %j cost %s", async (kind, cost) => {
    await client.images.generate({ model: "by-kind", prompt: "a cat", ...kind });
    expect(await record()).toMatchObject({ estimated: false, cost });
  });

  test("in a large request go the way of large bodies", async () => {
    const image_url = `data:image/png;base64,${"A".repeat(2 * 1024 * 1024)}`;
    const body = { model: "gpt-image", prompt: "a cat", images: [{ image_url }] };
    const answer = (await client.post("/images/edits", { body })) as { usage: object };
    expect(answer.usage).toMatchObject({ cost: "0.04055" });
    expect(vendor.last().fields).toEqual({ ...body, model: "vendor-gpt-image" });
    const input = "ü".repeat(1024 * 1024);
    const spoken = await client.audio.speech.create({ model: "tts", voice: "alloy", input });
    expect(Buffer.from(await spoken.arrayBuffer()).equals(sound)).toBe(true);
    expect(await record()).toMatchObject({ estimated: false, cost: "15.72864" });
  });

  test("that nobody counts, with a price of tokens, are estimated and marked so", async () => {
    await client.images.generate({ model: "unknown-image", prompt: "a cat" });
    const { estimated, tokens } = await record();
    expect([estimated, tokens[1]]).toEqual([true, 1056]);
  });

  test("are edited from several files and varied, their bytes unchanged", async () => {
    const files = [Buffer.from([1, 2, 3]), Buffer.from("\r\n--no boundary\r\n")];
    const image = await Promise.all(files.map((bytes, at) => toFile(bytes, `${at}.png`, { type: "image/png" })));
    await client.images.edit({ model: "gpt-image", image, prompt: "ein Löwe", n: 1 });
    const call = vendor.last();
    expect([call.path, call.fields["model"], call.fields["prompt"]]).toEqual([
      "/v1/images/edits",
      "vendor-gpt-image",
      "ein Löwe",
    ]);
    expect(call.files.map(({ bytes }) => bytes)).toEqual(files);
    expect((await record()).operation).toBe("image-edit");
    await client.images.createVariation({ model: "dall-e", image: await toFile(sound, "a.png") });
    expect(vendor.last().files[0]?.bytes.equals(sound)).toBe(true);
    expect(await record()).toMatchObject({ operation: "image-variation", cost: "0.08" });
  });

  test("come as a stream", async () => {
    const stream = await client.images.generate({
      model: "image-stream",
      prompt: "a cat",
      stream: true,
      partial_images: 1,
    });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(["image_generation.partial_image", "image_generation.completed"]);
    expect(await record()).toMatchObject({ tokens: [60, 1000], estimated: false, cost: "0.04055" });
  });

  test("whose stream is cut are no whole ones", async () => {
    const stream = await client.images.generate({ model: "image-cut", prompt: "a cat", stream: true });
    const reading = (async () => {
      for await (const _ of stream);
    })();
    expect((await failure(reading)).message).toContain("ended before its answer was complete");
    expect(await record()).toMatchObject({ outcome: "stream_interrupted", estimated: true });
  });
});

describe("transcripts", () => {
  test("are priced by tokens of sound and text", async () => {
    const answer = await client.audio.transcriptions.create({ model: "gpt-transcribe", file: await audio() });
    expect(answer.text).toBe("Hello");
    expect(vendor.last().files[0]).toMatchObject({ name: "file", fileName: "speech.mp3" });
    expect(vendor.last().files[0]?.bytes.equals(sound)).toBe(true);
    // 20 × 6 + 10 × 5 + 8 × 40 millionths.
    expect(await record()).toEqual({
      operation: "transcription",
      outcome: "ok",
      status: 200,
      tokens: [30, 8],
      estimated: false,
      cost: "0.00049",
    });
  });

  test("are priced by the time, exactly, whatever the price is for", async () => {
    await client.audio.transcriptions.create({ model: "whisper", file: await audio() });
    expect(await record()).toMatchObject({ estimated: false, cost: "0.0009" });
    await client.audio.translations.create({ model: "verbose", file: await audio(), response_format: "verbose_json" });
    expect(await record()).toMatchObject({ operation: "translation", estimated: false, cost: "0.0002775" });
  });

  test("pass as texts, whatever they begin with, their time estimated", async () => {
    const srt = await client.audio.transcriptions.create({ model: "srt", file: await audio(), response_format: "srt" });
    expect(srt).toBe("1\n00:00:00,000 --> 00:01:02,500\nHi\n");
    expect(await record()).toMatchObject({ estimated: true, cost: "0.063" });
    const plain = await client.audio.transcriptions.create({
      model: "text",
      file: await audio(),
      response_format: "text",
    });
    expect(plain).toBe('<{"Hi' as never);
    expect(await record()).toMatchObject({ estimated: true, cost: "0.001" });
  });

  test("of a WAV that nobody counts are estimated by its own rate", async () => {
    const wav = Buffer.alloc(44 + 32_000 * 3 - 44);
    wav.write("RIFF....WAVEfmt ", "latin1");
    wav.writeUInt32LE(32_000, 28);
    await client.audio.transcriptions.create({ model: "text", file: await audio(wav), response_format: "text" });
    expect(await record()).toMatchObject({ estimated: true, cost: "0.003" });
  });

  test("come as a stream, and one that is cut ends with an error", async () => {
    const ask = async (model: string) => {
      const stream = await client.audio.transcriptions.create({ model, file: await audio(), stream: true });
      let text = "";
      for await (const event of stream) if (event.type === "transcript.text.delta") text += event.delta;
      return text;
    };
    expect(await ask("transcript-stream")).toBe("Hello you there");
    expect(vendor.last().fields["stream"]).toBe("true");
    expect(await record()).toMatchObject({ tokens: [30, 8], estimated: false, cost: "0.00049" });
    expect((await failure(ask("transcript-cut"))).message).toContain("ended before its answer was complete");
    expect(await record()).toMatchObject({ outcome: "stream_interrupted", estimated: true });
  });
});

test("what was counted by the piece is in the record and in its attempts", async () => {
  const last = async (asked: Promise<unknown>) => {
    await asked;
    const { images, seconds, characters, searches, attempts } = (await gateway.records()).at(-1) ?? {};
    const pieces = { images, seconds, characters, searches };
    expect(attempts?.at(-1)).toMatchObject(pieces);
    return Object.values(pieces);
  };
  const file = await audio();
  const hd = { model: "by-kind", prompt: "a cat", quality: "hd" } as const;
  expect(await last(client.images.generate({ model: "dall-e", prompt: "a cat", n: 2 }))).toEqual([2, 0, 0, 0]);
  expect(await last(client.images.generate(hd))).toEqual([1, 0, 0, 0]);
  expect(await last(client.audio.transcriptions.create({ model: "whisper", file }))).toEqual([0, 9, 0, 0]);
  const speech = { model: "tts", voice: "alloy", input: "Grüße 👋" } as const;
  const spoken = client.audio.speech.create(speech).then((sound) => sound.arrayBuffer());
  expect(await last(spoken)).toEqual([0, 0, 7, 0]);
});

describe("vLLM's streamed transcripts", () => {
  /** Its chunks are those of a chat, which the SDK hands on as they are. */
  const ask = async (
    model: string,
    operation: "transcriptions" | "translations" = "transcriptions",
    more: Record<string, string> = { stream_include_usage: "true" },
  ) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ model, stream: "true", ...more })) form.set(name, value);
    form.set("file", new Blob([sound]), "speech.mp3");
    const headers = { authorization: `Bearer ${gateway.key}` };
    const response = await fetch(`${gateway.address}/v1/audio/${operation}`, { method: "POST", headers, body: form });
    return response.text();
  };
  const sent = () => vendor.last().fields;

  test("pass as they came, and are counted by their usage", async () => {
    const text = await ask("vllm-stream");
    const found = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content).join("");
    expect([found, text.endsWith("data: [DONE]\n\n")]).toEqual(["Hello you there!", true]);
    expect(sent()).toMatchObject({ model: "vendor-vllm-stream", stream_include_usage: "true" });
    expect(await record()).toMatchObject({ outcome: "ok", tokens: [30, 8], estimated: false, cost: "0.00047" });
    await ask("vllm-stream", "translations");
    expect(await record()).toMatchObject({ operation: "translation", outcome: "ok", tokens: [30, 8] });
  });

  test("are counted, too, where the client does not ask for it, and the count stays with Sahab", async () => {
    const text = await ask("vllm-stream", "transcriptions", {});
    expect(sent()).toMatchObject({ model: "vendor-vllm-stream", stream: "true", stream_include_usage: "true" });
    expect(vendor.last().files.map(({ bytes }) => bytes.equals(sound))).toEqual([true]);
    expect([text.includes("there"), text.includes("usage"), text.includes("[DONE]")]).toEqual([true, false, true]);
    expect(await record()).toMatchObject({ tokens: [30, 8], estimated: false, cost: "0.00047" });
    // Who refuses it is asked for none, and so is who does not know it.
    await ask("vllm-stream", "transcriptions", { stream_include_usage: "false" });
    expect(sent()).toMatchObject({ stream_include_usage: "false" });
    await ask("transcript-stream", "transcriptions", {});
    expect(sent()).not.toHaveProperty("stream_include_usage");
    expect(await record()).toMatchObject({ tokens: [30, 8], estimated: false });
  });

  test("without a count are estimated", async () => {
    await ask("vllm-uncounted");
    expect(await record()).toMatchObject({ outcome: "ok", estimated: true, cost: "0.001" });
  });

  test.each([
    ["cut between two half minutes", "vllm-cut", "stream_interrupted"],
    ["broken off", "vllm-aborted", "stream_interrupted"],
    ["ended by an error", "vllm-error", "upstream_rejected"],
  ])("that are %s never pass for whole", async (_, model, outcome) => {
    const text = await ask(model);
    expect([text.includes("Hel"), text.includes('"error"'), text.includes("[DONE]")]).toEqual([true, true, false]);
    expect(await record()).toMatchObject({ outcome, estimated: true });
  });
});

describe("speech", () => {
  const say = (model: string, extra: object = {}) =>
    client.audio.speech.create({ model, voice: "alloy", input: "Grüße 👋", ...extra });

  test("passes as it comes, priced by characters", async () => {
    const answer = await say("tts", { speed: 1.5 });
    expect(answer.headers.get("content-type")).toBe("audio/mpeg");
    expect(Buffer.from(await answer.arrayBuffer()).equals(sound)).toBe(true);
    expect(vendor.last().fields).toEqual({ model: "vendor-tts", voice: "alloy", input: "Grüße 👋", speed: 1.5 });
    expect(await record()).toMatchObject({ operation: "speech", outcome: "ok", estimated: false, cost: "0.000105" });
    expect(Buffer.from(await (await say("odd-tts")).arrayBuffer()).equals(oddSound)).toBe(true);
  });

  test("comes in events, too", async () => {
    const answer = await say("tts-events", { stream_format: "sse" });
    const text = await answer.text();
    expect(text.match(/speech\.audio\.delta/g)?.length).toBe(3);
    expect(text).toContain('"total_tokens":104,"cost":"0.00402","cost_currency":"USD"}');
    expect(await record()).toMatchObject({ tokens: [4, 100], estimated: false, cost: "0.00402" });
  });

  test("that is cut is seen to be cut, and paid", async () => {
    const answer = await say("tts-cut");
    expect(
      await answer.arrayBuffer().then(
        () => "whole",
        () => "cut",
      ),
    ).toBe("cut");
    await eventually("it is recorded", async () => (await record()).outcome !== "interrupted");
    expect(await record()).toMatchObject({ outcome: "stream_interrupted", estimated: true, cost: "0.000105" });
  });

  test("of a client that leaves is given up at the vendor", async () => {
    const controller = new AbortController();
    const answer = await client.audio.speech.create(
      { model: "tts-hang", voice: "alloy", input: "Hi" },
      { signal: controller.signal },
    );
    const reader = answer.body?.getReader();
    await reader?.read();
    controller.abort();
    await eventually("the vendor's call is cut", () => vendor.last().isAborted);
    await eventually("it is recorded", async () => (await record()).outcome === "client_closed_request");
    expect(await record()).toMatchObject({ estimated: true, cost: "0.00003" });
  });

  test("that is none is an error", async () => {
    expect((await failure(say("tts-empty").then((one) => one.arrayBuffer()))).status).toBe(502);
    const page = await failure(say("tts-page"));
    expect([page.status, page.message.includes("web page")]).toEqual([502, true]);
  });

  test("with a secret of the provider's in it is ended before it is whole", async () => {
    const answer = await say("tts-secret");
    const bytes = await answer.arrayBuffer().then(
      () => "whole",
      () => "cut",
    );
    expect(bytes).toBe("cut");
  });

  test("whose end nobody could tell from a cut is refused", async () => {
    const head = "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\nconnection: close\r\n";
    let framing = "";
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end(`${head}${framing}\r\nsound`) },
    });
    const provider = new Provider({ name: "raw", vendor: "openai", base_url: `http://127.0.0.1:${server.port}` }, [
      openaiChat,
    ]);
    const upstream = new ProviderTarget(provider, "raw");
    raw.targets = [{ provider: "raw", model: "raw", priority: 0, weight: 1, prices: parsePrices(tokens), upstream }];
    try {
      expect((await failure(say("raw"))).message).toContain("neither a length nor chunks");
      framing = "content-length: 5\r\n";
      expect(await (await say("raw")).text()).toBe("sound");
      framing = "content-length: 9\r\n";
      expect(
        await say("raw")
          .then((answer) => answer.text())
          .then(
            () => "whole",
            () => "cut",
          ),
      ).toBe("cut");
    } finally {
      server.stop(true);
    }
  });

  test("has no type that a browser could run", async () => {
    expect((await say("tts-script")).headers.get("content-type")).toBe("application/octet-stream");
  });
});

test("a model that is priced by the piece alone answers nothing else, since nobody knows what that costs", async () => {
  const before = vendor.last();
  for (const model of ["dall-e", "by-kind", "tts"]) {
    const chat = client.chat.completions.create({ model, messages: [{ role: "user", content: "Hi" }] });
    const asked = [
      chat,
      client.embeddings.create({ model, input: "Hi" }),
      client.post("/rerank", { body: { model, query: "a", documents: ["b"] } }),
    ];
    for (const error of await Promise.all(asked.map(failure))) {
      expect([model, error.status, error.code]).toEqual([model, 403, "model_not_priced"]);
      expect(error.message).toContain("declare prices of tokens");
    }
  }
  expect(vendor.last()).toBe(before);
});

test("moderations pass, of the usual model where none is named", async () => {
  const answer = await client.moderations.create({ model: "moderator", input: ["a", "b"] });
  expect(answer.results[0]?.flagged).toBe(false);
  expect(await record()).toMatchObject({ operation: "moderation", outcome: "ok", cost: "0" });
  expect((await failure(client.moderations.create({ input: "a" }))).message).toContain("omni-moderation-latest");
});

describe("failures", () => {
  test.each(statuses)("of status %d are told in OpenAI's form", async (status) => {
    const form = await failure(client.audio.transcriptions.create({ model: `is-${status}`, file: await audio() }));
    const plain = await failure(client.images.generate({ model: `is-${status}`, prompt: "a" }));
    // The operator's key is no trouble of the caller's; 500 is told as the vendor's.
    const expected = { 400: 400, 401: 502, 429: 429, 500: 502, 529: 529 }[status];
    expect([form.status, plain.status]).toEqual([expected, expected]);
    expect(typeof form.error).toBe("object");
  });

  test("in an answer of status 200 are found", async () => {
    const found = await failure(client.images.generate({ model: "error-within", prompt: "a" }));
    expect([found.status, found.code]).toEqual([429, "upstream_rate_limited"]);
  });

  test("of form are found: events that nobody asked for", async () => {
    const found = await failure(client.images.generate({ model: "image-stream", prompt: "a" }));
    expect([found.status, found.message.includes("was not asked for")]).toEqual([502, true]);
  });

  test("lead to the next target, which gets the whole form", async () => {
    const answer = await client.audio.transcriptions.create({ model: "several", file: await audio() });
    expect(answer.text).toBe("Hello");
    expect(vendor.calls.slice(-3).map(({ fields }) => fields["model"])).toEqual([
      "vendor-failing",
      "vendor-failing",
      "vendor-gpt-transcribe",
    ]);
    expect(vendor.last().files[0]?.bytes.equals(sound)).toBe(true);
  });

  test("of a vendor without the operation name those that have it", async () => {
    const claude = await failure(client.images.generate({ model: "claude", prompt: "a" }));
    expect([claude.status, claude.code]).toEqual([400, "unsupported_operation"]);
    expect(claude.message).toContain('Provider anthropic has no operation "image-generation"');
    expect(claude.message).toMatch(/model "claude" needs a target at one of these vendors: .*openai/);
    // A server that has no such path says so itself, and goes on serving what it has.
    const absent = await failure(client.audio.speech.create({ model: "absent", voice: "a", input: "b" }));
    expect([absent.status, absent.code]).toEqual([400, "unsupported_operation"]);
    const listener = await failure(client.audio.speech.create({ model: "listener", voice: "a", input: "b" }));
    expect(listener.message).not.toContain("vllm,");
  });

  test("of a price that says nothing of the operation come before the vendor is asked", async () => {
    const before = vendor.calls.length;
    const found = await failure(client.images.generate({ model: "unpriced", prompt: "a" }));
    expect([found.status, found.code]).toEqual([403, "model_not_priced"]);
    expect(found.message).toContain("a fee for: image, request");
    expect(vendor.calls.length).toBe(before);
    // A charge that says nothing of it is no better.
    const charged = await failure(client.images.generate({ model: "uncharged", prompt: "a" }));
    expect([charged.status, charged.code]).toEqual([403, "model_not_priced"]);
  });
});

test("25 MB pass with the model behind them, and no copy is made of them", async () => {
  const boundary = "----large";
  const file = Buffer.alloc(25 * 1024 * 1024, "\r\n--");
  const part = (head: string) => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(part('name="file"; filename="a.mp3"')),
    file,
    Buffer.from(`\r\n${part('name="model"')}gpt-transcribe\r\n--${boundary}--\r\n`),
  ]);
  const { openPassed } = await import("../dialect/openai-passed/index.ts");
  const headers = new Headers({ "content-type": `multipart/form-data; boundary=${boundary}` });
  const opened = openPassed({ operation: "transcription", path: "/v1/audio/transcriptions", headers, body });
  const { pieces: sent } = opened.rewrite("other");
  const ownBytes = sent.filter((piece) => piece.buffer !== body.buffer).reduce((sum, { length }) => sum + length, 0);
  expect(ownBytes).toBe("other".length);
  const response = await fetch(`${gateway.address}/v1/audio/transcriptions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": headers.get("content-type") ?? "" },
    body,
  });
  expect(await response.json()).toMatchObject({ text: "Hello" });
  expect(vendor.last().files[0]?.bytes.equals(file)).toBe(true);
  expect(vendor.last().fields).toEqual({ model: "vendor-gpt-transcribe" });
});
